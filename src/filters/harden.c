// SPDX-License-Identifier: Apache-2.0
// The opening is a least and a greatest of five; the blur goes down first, as SciPy's does.
#include "filters/harden.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const double slack = 1e-9; // sums of weights fall short of 1

enum { RADIUS = 8, TAPS = 2 * RADIUS + 1, THRESHOLD = 127 };

static uint8_t least(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static uint8_t greatest(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

// The cross around each pixel; what is outside of the picture repeats its edge, which changes
// nothing.
static void pick(uint8_t *to, const uint8_t *from, ptrdiff_t stride, int width, int height,
                 uint8_t (*choose)(uint8_t, uint8_t))
{
    for (int y = 0; y < height; y++, to += width) {
        const uint8_t *row = from + y * stride;
        const uint8_t *above = y ? row - stride : row, *below = y + 1 < height ? row + stride : row;
        for (int x = 0; x < width; x++) {
            uint8_t sides = choose(row[x ? x - 1 : 0], row[x + 1 < width ? x + 1 : x]);
            to[x] = choose(choose(row[x], sides), choose(above[x], below[x]));
        }
    }
}

// Where a place beside a row lies when the row is mirrored at its ends.
static int mirror(int at, int size)
{
    while (at < 0 || at >= size)
        at = at < 0 ? -1 - at : 2 * size - 1 - at;
    return at;
}

static void make_taps(double taps[TAPS])
{
    double sum = 0;
    for (int i = 0; i < TAPS; i++)
        sum += taps[i] = exp(-.5 * (i - RADIUS) * (i - RADIUS) / 4.);
    for (int i = 0; i < TAPS; i++)
        taps[i] /= sum;
}

// `sums` has room for a row.
static void blur_down(uint8_t *to, const uint8_t *from, int width, int height,
                      const double taps[TAPS], double *sums)
{
    for (int y = 0; y < height; y++, to += width) {
        memset(sums, 0, (size_t)width * sizeof *sums);
        for (int i = 0; i < TAPS; i++) {
            const uint8_t *row = from + (ptrdiff_t)mirror(y + i - RADIUS, height) * width;
            for (int x = 0; x < width; x++)
                sums[x] += row[x] * taps[i];
        }
        for (int x = 0; x < width; x++)
            to[x] = (uint8_t)(sums[x] + slack);
    }
}

// In place. `row` has room for a row with RADIUS more at both ends.
static void blur_across(uint8_t *to, int width, int height, const double taps[TAPS], double *row)
{
    for (int y = 0; y < height; y++, to += width) {
        for (int x = -RADIUS; x < width + RADIUS; x++)
            row[x + RADIUS] = to[mirror(x, width)];
        for (int x = 0; x < width; x++) {
            double sum = 0;
            for (int i = 0; i < TAPS; i++)
                sum += row[x + i] * taps[i];
            to[x] = (uint8_t)(sum + slack);
        }
    }
}

int ct__harden_run(struct ct__harden *harden, uint8_t *to, const uint8_t *mask, ptrdiff_t stride,
                   int width, int height)
{
    double taps[TAPS];
    size_t size = (size_t)width * (size_t)height;
    size_t rows = ((size_t)width + 2 * RADIUS) * sizeof(double), needed = rows + size;
    if (harden->room < needed) {
        ct__free(harden->memory);
        harden->memory = ct__alloc_aligned(needed);
        harden->room = harden->memory ? needed : 0;
        if (!harden->memory)
            return ct__fail_memory("mask");
    }
    double *row = (double *)(void *)harden->memory;
    uint8_t *other = harden->memory + rows;
    make_taps(taps);
    pick(other, mask, stride, width, height, least);
    pick(to, other, width, width, height, greatest);
    memcpy(other, to, size);
    blur_down(to, other, width, height, taps, row);
    blur_across(to, width, height, taps, row);
    for (size_t i = 0; i < size; i++)
        to[i] = to[i] < THRESHOLD ? 0 : 255;
    return CT_OK;
}
