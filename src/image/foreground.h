// SPDX-License-Identifier: Apache-2.0
// The colours that the foreground alone would have, from a picture and its alpha: the multi-level
// method of Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation" (2020).
// From 1x1 to the full size, in ceil(log2 max(w, h)) steps, foreground F and background B of the
// smaller size are taken as a start (nearest neighbour) and improved in place, in reading order, 10
// times while both sides are 32 at most, else twice: with a = alpha, I = colour, n the four
// neighbours (at an edge the pixel itself) and d_n = 1e-5 + |a - a_n|,
// [a² + sum d, a(1-a); a(1-a), (1-a)² + sum d]·[F, B] = [a·I + sum d·F_n, (1-a)·I + sum d·B_n],
// clipped to 0..1. Any thread.
#ifndef CT_IMAGE_FOREGROUND_H
#define CT_IMAGE_FOREGROUND_H

#include <chiton/frame.h>

#include "image/parallel.h"

// Fills foreground[height][width][3], 0 to 1, from an RGB picture and alpha[height][width], 0 to 1.
// CT_ERROR_LIMIT where that takes more than `limit` bytes (48 a pixel, with alpha and foreground),
// CT_ERROR_MEMORY; logged. The result is the same bits for any number of parts.
int ct__foreground_estimate(float *foreground, const struct ct_picture *image, const float *alpha,
                            int64_t limit, const struct ct__parallel *parallel);

// Answers CT_ERROR_LIMIT, logged, where estimating would: to ask before alpha is solved for.
int ct__foreground_check(const struct ct_picture *image, int64_t limit);

#endif
