// SPDX-License-Identifier: Apache-2.0
// AVX2: four outputs at a time. Each row of a piece is one load and one byte shuffle that leaves
// zero where another piece belongs, so that pieces are joined by or.
#include <immintrin.h>

#include "image/colour.h"
#include "image/rows.h"
#include "image/taps.h"

enum { LANES = 4, REACH = 16 };

static inline __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

// `pieces` is a constant where it is called, so that its loop is laid out flat.
static inline void sample_groups(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                                 const uint8_t *bottom, int weight, int pieces)
{
    const __m128i lines = _mm_set1_epi32(weight << 16 | ((1 << CT__LINE_BITS) - weight));
    const int32_t *base = taps->base;
    const uint8_t *select = taps->select;
    for (int g = 0; g < taps->groups; g++, base += pieces) {
        __m128i taken = _mm_setzero_si128();
        for (int p = 0; p < pieces; p++, select += 2 * REACH) {
            __m128i above = _mm_shuffle_epi8(load(top + base[p]), load(select));
            __m128i below = _mm_shuffle_epi8(load(bottom + base[p]), load(select + REACH));
            taken = _mm_or_si128(taken, _mm_or_si128(above, below));
        }
        __m128i across = _mm_maddubs_epi16(taken, load(taps->weight + g * 4 * LANES));
        _mm_storeu_si128((__m128i *)(out + g * LANES), _mm_madd_epi16(across, lines));
    }
}

static void sample(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                   const uint8_t *bottom, int weight)
{
    if (taps->row_bytes < REACH)
        ct__sample_c(out, taps, top, bottom, weight);
    else if (taps->pieces == 1)
        sample_groups(out, taps, top, bottom, weight, 1);
    else if (taps->pieces == 2)
        sample_groups(out, taps, top, bottom, weight, 2);
    else
        sample_groups(out, taps, top, bottom, weight, taps->pieces);
}

const struct ct__kernels ct__kernels_avx2 = {
    .level = CT__CPU_AVX2,
    .lanes = LANES,
    .reach = REACH,
    .sample = sample,
    COLOUR_KERNELS,
    .unpack = unpack,
    .pack = pack,
    .pack_half = pack_half,
    .recolour = recolour,
};
