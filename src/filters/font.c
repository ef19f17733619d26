// SPDX-License-Identifier: Apache-2.0
// A typeface of strokes. A letter is a few paths of points on a grid of 12 units from the top of
// the capitals to the baseline; they are flattened into segments and drawn by the canvas, sharp at
// any size.
#include "filters/font.h"

#include <ctype.h>
#include <math.h>

enum { UNITS = 12, SPACING = 4, CURVE_STEPS = 5, MAX_SEGMENTS = 128 };

// One glyph as it is flattened.
struct outline {
    struct ct__segment segment[MAX_SEGMENTS];
    int count;
    float x, y, unit; // where the grid's origin lies, pixels per unit
};

struct point {
    float x, y;
};

static const char *const glyphs['~' - ' ' + 2];

static const char *glyph_of(unsigned char c)
{
    return c >= ' ' && c <= '~' ? glyphs[c - ' '] : glyphs['~' - ' ' + 1];
}

// Continuation bytes of UTF-8 belong to the code point that has been shown.
static bool starts_glyph(unsigned char c)
{
    return (c & 0xC0) != 0x80;
}

// Whole pixels, so that equal letters look equal.
static int advance(const char *glyph, int height)
{
    return (int)lrintf((float)(glyph[0] - 'a' + SPACING) * (float)height / UNITS);
}

int ct__font_width(const char *text, int height)
{
    int width = 0;
    for (; *text; text++)
        if (starts_glyph((unsigned char)*text))
            width += advance(glyph_of((unsigned char)*text), height);
    return width;
}

static void add_segment(struct outline *outline, struct point from, struct point to)
{
    if (outline->count == MAX_SEGMENTS)
        return;
    outline->segment[outline->count++] = (struct ct__segment){
        outline->x + from.x * outline->unit, outline->y + from.y * outline->unit,
        outline->x + to.x * outline->unit, outline->y + to.y * outline->unit};
}

static void add_curve(struct outline *outline, struct point a, struct point control, struct point b)
{
    struct point from = a;
    for (int i = 1; i <= CURVE_STEPS; i++) {
        float t = (float)i / CURVE_STEPS, u = 1 - t;
        struct point to = {u * u * a.x + 2 * u * t * control.x + t * t * b.x,
                           u * u * a.y + 2 * u * t * control.y + t * t * b.y};
        add_segment(outline, from, to);
        from = to;
    }
}

static struct point point_at(const char *pair)
{
    return (struct point){(float)(tolower((unsigned char)pair[0]) - 'a'),
                          (float)(tolower((unsigned char)pair[1]) - 'a')};
}

// Flattens one path and returns its end. Capital pairs pull the curve without lying on it, as the
// quadratic curves of outline fonts do; between two of them the curve passes through their middle.
static const char *add_path(struct outline *outline, const char *path)
{
    struct point from = point_at(path);
    for (path += 2; *path && *path != ' '; path += 2) {
        struct point to = point_at(path);
        if (islower((unsigned char)*path)) {
            add_segment(outline, from, to);
        } else {
            struct point control = to;
            to = point_at(path + 2);
            if (isupper((unsigned char)path[2]))
                to = (struct point){(control.x + to.x) / 2, (control.y + to.y) / 2};
            else
                path += 2;
            add_curve(outline, from, control, to);
        }
        from = to;
    }
    return path;
}

void ct__font_draw(const struct ct__canvas *canvas, const char *text, int x, int y, int height,
                   struct ct__ink ink)
{
    struct outline outline = {.unit = (float)height / UNITS, .y = (float)y + .5f};
    float radius = fmaxf(.85f * outline.unit, .62f);
    for (; *text; text++) {
        if (!starts_glyph((unsigned char)*text))
            continue;
        const char *glyph = glyph_of((unsigned char)*text);
        outline.x = (float)x + SPACING / 2 * outline.unit;
        outline.count = 0;
        for (const char *path = glyph + 1; *path; path += *path == ' ')
            path = add_path(&outline, path);
        ct__canvas_stroke(canvas, outline.segment, outline.count, radius, ink);
        x += advance(glyph, height);
    }
}

