// SPDX-License-Identifier: Apache-2.0
// A figure is a handful of limbs, each a row of spans whose middle and width run from one end to
// the other.
#include "sources/figure.h"

#include <math.h>
#include <string.h>

// A limb in shares of the figure's box: x from -.5 to .5, y from 0 (top) to 1 (foot).
struct limb {
    double x1, y1, half1; // upper end: middle and half width
    double x2, y2, half2; // lower end
    double swing;         // how far the step carries the lower end
    int colour;
};

enum { SKIN, SHIRT, TROUSERS, HAIR, COLOURS };

static const struct limb limbs[8]; // from back to front

static int clip(double value, int most)
{
    return value < 0 ? 0 : value > most ? most : (int)value;
}

// Fills the pixels x1 <= x < x2 of a row; the chroma of a pair of rows comes with its first.
static void fill_span(uint8_t *const plane[CT_MAX_PLANES], const struct ct_picture *picture, int y,
                      double left, double right, const uint8_t ink[3])
{
    int x1 = clip(floor(left), picture->width), x2 = clip(ceil(right), picture->width);
    if (x2 <= x1)
        return;
    memset(plane[0] + y * picture->stride[0] + x1, ink[0], (size_t)(x2 - x1));
    if (y % 2)
        return;
    for (int i = 1; i < CT_MAX_PLANES; i++)
        memset(plane[i] + y / 2 * picture->stride[i] + x1 / 2, ink[i],
               (size_t)((x2 + 1) / 2 - x1 / 2));
}

static void draw_limb(uint8_t *const plane[CT_MAX_PLANES], const struct ct_picture *picture,
                      const struct ct__figure *figure, const struct limb *limb, double step,
                      const uint8_t ink[3])
{
    double top = figure->foot - figure->height;
    double y1 = top + limb->y1 * figure->height, y2 = top + limb->y2 * figure->height;
    int first = clip(floor(y1), picture->height), last = clip(ceil(y2), picture->height);
    for (int y = first; y < last; y++) {
        double part = (y + .5 - y1) / (y2 - y1);
        part = part < 0 ? 0 : part > 1 ? 1 : part;
        double middle = limb->x1 + (limb->x2 + limb->swing * step - limb->x1) * part;
        double half = limb->half1 + (limb->half2 - limb->half1) * part;
        if (limb->half1 == limb->half2 && limb->colour == SKIN)
            half *= sqrt(fmax(0, 1 - (2 * part - 1) * (2 * part - 1))); // a head is round
        double x = figure->x + middle * figure->width;
        fill_span(plane, picture, y, x - half * figure->width, x + half * figure->width, ink);
    }
}

static void choose_inks(uint64_t look, uint8_t inks[COLOURS][3])
{
    const uint8_t skin = (uint8_t)(90 + look % 100);
    const uint8_t from[COLOURS][3] = {
        [SKIN] = {skin, 112, 150},
        [SHIRT] = {(uint8_t)(50 + (look >> 8) % 160), (uint8_t)(64 + (look >> 16) % 128),
                   (uint8_t)(64 + (look >> 24) % 128)},
        [TROUSERS] = {(uint8_t)(30 + (look >> 32) % 90), (uint8_t)(112 + (look >> 40) % 40),
                      (uint8_t)(108 + (look >> 48) % 32)},
        [HAIR] = {(uint8_t)(24 + (look >> 56) % 60), 124, 132},
    };
    memcpy(inks, from, sizeof from);
}

void ct__figure_draw(uint8_t *const plane[CT_MAX_PLANES], const struct ct_picture *picture,
                     const struct ct__figure *figure)
{
    uint8_t inks[COLOURS][3];
    choose_inks(figure->look, inks);
    double step = sin(2 * 3.14159265358979323846 * figure->stride);
    for (const struct limb *limb = limbs; limb->y2 > 0; limb++)
        draw_limb(plane, picture, figure, limb, step, inks[limb->colour]);
}

// clang-format off
static const struct limb limbs[8] = {
    {-.06, .22, .09, -.10, .52, .07, .30, SHIRT}, // the far arm
    {0, .48, .15, 0, 1, .10, -.36, TROUSERS},
    {0, .48, .15, 0, 1, .10, .36, TROUSERS},
    {0, .17, .26, 0, .54, .20, 0, SHIRT},         // the trunk
    {.08, .21, .10, .12, .50, .07, -.28, SHIRT},
    {0, 0, .17, 0, .10, .18, 0, HAIR},
    {0, .02, .16, 0, .17, .16, 0, SKIN},
    {0},
};
// clang-format on
