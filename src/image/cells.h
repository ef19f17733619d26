// SPDX-License-Identifier: Apache-2.0
// Between pixels and the first coarse grid of the multigrid (multigrid.h). A cell is 8x8 pixels
// that hold an unknown, with a node at each corner. Pixel (x, y) of a cell, 0 to 7, takes
// (1 - x/8)·left + x/8·right of the corners' values, likewise in y, and a corner's value for it is
// its four unknowns times (1, red, green, blue) of the pixel, 0 to 1.
// Made by one thread with the help of others; restricting and prolonging write to the vectors
// alone.
#ifndef CT_IMAGE_CELLS_H
#define CT_IMAGE_CELLS_H

#include <chiton/frame.h>

#include "image/grid.h"
#include "image/parallel.h"
#include "image/stencil.h"

struct ct__cells {
    const struct ct__stencil *stencil;
    const struct ct__grid *grid;
    float *colour[3]; // red, green and blue of stored pixels, 0 to 1
    int bands;        // rows of cells
    int32_t *first;   // [bands + 1]: the stencil's first row of each band
};

// Finds the cells of a stencil, and makes the grid and its matrix, P^T·A·P. Takes the grid's
// bytes off `limit`. Finish both in any case.
int ct__cells_make(struct ct__cells *cells, struct ct__grid *grid,
                   const struct ct__stencil *stencil, const struct ct_picture *image,
                   int64_t *limit, const struct ct__parallel *parallel);
void ct__cells_finish(struct ct__cells *cells);

// right = P^T·r, from a vector of the stencil in single precision.
void ct__cells_restrict(const struct ct__cells *cells, const float *r, double *right,
                        const struct ct__parallel *parallel);

// x += P·v.
void ct__cells_prolong(const struct ct__cells *cells, const double *v, float *x,
                       const struct ct__parallel *parallel);

#endif
