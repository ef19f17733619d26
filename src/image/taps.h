// SPDX-License-Identifier: Apache-2.0
// Where the outputs of a row find their two source pixels: bilinear, half-pixel centres, clamped at
// the edges, weights of 7 bits. Vectors take a group of outputs at a time. The bytes of a group are
// fetched by a few loads ("pieces") that each cover both pixels of some outputs and stay inside the
// row; then bytes are shuffled to (top left, top right, bottom left, bottom right) of each output.
#ifndef CT_IMAGE_TAPS_H
#define CT_IMAGE_TAPS_H

#include <stdint.h>

#include "image/kernels.h"

enum {
    CT__TAP_BITS = 7,   // of a horizontal weight
    CT__LINE_BITS = 14, // of a vertical weight
    CT__SAMPLE_BITS = CT__TAP_BITS + CT__LINE_BITS,
};

// How one axis of a component is stretched: `length` samples stand for a picture of `full` pixels,
// 2^shift of them each, which becomes `whole` outputs, of which `count` from `first` are wanted. A
// `whole` of 0 is `count`.
struct ct__axis {
    int full, shift, length, count, whole, first;
};

// Two source positions and the weight of the second out of 2^bits. Both are equal at the edges.
struct ct__tap {
    int32_t first, second, weight;
};

// The tap of the i-th wanted output.
struct ct__tap ct__tap_at(const struct ct__axis *axis, int i, int bits);

// Vector weights must be under 2^7 to fit a signed byte: a weight of zero or one is made of two
// halves of the same pixel, which gives the same sum.
struct ct__taps {
    int count, row_bytes;
    struct ct__tap *tap; // per output, in bytes from the start of the row

    int groups, pieces; // 0 groups: the row is too short for vectors; pieces of each group
    int32_t *base;      // [groups][pieces]: where a load begins
    uint64_t *mask;     // [groups][pieces]: bytes of the shuffled group that it serves; reach 64
    uint8_t *select;    // reach 64: [groups][64]; reach 16: [groups][pieces][top, bottom][16]
    int8_t *weight;     // [groups][4 * lanes]
    void *memory;       // of all of the above
};

// Makes the taps of a component whose samples lie `step` bytes apart from byte `offset` of a row of
// `row_bytes`, in the form that `kernels` wants. CT_ERROR_MEMORY. Finish with ct__taps_finish().
int ct__taps_make(struct ct__taps *taps, const struct ct__axis *axis, int step, int offset,
                  int row_bytes, const struct ct__kernels *kernels);
void ct__taps_finish(struct ct__taps *taps);

#endif
