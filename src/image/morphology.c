// SPDX-License-Identifier: Apache-2.0
// A square's erosion is one along rows, then one along columns, each by counting how many set
// pixels precede; a cross reads three rows.
#include "image/morphology.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const char SCOPE[] = "morphology";

// Counts set pixels in a row, as far as `side` matters.
static int counted(int run, bool set, int side)
{
    return !set ? 0 : run < side ? run + 1 : side;
}

static void erode_row(uint8_t *row, int width, int side, bool outside)
{
    int after = side - 1 - side / 2, run = outside ? side : 0;
    for (int end = 0; end < width + after; end++) {
        run = counted(run, end < width ? row[end] : outside, side);
        if (end >= after)
            row[end - after] = run >= side;
    }
}

static void erode_columns(uint8_t *set, int width, int height, int side, bool outside, int *run)
{
    int after = side - 1 - side / 2;
    for (int x = 0; x < width; x++)
        run[x] = outside ? side : 0;
    for (int end = 0; end < height + after; end++)
        for (int x = 0; x < width; x++) {
            bool now = end < height ? set[(size_t)end * (size_t)width + (size_t)x] : outside;
            run[x] = counted(run[x], now, side);
            if (end >= after)
                set[(size_t)(end - after) * (size_t)width + (size_t)x] = run[x] >= side;
        }
}

int ct__erode_square(uint8_t *set, int width, int height, int side, bool outside)
{
    // One that reaches over all of the picture wherever it stands: larger ones do the same.
    int most = 2 * (width > height ? width : height) + 1;
    side = side < most ? side : most;
    int *run = ct__alloc((size_t)width * sizeof *run);
    if (!run)
        return ct__fail_memory(SCOPE);
    for (int y = 0; y < height; y++)
        erode_row(set + (size_t)y * (size_t)width, width, side, outside);
    erode_columns(set, width, height, side, outside, run);
    ct__free(run);
    return CT_OK;
}

static inline uint8_t pick(uint8_t a, uint8_t b, bool least)
{
    return (a < b) == least ? a : b;
}

// The least, or greatest, of a pixel and its four neighbours, as far as there are any. Step by
// step, so that each is a loop of which compilers make vectors.
static inline void pick_row(uint8_t *restrict to, const uint8_t *above, const uint8_t *own,
                            const uint8_t *below, int width, bool least)
{
    for (int x = 0; x < width; x++)
        to[x] = pick(own[x], pick(above[x], below[x], least), least);
    for (int x = 1; x < width; x++)
        to[x] = pick(to[x], own[x - 1], least);
    for (int x = 1; x < width; x++)
        to[x - 1] = pick(to[x - 1], own[x], least);
}

static inline void pick_cross(uint8_t *to, const uint8_t *from, int width, int height, bool least)
{
    ptrdiff_t stride = width;
    for (int y = 0; y < height; y++, to += stride, from += stride)
        pick_row(to, y > 0 ? from - stride : from, from, y + 1 < height ? from + stride : from,
                 width, least);
}

static void least(uint8_t *to, const uint8_t *from, int width, int height)
{
    pick_cross(to, from, width, height, true);
}

static void greatest(uint8_t *to, const uint8_t *from, int width, int height)
{
    pick_cross(to, from, width, height, false);
}

// What touches the border goes.
static void clear_border(uint8_t *set, int width, int height)
{
    size_t stride = (size_t)width, last = (size_t)(height - 1) * stride;
    memset(set, 0, stride);
    memset(set + last, 0, stride);
    for (int y = 0; y < height; y++, set += stride)
        set[0] = set[stride - 1] = 0;
}

static uint8_t *copy(const uint8_t *from, int width, int height)
{
    uint8_t *made = ct__alloc((size_t)width * (size_t)height);
    if (made)
        memcpy(made, from, (size_t)width * (size_t)height);
    return made;
}

int ct__erode_cross(uint8_t *set, int width, int height, bool outside)
{
    uint8_t *before = copy(set, width, height);
    if (!before)
        return ct__fail_memory(SCOPE);
    least(set, before, width, height);
    if (!outside)
        clear_border(set, width, height);
    ct__free(before);
    return CT_OK;
}

int ct__open_cross(uint8_t *grey, int width, int height)
{
    uint8_t *between = ct__alloc((size_t)width * (size_t)height);
    if (!between)
        return ct__fail_memory(SCOPE);
    least(between, grey, width, height);
    greatest(grey, between, width, height);
    ct__free(between);
    return CT_OK;
}
