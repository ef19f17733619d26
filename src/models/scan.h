// SPDX-License-Identifier: Apache-2.0
// The largest of many class scores, for a block of anchors at once: the one pass over a detector's
// whole output. NaN is never larger than anything.
#ifndef CT_MODELS_SCAN_H
#define CT_MODELS_SCAN_H

#include <stddef.h>

#include "image/kernels.h"

enum { CT__SCAN_BLOCK = 512 }; // anchors a call, so that what it reads stays in the cache

struct ct__scan {
    // best[a] = the largest of floor and data[a + c * stride], c < classes; a < anchors.
    void (*planes)(float *best, const float *data, size_t stride, int anchors, int classes,
                   float floor);
    // The same where the scores of an anchor lie side by side: data[a * stride + c].
    void (*rows)(float *best, const float *data, size_t stride, int anchors, int classes,
                 float floor);
};

// The best form for this processor, or for `most` where a test asks for less. Any thread.
const struct ct__scan *ct__scan(enum ct__cpu most);

#endif
