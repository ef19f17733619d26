// SPDX-License-Identifier: Apache-2.0
// Shapes into pixels. A stroke is a set of points at most a radius away from its segments, so that
// the distance itself gives the smooth edge; it is gathered in a small mask first, because chroma
// needs the mean of four pixels and overlapping segments must not darken each other.
#include "filters/canvas.h"

#include "base/log.h"
#include "frame/format.h"
#include "image/matrix.h"

#include <math.h>
#include <string.h>

enum { TILE = 32 };

struct mask {
    int x, y, width, height; // x and y are even
    uint8_t cover[TILE][TILE];
};

struct area {
    int x1, y1, x2, y2;
};

int ct__canvas_init(struct ct__canvas *canvas, ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    const struct ct__format_info *format = ct__format_info(picture->format);
    bool yuv = picture->format == CT_FORMAT_I420;
    if (!yuv && picture->format != CT_FORMAT_RGB)
        return ct__fail(CT_ERROR_INVALID, "draw", "cannot draw into %s: i420 or rgb expected",
                        format ? format->name : "an unknown format");
    *canvas = (struct ct__canvas){
        .width = picture->width,
        .height = picture->height,
        .yuv = yuv,
    };
    const struct ct_picture rgb = {.format = CT_FORMAT_RGB};
    ct__matrix_between(canvas->matrix, &rgb, picture);
    for (int i = 0; i < format->planes; i++) {
        canvas->plane[i] = ct_frame_writable(frame, i);
        canvas->stride[i] = picture->stride[i];
        if (!canvas->plane[i])
            return ct__fail(CT_ERROR_INVALID, "draw", "cannot draw into a frame that is shared");
    }
    return CT_OK;
}

static uint8_t sample(double value)
{
    return (uint8_t)lrint(fmin(fmax(value, 0), 255));
}

struct ct__ink ct__canvas_ink(const struct ct__canvas *canvas, const uint8_t rgb[3])
{
    struct ct__ink ink;
    for (int i = 0; i < 3; i++) {
        const double *m = canvas->matrix[i];
        ink.sample[i] = sample(m[0] * rgb[0] + m[1] * rgb[1] + m[2] * rgb[2] + m[3]);
    }
    return ink;
}

static int clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

static void mix(uint8_t *to, uint8_t ink, int cover)
{
    *to = (uint8_t)((*to * (255 - cover) + ink * cover + 127) / 255);
}

// Rectangles need no mask: full rows are set at once, and a chroma sample is covered by quarters.
static void fill_chroma(const struct ct__canvas *canvas, const struct area *area,
                        struct ct__ink ink)
{
    for (int y = area->y1 / 2; y < (area->y2 + 1) / 2; y++) {
        int rows = clamp(area->y2 - 2 * y, 0, 2) - clamp(area->y1 - 2 * y, 0, 2);
        uint8_t *u = canvas->plane[1] + y * canvas->stride[1];
        uint8_t *v = canvas->plane[2] + y * canvas->stride[2];
        for (int x = area->x1 / 2; x < (area->x2 + 1) / 2; x++) {
            int columns = clamp(area->x2 - 2 * x, 0, 2) - clamp(area->x1 - 2 * x, 0, 2);
            int cover = rows * columns * 255 / 4;
            mix(&u[x], ink.sample[1], cover);
            mix(&v[x], ink.sample[2], cover);
        }
    }
}

