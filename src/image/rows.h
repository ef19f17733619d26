// SPDX-License-Identifier: Apache-2.0
// The kernels of copies in another format, in C that compilers turn into vectors: as colour.h, the
// file of each level includes it.
#ifndef CT_IMAGE_ROWS_H
#define CT_IMAGE_ROWS_H

#include <string.h>

#include "image/kernels.h"

static inline void take_every(uint8_t *restrict to, const uint8_t *restrict from, int count,
                              int step)
{
    for (int i = 0; i < count; i++)
        to[i] = from[i * step];
}

static inline void repeat(uint8_t *restrict to, const uint8_t *restrict from, int count, int step)
{
    for (int i = 0; i < count / 2; i++) {
        to[2 * i] = from[i * step];
        to[2 * i + 1] = from[i * step];
    }
    if (count & 1)
        to[count - 1] = from[count / 2 * step];
}

static inline void put_every(uint8_t *restrict to, const uint8_t *restrict from, int count,
                             int step)
{
    for (int i = 0; i < count; i++)
        to[i * step] = from[i];
}

// The steps that exist are spelt out, so that each becomes a loop of its own.
static void unpack(uint8_t *to, const uint8_t *from, int count, int step, int shift)
{
    if (shift && step == 1)
        repeat(to, from, count, 1);
    else if (shift)
        repeat(to, from, count, step);
    else if (step == 1)
        memcpy(to, from, (size_t)count);
    else if (step == 3)
        take_every(to, from, count, 3);
    else if (step == 4)
        take_every(to, from, count, 4);
    else
        take_every(to, from, count, step);
}

static void pack(uint8_t *to, const uint8_t *from, int count, int step)
{
    if (step == 1)
        memcpy(to, from, (size_t)count);
    else if (step == 3)
        put_every(to, from, count, 3);
    else if (step == 4)
        put_every(to, from, count, 4);
    else
        put_every(to, from, count, step);
}

static inline void mean_of_four(uint8_t *restrict to, const uint8_t *a, const uint8_t *b, int count,
                                int step)
{
    for (int i = 0; i < count; i++)
        to[i * step] = (uint8_t)((a[2 * i] + a[2 * i + 1] + b[2 * i] + b[2 * i + 1] + 2) >> 2);
}

static void pack_half(uint8_t *to, const uint8_t *a, const uint8_t *b, int count, int step)
{
    if (step == 1)
        mean_of_four(to, a, b, count, 1);
    else
        mean_of_four(to, a, b, count, 2);
}

static inline int column(const uint8_t *near, const uint8_t *far, int at)
{
    return 3 * near[at] + far[at];
}

static inline void spread_loop(uint8_t *restrict to, const uint8_t *near, const uint8_t *far,
                               int count, int step, int even, int odd)
{
    int last = (count - 1) / 2;
    for (int i = 1; i < last; i++) {
        int value = 3 * column(near, far, i * step);
        to[2 * i] = (uint8_t)((value + column(near, far, (i - 1) * step) + even) >> 4);
        to[2 * i + 1] = (uint8_t)((value + column(near, far, (i + 1) * step) + odd) >> 4);
    }
    for (int i = 0; i <= last; i += last ? last : 1) {
        int value = 3 * column(near, far, i * step), before = i ? i - 1 : 0;
        int after = i < last ? i + 1 : last;
        to[2 * i] = (uint8_t)((value + column(near, far, before * step) + even) >> 4);
        if (2 * i + 1 < count)
            to[2 * i + 1] = (uint8_t)((value + column(near, far, after * step) + odd) >> 4);
    }
}

static void spread(uint8_t *to, const uint8_t *near, const uint8_t *far, int count, int step,
                   const int bias[2])
{
    if (step == 1)
        spread_loop(to, near, far, count, 1, bias[0], bias[1]);
    else
        spread_loop(to, near, far, count, 2, bias[0], bias[1]);
}

static inline uint8_t mixed(const struct ct__recolour *how, int i, int16_t a, int16_t b, int16_t c)
{
    const int16_t *k = how->factor[i];
    int value = (k[0] * a + k[1] * b + k[2] * c + how->constant[i]) >> CT__RECOLOUR_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void recolour_loop(uint8_t *restrict x, uint8_t *restrict y, uint8_t *restrict z, int count,
                          struct ct__recolour how)
{
    for (int i = 0; i < count; i++) {
        uint8_t a = x[i], b = y[i], c = z[i];
        x[i] = mixed(&how, 0, a, b, c);
        y[i] = mixed(&how, 1, a, b, c);
        z[i] = mixed(&how, 2, a, b, c);
    }
}

static void recolour(uint8_t *x, uint8_t *y, uint8_t *z, int count, const struct ct__recolour *how)
{
    recolour_loop(x, y, z, count, *how);
}

#endif
