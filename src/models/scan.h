// SPDX-License-Identifier: Apache-2.0
// The largest of many class scores, for a block of anchors at once: the one pass over a detector's
// whole output. NaN is never larger than anything.
#ifndef CT_MODELS_SCAN_H
#define CT_MODELS_SCAN_H

#include <stddef.h>

enum { CT__SCAN_BLOCK = 512 }; // anchors a call, so that what is written stays in the first cache

// best[a] = the largest of floor and data[a + c * stride], c < classes; a < anchors.
void ct__scan_planes(float *restrict best, const float *restrict data, size_t stride, int anchors,
                     int classes, float floor);

// The same where the scores of an anchor lie side by side: data[a * stride + c].
void ct__scan_rows(float *restrict best, const float *restrict data, size_t stride, int anchors,
                   int classes, float floor);

#endif
