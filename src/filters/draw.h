// SPDX-License-Identifier: Apache-2.0
// Draws results into pixels: boxes, upright or turned, in the colour of their class (or track),
// labels with score, landmarks and keypoints, masks as a tint.
#ifndef CT_FILTERS_DRAW_H
#define CT_FILTERS_DRAW_H

#include <chiton/frame.h>
#include <chiton/result.h>

// Draws into `frame` (sole reference; I420 or RGB). Line width and text size follow the picture's
// size. Anti-aliased text from a built-in font (ASCII; others show as a box). Deterministic.
int ct__draw_result(ct_frame *frame, const struct ct_result *result);

#endif
