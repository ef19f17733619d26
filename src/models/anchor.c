// SPDX-License-Identifier: Apache-2.0
// Grids of anchors in whole numbers that cannot overflow, and the one door for candidates: what is
// not a number, or so far away that areas would overflow, stops here. Sorting and suppression never
// see it.
#include "models/anchor.h"

#include <math.h>

struct ct__grid ct__grid(int level, int width, int height)
{
    int stride = 8 << level;
    int columns = (width + stride - 1) / stride, rows = (height + stride - 1) / stride;
    return (struct ct__grid){stride, columns, rows, columns * rows};
}

int64_t ct__grid_cells(int width, int height)
{
    int64_t cells = 0;
    for (int level = 0; level < CT__LEVELS; level++)
        cells += ct__grid(level, width, height).cells;
    return cells;
}

// False for NaN as well.
static bool is_near(float coordinate)
{
    return fabsf(coordinate) < 1e9f;
}

int ct__candidate_add(struct ct__scratch *scratch, const struct ct__box *box)
{
    bool near = is_near(box->x1) && is_near(box->y1) && is_near(box->x2) && is_near(box->y2);
    if (!near || !isfinite(box->score) || box->x2 <= box->x1 || box->y2 <= box->y1)
        return CT_OK;
    return ct__boxes_add(&scratch->boxes, box);
}

bool ct__objectness_score(const float *row, int classes, float conf, struct ct__box *box)
{
    if (!(row[0] > conf))
        return false;
    float best = 0;
    for (int c = 0; c < classes; c++)
        if (row[1 + c] > best) {
            best = row[1 + c];
            box->class_id = c;
        }
    box->score = row[0] * best;
    return box->score > conf;
}
