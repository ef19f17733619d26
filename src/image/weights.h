// SPDX-License-Identifier: Apache-2.0
// What the outputs of one axis take from its samples: weights in groups of four, for the kernel
// weigh().
#ifndef CT_IMAGE_WEIGHTS_H
#define CT_IMAGE_WEIGHTS_H

#include <stdint.h>

struct ct__weights {
    int from, to;    // samples and outputs
    int groups;      // of four samples, that each output takes
    int32_t *first;  // [to]: the first of them
    int16_t *weight; // [to][groups][8], as the kernel wants them
};

// Lanczos' filter from `from` samples to `to` outputs. CT_ERROR_MEMORY. Zero-initialise; does
// nothing if the weights are these already.
int ct__weights_make(struct ct__weights *weights, int from, int to);
void ct__weights_finish(struct ct__weights *weights);

// Groups of four in `count` samples.
static inline int ct__weight_groups(int count)
{
    return (count + 3) / 4;
}

#endif
