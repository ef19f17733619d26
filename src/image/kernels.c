// SPDX-License-Identifier: Apache-2.0
// The kernels in plain C, which say what the others must give, and the choice between the tables.
#include "image/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "image/colour.h"
#include "image/rows.h"
#include "image/taps.h"

void ct__sample_c(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                  const uint8_t *bottom, int weight)
{
    const int one = 1 << CT__TAP_BITS, rest = (1 << CT__LINE_BITS) - weight;
    for (int i = 0; i < taps->count; i++) {
        const struct ct__tap *tap = &taps->tap[i];
        int above = top[tap->first] * (one - tap->weight) + top[tap->second] * tap->weight;
        int below = bottom[tap->first] * (one - tap->weight) + bottom[tap->second] * tap->weight;
        out[i] = above * rest + below * weight;
    }
}

// Sums wrap around on the way, as those of vectors do; where they end is within bounds.
static uint8_t weighed(const uint8_t *in, ptrdiff_t step, const int16_t *weight, int groups)
{
    uint32_t high = 0, low = 1u << (CT__WEIGHT_BITS - 1);
    for (int g = 0; g < groups; g++, in += step, weight += 8) {
        high += (uint32_t)(in[0] * weight[0] + in[2] * weight[1]);
        high += (uint32_t)(in[1] * weight[4] + in[3] * weight[5]);
        low += (uint32_t)(in[0] * weight[2] + in[2] * weight[3]);
        low += (uint32_t)(in[1] * weight[6] + in[3] * weight[7]);
    }
    int32_t sum = (int32_t)((high << CT__WEIGHT_LOW_BITS) + low) >> CT__WEIGHT_BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static void weigh(uint8_t *out, const uint8_t *in, ptrdiff_t step, const int16_t *weight,
                  int groups, int count)
{
    for (int i = 0; i < 16 * count; i++)
        out[i] = weighed(in + 4 * (ptrdiff_t)i, step, weight, groups);
}

static const char *const names[] = {"c", "neon", "avx2", "avx512"};

const char *ct__cpu_name(enum ct__cpu cpu)
{
    return names[cpu];
}

enum ct__cpu ct__kernels_level(const struct ct__kernels *kernels)
{
    return kernels->level;
}

static const struct ct__kernels plain = {
    .level = CT__CPU_C,
    .sample = ct__sample_c,
    COLOUR_KERNELS,
    .unpack = unpack,
    .pack = pack,
    .pack_half = pack_half,
    .spread = spread,
    .weigh = weigh,
    .recolour = recolour,
};

static enum ct__cpu processor(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi"))
        return CT__CPU_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return CT__CPU_AVX2;
#elif defined(__aarch64__)
    return CT__CPU_NEON; // every one has it
#endif
    return CT__CPU_C;
}

// What the environment asks for; a word that is no level lowers nothing.
static enum ct__cpu wish(void)
{
    const char *word = getenv("CHITON_CPU");
    for (int i = CT__CPU_C; word && i < CT__CPU_AVX512; i++)
        if (strcmp(word, names[i]) == 0)
            return (enum ct__cpu)i;
    return CT__CPU_AVX512;
}

const struct ct__kernels *ct__kernels(enum ct__cpu most)
{
    enum ct__cpu level = processor(), asked = wish();
    level = asked < level ? asked : level;
    level = most < level ? most : level;
#if defined(__x86_64__)
    if (level == CT__CPU_AVX512)
        return &ct__kernels_avx512;
    if (level == CT__CPU_AVX2)
        return &ct__kernels_avx2;
#elif defined(__aarch64__)
    if (level == CT__CPU_NEON)
        return &ct__kernels_neon;
#endif
    return &plain;
}
