// SPDX-License-Identifier: Apache-2.0
// What the outputs of one axis take from its samples: weights in groups of four, for the kernel
// weigh().
#ifndef CT_IMAGE_WEIGHTS_H
#define CT_IMAGE_WEIGHTS_H

#include <stdint.h>

// What an output is made of; the filter is widened where the picture shrinks, so that every sample
// counts.
enum ct__filter {
    CT__FILTER_NONE = 0,
    CT__FILTER_LANCZOS,  // of three lobes
    CT__FILTER_TRIANGLE, // Pillow's BILINEAR
};

struct ct__weights {
    enum ct__filter filter;
    int from, to;    // samples and outputs
    int groups;      // of four samples, that each output takes
    int32_t *first;  // [to]: the first of them
    int16_t *weight; // [to][groups][8], as the kernel wants them
};

// The filter's weights from `from` samples to `to` outputs. CT_ERROR_MEMORY. Zero-initialise; does
// nothing if the weights are these already.
int ct__weights_make(struct ct__weights *weights, enum ct__filter filter, int from, int to);
void ct__weights_finish(struct ct__weights *weights);

// Groups of four in `count` samples.
static inline int ct__weight_groups(int count)
{
    return (count + 3) / 4;
}

#endif