void ct__canvas_fill(const struct ct__canvas *canvas, int x1, int y1, int x2, int y2,
                     struct ct__ink ink)
{
    struct area area = {clamp(x1, 0, canvas->width), clamp(y1, 0, canvas->height),
                        clamp(x2, 0, canvas->width), clamp(y2, 0, canvas->height)};
    if (area.x1 >= area.x2 || area.y1 >= area.y2)
        return;
    for (int y = area.y1; y < area.y2; y++) {
        uint8_t *row = canvas->plane[0] + y * canvas->stride[0];
        if (canvas->yuv) {
            memset(row + area.x1, ink.sample[0], (size_t)(area.x2 - area.x1));
            continue;
        }
        for (int x = area.x1; x < area.x2; x++)
            memcpy(row + 3 * x, ink.sample, 3);
    }
    if (!canvas->yuv)
        return;
    // The last chroma sample of an odd side stands for one pixel alone: it is covered as if there
    // were a second.
    area.x2 += area.x2 == canvas->width && canvas->width % 2;
    area.y2 += area.y2 == canvas->height && canvas->height % 2;
    fill_chroma(canvas, &area, ink);
}

void ct__canvas_tint(const struct ct__canvas *canvas, int x, int y, int length, struct ct__ink ink,
                     int cover)
{
    int first = clamp(y, 0, canvas->height), last = clamp(y + length, first, canvas->height);
    if (x < 0 || x >= canvas->width)
        return;
    for (int row = first; row < last; row++) {
        uint8_t *line = canvas->plane[0] + row * canvas->stride[0];
        for (int c = 0; !canvas->yuv && c < 3; c++)
            mix(&line[3 * x + c], ink.sample[c], cover);
        if (canvas->yuv)
            mix(&line[x], ink.sample[0], cover);
    }
    if (!canvas->yuv || x % 2)
        return;
    for (int row = (first + 1) / 2; row < (last + 1) / 2; row++)
        for (int p = 1; p < 3; p++)
            mix(&canvas->plane[p][row * canvas->stride[p] + x / 2], ink.sample[p], cover);
}

static void blend_rgb(const struct ct__canvas *canvas, const struct mask *mask, struct ct__ink ink)
{
    int width = clamp(canvas->width - mask->x, 0, mask->width);
    int height = clamp(canvas->height - mask->y, 0, mask->height);
    for (int y = 0; y < height; y++) {
        uint8_t *row = canvas->plane[0] + (mask->y + y) * canvas->stride[0] + 3 * mask->x;
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                mix(&row[3 * x + c], ink.sample[c], mask->cover[y][x]);
    }
}

static void blend_i420(const struct ct__canvas *canvas, const struct mask *mask, struct ct__ink ink)
{
    int width = clamp(canvas->width - mask->x, 0, mask->width);
    int height = clamp(canvas->height - mask->y, 0, mask->height);
    for (int y = 0; y < height; y++) {
        uint8_t *row = canvas->plane[0] + (mask->y + y) * canvas->stride[0] + mask->x;
        for (int x = 0; x < width; x++)
            mix(&row[x], ink.sample[0], mask->cover[y][x]);
    }
    for (int y = 0; y < height; y += 2) {
        uint8_t *u = canvas->plane[1] + (mask->y + y) / 2 * canvas->stride[1] + mask->x / 2;
        uint8_t *v = canvas->plane[2] + (mask->y + y) / 2 * canvas->stride[2] + mask->x / 2;
        for (int x = 0; x < width; x += 2) {
            int cover = (mask->cover[y][x] + mask->cover[y][x + 1] + mask->cover[y + 1][x] +
                         mask->cover[y + 1][x + 1] + 2) /
                        4;
            mix(&u[x / 2], ink.sample[1], cover);
            mix(&v[x / 2], ink.sample[2], cover);
        }
    }
}

// The pixels within `limit` that a segment may touch; safe for any number, empty for NaN.
static struct area reach(const struct ct__segment *s, float radius, const struct area *limit)
{
    float margin = radius + 1;
    float x1 = fminf(s->x1, s->x2) - margin, x2 = fmaxf(s->x1, s->x2) + margin;
    float y1 = fminf(s->y1, s->y2) - margin, y2 = fmaxf(s->y1, s->y2) + margin;
    float left = (float)limit->x1, top = (float)limit->y1;
    float right = (float)limit->x2, bottom = (float)limit->y2;
    if (!isfinite(s->x1 + s->x2 + s->y1 + s->y2 + radius))
        return (struct area){0};
    return (struct area){(int)fminf(fmaxf(x1, left), right), (int)fminf(fmaxf(y1, top), bottom),
                         (int)ceilf(fminf(fmaxf(x2, left), right)),
                         (int)ceilf(fminf(fmaxf(y2, top), bottom))};
}

