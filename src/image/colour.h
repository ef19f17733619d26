// SPDX-License-Identifier: Apache-2.0
// The colour kernels, in C that compilers turn into vectors: the file of each level includes this
// one and is compiled for its processors.
#ifndef CT_IMAGE_COLOUR_H
#define CT_IMAGE_COLOUR_H

#include "base/half.h"
#include "image/kernels.h"

static inline float mix(const struct ct__colour *k, int channel, float a, float b, float c)
{
    const float *m = k->matrix[channel], low = k->low[channel], high = k->high[channel];
    float value = a * m[0] + m[3];
    value += b * m[1];
    value += c * m[2];
    value = value < low ? low : value;
    return value > high ? high : value;
}

// How a value becomes a number of each type. Signed bytes come 128 too large, so that cutting off
// is the same as for the others.
static inline float as_f32(float value)
{
    return value;
}

static inline uint16_t as_f16(float value)
{
    return ct__half_of(value);
}

static inline uint8_t as_u8(float value)
{
    return (uint8_t)value;
}

static inline int8_t as_i8(float value)
{
    return (int8_t)((int)value - 128);
}

// Compilers believe `restrict` of parameters alone, so the loops are functions of their own.
#define DEFINE_PLANAR(name, type, as)                                                              \
    static void name##_loop(type *restrict x, type *restrict y, type *restrict z,                  \
                            const int32_t *restrict a, const int32_t *restrict b,                  \
                            const int32_t *restrict c, int count, struct ct__colour k)             \
    {                                                                                              \
        for (int i = 0; i < count; i++) {                                                          \
            x[i] = as(mix(&k, 0, (float)a[i], (float)b[i], (float)c[i]));                          \
            y[i] = as(mix(&k, 1, (float)a[i], (float)b[i], (float)c[i]));                          \
            z[i] = as(mix(&k, 2, (float)a[i], (float)b[i], (float)c[i]));                          \
        }                                                                                          \
    }                                                                                              \
    static void name(void *const out[3], const int32_t *const in[3], int count,                    \
                     const struct ct__colour *colour)                                              \
    {                                                                                              \
        name##_loop(out[0], out[1], out[2], in[0], in[1], in[2], count, *colour);                  \
    }

#define DEFINE_PACKED(name, type, as)                                                              \
    static void name##_loop(type *restrict to, const int32_t *restrict a,                          \
                            const int32_t *restrict b, const int32_t *restrict c, int count,       \
                            struct ct__colour k)                                                   \
    {                                                                                              \
        for (int i = 0; i < count; i++) {                                                          \
            to[3 * i] = as(mix(&k, 0, (float)a[i], (float)b[i], (float)c[i]));                     \
            to[3 * i + 1] = as(mix(&k, 1, (float)a[i], (float)b[i], (float)c[i]));                 \
            to[3 * i + 2] = as(mix(&k, 2, (float)a[i], (float)b[i], (float)c[i]));                 \
        }                                                                                          \
    }                                                                                              \
    static void name(void *const out[3], const int32_t *const in[3], int count,                    \
                     const struct ct__colour *colour)                                              \
    {                                                                                              \
        name##_loop(out[0], in[0], in[1], in[2], count, *colour);                                  \
    }

DEFINE_PLANAR(planar_f32, float, as_f32)
DEFINE_PLANAR(planar_f16, uint16_t, as_f16)
DEFINE_PLANAR(planar_u8, uint8_t, as_u8)
DEFINE_PLANAR(planar_i8, int8_t, as_i8)
DEFINE_PACKED(packed_f32, float, as_f32)
DEFINE_PACKED(packed_f16, uint16_t, as_f16)
DEFINE_PACKED(packed_u8, uint8_t, as_u8)
DEFINE_PACKED(packed_i8, int8_t, as_i8)

// Both layouts of every type, for the table of a level.
#define COLOUR_KERNELS                                                                             \
    .planar = {planar_f32, planar_f16, planar_u8, planar_i8},                                      \
    .packed = {packed_f32, packed_f16, packed_u8, packed_i8}

#endif
