// SPDX-License-Identifier: Apache-2.0
// A coarse grid of the multigrid (multigrid.h): nodes with four unknowns each and a symmetric
// matrix of 4x4 blocks, in which a node meets its 24 neighbours within two rows and columns. A
// vector holds 4 doubles a node. Made by one thread, then read by any.
#ifndef CT_IMAGE_GRID_H
#define CT_IMAGE_GRID_H

#include <stdint.h>

enum { CT__NODE = 4, CT__NEAR = 25 };

struct ct__grid {
    int columns, rows;         // of the grid, of which nodes exist where they are needed
    int count;                 // nodes
    int32_t *at;               // [rows][columns]: which node, -1 for none
    int32_t *x, *y;            // of a node in the grid
    int32_t (*near)[CT__NEAR]; // neighbours in reading order, -1 for none
    double (*block)[CT__NEAR][CT__NODE * CT__NODE]; // [neighbour's unknown][own]: coefficients
    double (*inverse)[CT__NODE * CT__NODE];         // of the block with itself
};

// The nodes that `wanted[rows][columns]` marks, with a matrix of zeros. Takes its bytes off
// `limit`: CT_ERROR_LIMIT where that is not enough, CT_ERROR_MEMORY, logged. Finish it in any case.
int ct__grid_make(struct ct__grid *grid, int columns, int rows, const uint8_t *wanted,
                  int64_t *limit);
void ct__grid_finish(struct ct__grid *grid);

// Makes the grid of every second node and its matrix. `fine` must have its own.
int ct__grid_make_coarser(struct ct__grid *coarse, const struct ct__grid *fine, int64_t *limit);

// Fills `inverse` from the blocks.
void ct__grid_invert(struct ct__grid *grid);

// A·v of one node.
void ct__grid_apply(const struct ct__grid *grid, int node, const double *v,
                    double product[CT__NODE]);

// What an even-placed node gives to, and takes from, the finer grid: right = P^T·r; x += P·v.
void ct__grid_restrict(const struct ct__grid *coarse, const struct ct__grid *fine, const double *r,
                       double *right);
void ct__grid_prolong(const struct ct__grid *coarse, const struct ct__grid *fine, const double *v,
                      double *x);

#endif
