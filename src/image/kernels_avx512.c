// SPDX-License-Identifier: Apache-2.0
// AVX-512 with VBMI: the four bytes of sixteen outputs are found by one two-source byte shuffle a
// piece; two multiply-adds, across and down, make the sixteen sums.
#include <immintrin.h>

#include "image/colour.h"
#include "image/rows.h"
#include "image/taps.h"

enum { LANES = 16, REACH = 64 };

// `pieces` is a constant where it is called, so that its loop is laid out flat.
static inline void sample_groups(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                                 const uint8_t *bottom, int weight, int pieces)
{
    const int bytes = taps->row_bytes;
    const __mmask64 live = bytes < REACH ? (UINT64_C(1) << bytes) - 1 : ~UINT64_C(0);
    const __m512i lines = _mm512_set1_epi32(weight << 16 | ((1 << CT__LINE_BITS) - weight));
    const int32_t *base = taps->base;
    const uint64_t *mask = taps->mask;
    for (int g = 0; g < taps->groups; g++, base += pieces, mask += pieces) {
        __m512i taken = _mm512_loadu_si512(taps->select + g * 4 * LANES);
        for (int p = 0; p < pieces; p++) {
            __m512i above = _mm512_maskz_loadu_epi8(live, top + base[p]);
            __m512i below = _mm512_maskz_loadu_epi8(live, bottom + base[p]);
            taken = _mm512_mask2_permutex2var_epi8(above, taken, mask[p], below);
        }
        __m512i weights = _mm512_loadu_si512(taps->weight + g * 4 * LANES);
        __m512i across = _mm512_maddubs_epi16(taken, weights);
        _mm512_storeu_si512(out + g * LANES, _mm512_madd_epi16(across, lines));
    }
}

static void sample(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                   const uint8_t *bottom, int weight)
{
    if (taps->pieces == 1)
        sample_groups(out, taps, top, bottom, weight, 1);
    else if (taps->pieces == 2)
        sample_groups(out, taps, top, bottom, weight, 2);
    else
        sample_groups(out, taps, top, bottom, weight, taps->pieces);
}

static void weigh(uint8_t *out, const uint8_t *in, ptrdiff_t step, const int16_t *weight,
                  int groups, int count)
{
    const __m512i bytes = _mm512_set1_epi16(255), zero = _mm512_setzero_si512();
    for (int i = 0; i < count; i++, in += 64, out += 16) {
        __m512i high = zero, low = _mm512_set1_epi32(1 << (CT__WEIGHT_BITS - 1));
        const uint8_t *words = in;
        const int16_t *pairs = weight;
        for (int g = 0; g < groups; g++, words += step, pairs += 8) {
            __m512i set = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)pairs));
            __m512i four = _mm512_loadu_si512(words), odd = _mm512_srli_epi16(four, 8);
            __m512i even = _mm512_and_si512(four, bytes);
            high = _mm512_add_epi32(high, _mm512_madd_epi16(even, _mm512_shuffle_epi32(set, 0x00)));
            low = _mm512_add_epi32(low, _mm512_madd_epi16(even, _mm512_shuffle_epi32(set, 0x55)));
            high = _mm512_add_epi32(high, _mm512_madd_epi16(odd, _mm512_shuffle_epi32(set, 0xaa)));
            low = _mm512_add_epi32(low, _mm512_madd_epi16(odd, _mm512_shuffle_epi32(set, 0xff)));
        }
        __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(high, CT__WEIGHT_LOW_BITS), low);
        sum = _mm512_max_epi32(_mm512_srai_epi32(sum, CT__WEIGHT_BITS), zero);
        _mm_storeu_si128((__m128i *)out, _mm512_cvtusepi32_epi8(sum));
    }
}

const struct ct__kernels ct__kernels_avx512 = {
    .level = CT__CPU_AVX512,
    .lanes = LANES,
    .reach = REACH,
    .sample = sample,
    COLOUR_KERNELS,
    .unpack = unpack,
    .pack = pack,
    .pack_half = pack_half,
    .spread = spread,
    .weigh = weigh,
    .recolour = recolour,
};
