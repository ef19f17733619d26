// SPDX-License-Identifier: Apache-2.0
// The table of pixel kernels: filled with plain C first, then with what the processor has. One
// program compares every entry with its C form and prints its speed (tests/kernels). All forms of a
// kernel give the same bits: taps are integers, and floats are multiplied and added in one order,
// never fused.
#ifndef CT_IMAGE_KERNELS_H
#define CT_IMAGE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum ct__cpu { CT__CPU_C = 0, CT__CPU_NEON, CT__CPU_AVX2, CT__CPU_AVX512 };

struct ct__taps;

// From three samples to one value of each channel: out[c] = m[0] a + m[1] b + m[2] c + m[3], not
// below low[c] and not above high[c].
struct ct__colour {
    float matrix[3][4];
    float low[3], high[3];
};

// Writes `count` pixels from three rows of samples. Planar: out[c] is where channel c begins;
// packed: three values a pixel from out[0]. Bytes are cut off, not rounded; signed ones are 128
// less than the value.
typedef void ct__colour_fn(void *const out[3], const int32_t *const in[3], int count,
                           const struct ct__colour *colour);

// The types that a model's input may have.
enum { CT__VALUE_F32, CT__VALUE_F16, CT__VALUE_U8, CT__VALUE_I8, CT__VALUE_TYPES };

// Weights of a filter, and how many of their bits are the low part.
enum { CT__WEIGHT_BITS = 22, CT__WEIGHT_LOW_BITS = 12 };

// Between colours in bytes: the sum of the factors times the samples plus the constant, cut off
// behind the point; halves are in the constant. Factors are less than 4.
enum { CT__RECOLOUR_BITS = 13 };

struct ct__recolour {
    int16_t factor[3][3];
    int32_t constant[3];
};

struct ct__kernels {
    enum ct__cpu level;

    // Outputs that are sampled at a time, and the bytes of a row that one load covers (see taps.h);
    // 0: one by one.
    int lanes, reach;

    // Samples a component of one output row from two rows of the source: out[i] is the bilinear
    // mean times 2^21; `weight` (0 to 2^14) is that of `bottom`. `out` has room for taps->count
    // rounded up to 16. Reads nothing outside the taps->row_bytes of each row.
    void (*sample)(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                   const uint8_t *bottom, int weight);

    ct__colour_fn *planar[CT__VALUE_TYPES], *packed[CT__VALUE_TYPES];

    // For copies in another format. `count` samples that lie `step` bytes apart (1 to 4) to a row
    // of their own, each repeated 2^shift times (0 or 1; count is after that), and back.
    void (*unpack)(uint8_t *to, const uint8_t *from, int count, int step, int shift);
    void (*pack)(uint8_t *to, const uint8_t *from, int count, int step);

    // A row of twice as many samples as `near` and `far` have, `step` (1 or 2) bytes apart: three
    // parts of the nearer one and one of the farther, both ways, as libjpeg does it. `bias` (for
    // even and for odd ones) is added to the sixteenfold.
    void (*spread)(uint8_t *to, const uint8_t *near, const uint8_t *far, int count, int step,
                   const int bias[2]);

    // Means of two by two samples of the rows `a` and `b`, `step` (1 or 2) bytes apart.
    void (*pack_half)(uint8_t *to, const uint8_t *a, const uint8_t *b, int count, int step);

    // Weighs columns of words, four samples a byte each, for `count` times 16 outputs: output i is
    // half + the sum over g of the four bytes at in[g * step + 4 i] times the g-th of `groups`
    // sets of weights, cut off below CT__WEIGHT_BITS and held within 0 to 255. A set is the high
    // and the low parts of the first and third weight, then those of the second and fourth.
    void (*weigh)(uint8_t *out, const uint8_t *in, ptrdiff_t step, const int16_t *weight,
                  int groups, int count);

    // Changes three rows in place.
    void (*recolour)(uint8_t *x, uint8_t *y, uint8_t *z, int count, const struct ct__recolour *how);
};

// The best table for this processor, or for `most` where a test asks for less; environment
// CHITON_CPU=c|neon|avx2|avx512 lowers it as well. Never NULL, never changes.
const struct ct__kernels *ct__kernels(enum ct__cpu most);

// Which level a table is.
enum ct__cpu ct__kernels_level(const struct ct__kernels *kernels);
const char *ct__cpu_name(enum ct__cpu cpu); // "avx512"

// The tables of the levels above plain C, for ct__kernels() alone.
extern const struct ct__kernels ct__kernels_neon, ct__kernels_avx2, ct__kernels_avx512;

// The plain form of sample(), for rows that are too short for vectors.
void ct__sample_c(int32_t *out, const struct ct__taps *taps, const uint8_t *top,
                  const uint8_t *bottom, int weight);

#endif
