// SPDX-License-Identifier: Apache-2.0
// NEON, which every 64-bit ARM processor has: four outputs at a time, by the tables of AVX2. A
// table look-up gives zero where another piece belongs, so that pieces are joined by or. The
// kernels that are included are not spelt out: compilers make NEON of them without being asked.
#include <arm_neon.h>

#include "image/colour.h"
#include "image/rows.h"
#include "image/taps.h"

enum { LANES = 4, REACH = 16 };

// The top left, top right, bottom left and bottom right bytes of four outputs become their sums:
// neighbours times their weights across, then rows times theirs.
static inline int32x4_t blend(uint8x16_t taken, uint8x16_t weights, uint16x4_t lines)
{
    uint16x8_t left = vmull_u8(vget_low_u8(taken), vget_low_u8(weights));
    uint16x8_t right = vmull_u8(vget_high_u8(taken), vget_high_u8(weights));
    uint16x8_t across = vpaddq_u16(left, right);
    uint32x4_t low = vmull_u16(vget_low_u16(across), lines);
    uint32x4_t high = vmull_u16(vget_high_u16(across), lines);
    return vreinterpretq_s32_u32(vpaddq_u32(low, high));
}

// `pieces` is a constant where it is called, so that its loop is laid out flat.
static inline void sample_groups(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                                 const uint8_t *bottom, int weight, int pieces)
{
    const uint16_t rest = (uint16_t)((1 << CT__LINE_BITS) - weight), share = (uint16_t)weight;
    const uint16_t pair[4] = {rest, share, rest, share};
    const uint16x4_t lines = vld1_u16(pair);
    const int32_t *base = taps->base;
    const uint8_t *select = taps->select;
    for (int g = 0; g < taps->groups; g++, base += pieces) {
        uint8x16_t taken = vdupq_n_u8(0);
        for (int p = 0; p < pieces; p++, select += 2 * REACH) {
            uint8x16_t above = vqtbl1q_u8(vld1q_u8(top + base[p]), vld1q_u8(select));
            uint8x16_t below = vqtbl1q_u8(vld1q_u8(bottom + base[p]), vld1q_u8(select + REACH));
            taken = vorrq_u8(taken, vorrq_u8(above, below));
        }
        uint8x16_t weights = vreinterpretq_u8_s8(vld1q_s8(taps->weight + g * 4 * LANES));
        vst1q_s32(out + g * LANES, blend(taken, weights, lines));
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

// The sums of eight outputs, in two halves.
struct sums {
    int32x4_t high[2], low[2];
};

// Adds a byte of each of eight words times its weights: number `lane` of both halves of a set is
// the first or second of its pair of high parts, two further that of the low ones.
#define ADD(sums, bytes, pairs, lane)                                                              \
    do {                                                                                           \
        int16x8_t wide = vreinterpretq_s16_u16(vmovl_u8(bytes));                                   \
        int16x4_t left = vget_low_s16(wide), right = vget_high_s16(wide);                          \
        (sums)->high[0] = vmlal_lane_s16((sums)->high[0], left, pairs, lane);                      \
        (sums)->high[1] = vmlal_lane_s16((sums)->high[1], right, pairs, lane);                     \
        (sums)->low[0] = vmlal_lane_s16((sums)->low[0], left, pairs, lane + 2);                    \
        (sums)->low[1] = vmlal_lane_s16((sums)->low[1], right, pairs, lane + 2);                   \
    } while (0)

static inline void add_words(struct sums *sums, uint8x8_t first, uint8x8_t second, uint8x8_t third,
                             uint8x8_t fourth, int16x8_t set)
{
    ADD(sums, first, vget_low_s16(set), 0);
    ADD(sums, third, vget_low_s16(set), 1);
    ADD(sums, second, vget_high_s16(set), 0);
    ADD(sums, fourth, vget_high_s16(set), 1);
}

static inline uint8x8_t joined(const struct sums *sums)
{
    int32x4_t left = vaddq_s32(vshlq_n_s32(sums->high[0], CT__WEIGHT_LOW_BITS), sums->low[0]);
    int32x4_t right = vaddq_s32(vshlq_n_s32(sums->high[1], CT__WEIGHT_LOW_BITS), sums->low[1]);
    uint16x4_t low = vqmovun_s32(vshrq_n_s32(left, CT__WEIGHT_BITS));
    uint16x4_t high = vqmovun_s32(vshrq_n_s32(right, CT__WEIGHT_BITS));
    return vqmovn_u16(vcombine_u16(low, high));
}

static void weigh(uint8_t *out, const uint8_t *in, ptrdiff_t step, const int16_t *weight,
                  int groups, int count)
{
    const int32x4_t none = vdupq_n_s32(0), half = vdupq_n_s32(1 << (CT__WEIGHT_BITS - 1));
    for (int i = 0; i < count; i++, in += 64, out += 16) {
        struct sums left = {{none, none}, {half, half}}, right = left;
        const uint8_t *words = in;
        const int16_t *set = weight;
        for (int g = 0; g < groups; g++, words += step, set += 8) {
            uint8x16x4_t b = vld4q_u8(words);
            int16x8_t weights = vld1q_s16(set);
            add_words(&left, vget_low_u8(b.val[0]), vget_low_u8(b.val[1]), vget_low_u8(b.val[2]),
                      vget_low_u8(b.val[3]), weights);
            add_words(&right, vget_high_u8(b.val[0]), vget_high_u8(b.val[1]),
                      vget_high_u8(b.val[2]), vget_high_u8(b.val[3]), weights);
        }
        vst1q_u8(out, vcombine_u8(joined(&left), joined(&right)));
    }
}

const struct ct__kernels ct__kernels_neon = {
    .level = CT__CPU_NEON,
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
