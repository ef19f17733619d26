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

// Adds the products of eight words with one set of weights to both sums.
static inline void add_products(__m256i sums[2], __m256i words, const __m256i set[4])
{
    __m256i even = _mm256_and_si256(words, _mm256_set1_epi16(255));
    __m256i odd = _mm256_srli_epi16(words, 8);
    sums[0] = _mm256_add_epi32(
        sums[0], _mm256_add_epi32(_mm256_madd_epi16(even, set[0]), _mm256_madd_epi16(odd, set[2])));
    sums[1] = _mm256_add_epi32(
        sums[1], _mm256_add_epi32(_mm256_madd_epi16(even, set[1]), _mm256_madd_epi16(odd, set[3])));
}

// Two weights in all lanes, by a load alone.
static inline __m256i spread_pair(const int16_t *pair)
{
    int32_t both;
    memcpy(&both, pair, sizeof both);
    return _mm256_set1_epi32(both);
}

static inline __m256i joined(const __m256i sums[2])
{
    __m256i high = _mm256_slli_epi32(sums[0], CT__WEIGHT_LOW_BITS);
    return _mm256_srai_epi32(_mm256_add_epi32(high, sums[1]), CT__WEIGHT_BITS);
}

static void weigh(uint8_t *out, const uint8_t *in, ptrdiff_t step, const int16_t *weight,
                  int groups, int count)
{
    const __m256i half = _mm256_set1_epi32(1 << (CT__WEIGHT_BITS - 1));
    for (int i = 0; i < count; i++, in += 64, out += 16) {
        __m256i left[2] = {_mm256_setzero_si256(), half}, right[2] = {left[0], half};
        const uint8_t *words = in;
        const int16_t *pairs = weight;
        for (int g = 0; g < groups; g++, words += step, pairs += 8) {
            const __m256i set[4] = {spread_pair(pairs), spread_pair(pairs + 2),
                                    spread_pair(pairs + 4), spread_pair(pairs + 6)};
            add_products(left, _mm256_loadu_si256((const __m256i *)words), set);
            add_products(right, _mm256_loadu_si256((const __m256i *)(words + 32)), set);
        }
        __m256i both = _mm256_packs_epi32(joined(left), joined(right));
        both = _mm256_permute4x64_epi64(both, 0xd8);
        __m128i bytes =
            _mm_packus_epi16(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
        _mm_storeu_si128((__m128i *)out, bytes);
    }
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
    .spread = spread,
    .weigh = weigh,
    .recolour = recolour,
};