// Each glyph: its width, then its paths; a = 0, b = 1, ... from the left and from the top. Capitals
// reach from a to m, small letters from e to m, descenders to q. The last one stands for what is
// not here.
static const char *const glyphs['~' - ' ' + 2] = {
    "e",                                              // space
    "bbabi bmbm",                                     // !
    "eaaad eaed",                                     // "
    "idabm hafm aeie aiii",                           // #
    "iicHBebABadAGegIGijILelBLak eaem",               // $
    "icaEAecEEceAEacAAca giIIikIMgmEMekEIgi iaam",    // %
    "iimbeBAdaFAfcFFcgAHajAMdmHMih",                  // &
    "aaaad",                                          // '
    "ddaADagAJdm",                                    // (
    "daaDDdgDJam",                                    // )
    "gdadi acgg aggc",                                // *
    "iedel ahih",                                     // +
    "bbmao",                                          // ,
    "gahgh",                                          // -
    "aamam",                                          // .
    "ggaam",                                          // /
    "ieaIAigIMemAMagAAea",                            // 0
    "ibdeaem bmhm",                                   // 1
    "iadAAeaIAidIGamim",                              // 2
    "iacBAeaHAhdHGegdg egIGijIMemBMak",               // 3
    "igmgaaiii",                                      // 4
    "ihabaagBEeeIEiiIMemBMak",                        // 5
    "iicHAeaAAahAMemIMiiIEeeAEai",                    // 6
    "iaaiadm",                                        // 7
    "ieaHAhdHGegBGbdBAea egIGijIMemAMajAGeg",         // 8
    "iakBMemIMifIAeaAAaeAIeiIIie",                    // 9
    "aafaf amam",                                     // :
    "bbfbf bmao",                                     // ;
    "hhdahhl",                                        // <
    "iafif ajij",                                     // =
    "hadhhal",                                        // >
    "gadAAdaGAgdGFdgdi dmdm",                         // ?
    "mjmgmAMagAAgaMAmgMJkjIJihid igIDgdDDdgDJgjIJig", // @
    "kamfakm ciii",                                   // A
    "iamaaeaHAhdHGegag egIGijIMemam",                 // B
    "jjcIAfaAAagAMfmIMjk",                            // C
    "jamaadaJAjgJMdmam",                              // D
    "hhaaaamhm aggg",                                 // E
    "hhaaaam aggg",                                   // F
    "jjcIAfaAAagAMfmJMjhjgfg",                        // G
    "iaaam iaim agig",                                // H
    "aaaam",                                          // I
    "ggagiGMdmAMaj",                                  // J
    "iaaam iaai dfim",                                // K
    "haaamhm",                                        // L
    "kamaafikakm",                                    // M
    "iamaaimia",                                      // N
    "kfaKAkgKMfmAMagAAfa",                            // O
    "iamaaeaIAidIGegag",                              // P
    "kfaKAkgKMfmAMagAAfa hjkm",                       // Q
    "iamaaeaIAidIGegag egim",                         // R
    "iicHAeaAAadAGegIGijIMemBMak",                    // S
    "iaaia eaem",                                     // T
    "iaaahAMemIMihia",                                // U
    "kaafmka",                                        // V
    "oaadmhalmoa",                                    // W
    "iaaim iaam",                                     // X
    "kaafgka fgfm",                                   // Y
    "iaaiaamim",                                      // Z
    "ddaaaamdm",                                      // [
    "gaagm",                                          // backslash
    "daadadmam",                                      // ]
    "gaedage",                                        // ^
    "ianin",                                          // _
    "caacc",                                          // `
    "hbfCEeeHEhhhm hidiAIakAMdmHMhj",                 // a
    "haaam aiAEHEhiHMAMai",                           // b
    "gggFEeeAEaiAMemFMgk",                            // c
    "hhahm hiHEAEaiAMHMhi",                           // d
    "haihiHEAEaiAMemGMhk",                            // e
    "eeaBAbdbm aeee",                                 // f
    "hhiHEAEaiAMHMhi hehmHQdqBQap",                   // g
    "haaam ahBEeeHEhhhm",                             // h
    "aaeam abab",                                     // i
    "ccecnCQaq cbcb",                                 // j
    "haaam heak dhhm",                                // k
    "caaakAMcm",                                      // l
    "maeam ahBEdeGEghgm ghHEjeMEmhmm",                // m
    "haeam ahBEeeHEhhhm",                             // n
    "haiAEHEhiHMAMai",                                // o
    "haeaq aiAEHEhiHMAMai",                           // p
    "hhehq hiHEAEaiAMHMhi",                           // q
    "eaeam ahBEee",                                   // r
    "ggfFEdeAEagAIdiGIgkGMdmBMal",                    // s
    "ebbbjBMem aeee",                                 // t
    "haeajAMdmGMhj hehm",                             // u
    "iaeemie",                                        // v
    "maedmgejmme",                                    // w
    "haehm heam",                                     // x
    "iaeem iecq",                                     // y
    "haeheamhm",                                      // z
    "eeaCAcdCGagCGcjCMem",                            // {
    "aaaap",                                          // |
    "eaaCAcdCGegCGcjCMam",                            // }
    "iajBFehHJif",                                    // ~
    "haahahmamaa",                                    // anything else
};
