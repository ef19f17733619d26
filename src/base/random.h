// SPDX-License-Identifier: Apache-2.0
// Numbers that look random and depend on nothing but what is named: no state, so that the order of
// questions does not matter.
#ifndef CT_BASE_RANDOM_H
#define CT_BASE_RANDOM_H

#include <stdint.h>

// Mixes 64 bits so that each depends on all (the finaliser of SplitMix64).
static inline uint64_t ct__mix(uint64_t bits)
{
    bits += UINT64_C(0x9E3779B97F4A7C15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

// The number that belongs to three others.
static inline uint64_t ct__random(uint64_t seed, uint64_t a, uint64_t b)
{
    return ct__mix(ct__mix(ct__mix(seed) ^ a) ^ b);
}

// The same as a double, 0 <= value < 1.
static inline double ct__random_unit(uint64_t seed, uint64_t a, uint64_t b)
{
    return (double)(ct__random(seed, a, b) >> 11) * 0x1p-53;
}

#endif
