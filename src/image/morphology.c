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

// A pixel and its neighbours in a picture whose border repeats `outside`.
static void cross(const uint8_t *from, int width, int height, int x, int y, int outside,
                  uint8_t around[5])
{
    const uint8_t *at = from + (size_t)y * (size_t)width + (size_t)x;
    around[0] = *at;
    around[1] = x > 0 ? at[-1] : (uint8_t)outside;
    around[2] = x + 1 < width ? at[1] : (uint8_t)outside;
    around[3] = y > 0 ? at[-width] : (uint8_t)outside;
    around[4] = y + 1 < height ? at[width] : (uint8_t)outside;
}

static void least(uint8_t *to, const uint8_t *from, int width, int height, int outside)
{
    uint8_t around[5];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, to++) {
            cross(from, width, height, x, y, outside, around);
            *to = around[0];
            for (int i = 1; i < 5; i++)
                *to = around[i] < *to ? around[i] : *to;
        }
}

static void greatest(uint8_t *to, const uint8_t *from, int width, int height)
{
    uint8_t around[5];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, to++) {
            cross(from, width, height, x, y, 0, around);
            *to = around[0];
            for (int i = 1; i < 5; i++)
                *to = around[i] > *to ? around[i] : *to;
        }
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
    least(set, before, width, height, outside);
    ct__free(before);
    return CT_OK;
}

int ct__open_cross(uint8_t *grey, int width, int height)
{
    uint8_t *between = ct__alloc((size_t)width * (size_t)height);
    if (!between)
        return ct__fail_memory(SCOPE);
    least(between, grey, width, height, 255);
    greatest(grey, between, width, height);
    ct__free(between);
    return CT_OK;
}