// Adds a segment to the mask; true if it left something there.
static bool cover_segment(struct mask *mask, const struct ct__segment *s, float radius)
{
    struct area tile = {mask->x, mask->y, mask->x + mask->width, mask->y + mask->height};
    struct area area = reach(s, radius, &tile);
    float dx = s->x2 - s->x1, dy = s->y2 - s->y1, length2 = dx * dx + dy * dy;
    float scale = length2 > 0 ? 1 / length2 : 0, edge = radius + .5f;
    bool any = false;
    for (int y = area.y1; y < area.y2; y++) {
        float py = (float)y + .5f - s->y1;
        for (int x = area.x1; x < area.x2; x++) {
            float px = (float)x + .5f - s->x1;
            float t = fminf(fmaxf((px * dx + py * dy) * scale, 0), 1);
            float ex = px - t * dx, ey = py - t * dy, distance2 = ex * ex + ey * ey;
            if (distance2 >= edge * edge)
                continue;
            uint8_t cover = (uint8_t)(255 * fminf(edge - sqrtf(distance2), 1) + .5f);
            uint8_t *to = &mask->cover[y - mask->y][x - mask->x];
            *to = cover > *to ? cover : *to;
            any = true;
        }
    }
    return any;
}

// Whether a lone segment passes a tile by: spares long slanted lines the empty corners of their
// box.
static bool misses(const struct mask *mask, const struct ct__segment *s, float radius)
{
    float dx = s->x2 - s->x1, dy = s->y2 - s->y1, length = hypotf(dx, dy);
    float x = (float)mask->x + TILE / 2 - s->x1, y = (float)mask->y + TILE / 2 - s->y1;
    return fabsf(x * dy - y * dx) > length * (radius + 1 + TILE * .7072f);
}

void ct__canvas_stroke(const struct ct__canvas *canvas, const struct ct__segment *segments,
                       int count, float radius, struct ct__ink ink)
{
    // An odd last column has its chroma neighbour computed as well, outside of the picture.
    struct area limit = {0, 0, canvas->width + canvas->width % 2,
                         canvas->height + canvas->height % 2};
    struct area all = {limit.x2, limit.y2, 0, 0};
    for (int i = 0; i < count; i++) {
        struct area area = reach(&segments[i], radius, &limit);
        if (area.x1 >= area.x2 || area.y1 >= area.y2)
            continue;
        all.x1 = area.x1 < all.x1 ? area.x1 : all.x1;
        all.y1 = area.y1 < all.y1 ? area.y1 : all.y1;
        all.x2 = area.x2 > all.x2 ? area.x2 : all.x2;
        all.y2 = area.y2 > all.y2 ? area.y2 : all.y2;
    }
    struct mask mask;
    for (mask.y = all.y1 & ~1; mask.y < all.y2; mask.y += TILE) {
        for (mask.x = all.x1 & ~1; mask.x < all.x2; mask.x += TILE) {
            mask.width = clamp((all.x2 - mask.x + 1) & ~1, 0, TILE);
            mask.height = clamp((all.y2 - mask.y + 1) & ~1, 0, TILE);
            memset(mask.cover, 0, sizeof mask.cover);
            bool any = false;
            for (int i = 0; i < count; i++)
                if (!misses(&mask, &segments[i], radius))
                    any |= cover_segment(&mask, &segments[i], radius);
            if (any && canvas->yuv)
                blend_i420(canvas, &mask, ink);
            else if (any)
                blend_rgb(canvas, &mask, ink);
        }
    }
}
