// SPDX-License-Identifier: Apache-2.0
// Numbers of half precision (IEEE 754 binary16) as the sixteen bits that they are. Plain integer
// and float arithmetic without branches, of which compilers make vectors.
#ifndef CT_BASE_HALF_H
#define CT_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ct__float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float ct__float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// Rounds to the nearest, ties to even; what is too large, or no number, becomes an infinity. Below
// 2^-14 the spacing is 2^-24, which is that of floats from a half to one: adding a half rounds
// there. Compared as signed numbers, as vectors do it.
static inline uint16_t ct__half_of(float value)
{
    uint32_t bits = ct__float_bits(value), sign = bits >> 16 & 0x8000;
    bits &= 0x7fffffff;
    uint32_t tiny = ct__float_bits(ct__float_of_bits(bits) + .5f) - 0x3f000000;
    uint32_t normal = (bits - 0x38000000 + 0xfff + (bits >> 13 & 1)) >> 13;
    uint32_t half = (int32_t)bits < 0x38800000 ? tiny : normal;
    half = (int32_t)bits >= 0x477ff000 ? 0x7c00 : half;
    return (uint16_t)(sign | half);
}

// Exact. The exponent is moved by a product, which brings numbers below 2^-14 right as well.
static inline float ct__half_value(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = (uint32_t)(half & 0x7fff) << 13;
    uint32_t finite = ct__float_bits(ct__float_of_bits(rest) * 0x1p112f);
    return ct__float_of_bits(sign | (rest >= 0x0f800000 ? rest | 0x7f800000 : finite));
}

#endif
