// SPDX-License-Identifier: Apache-2.0
// Anchors: the grids that detectors lay over their input, and what becomes of one that scores.
#ifndef CT_MODELS_ANCHOR_H
#define CT_MODELS_ANCHOR_H

#include "models/family.h"

enum { CT__LEVELS = 3, CT__MAX_ANCHORS = 1 << 24 };

// One grid of cells: rows x columns of `stride` pixels, the last ones cut off by the border.
struct ct__grid {
    int stride, columns, rows, cells;
};

// The grid of level 0, 1, 2: strides 8, 16, 32. Sides 1 to 65,535.
struct ct__grid ct__grid(int level, int width, int height);

// Cells of all three levels.
int64_t ct__grid_cells(int width, int height);

// Adds a candidate, unless it is none: a number that is not finite, a corner 1e9 pixels away, or a
// side that is not positive.
int ct__candidate_add(struct ct__scratch *scratch, const struct ct__box *box);

// Objectness x best class of a row that begins with the objectness: sets score and class of `box`.
// False where it is not above `conf`; then the classes were most likely not even read.
bool ct__objectness_score(const float *row, int classes, float conf, struct ct__box *box);

#endif
