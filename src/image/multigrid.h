// SPDX-License-Identifier: Apache-2.0
// An approximate inverse of the matting Laplacian, as a preconditioner of conjugate gradients: one
// V-cycle over ever coarser grids. What simple smoothing leaves over is, as the Laplacian wants it,
// nearly an affine function of colour whose four coefficients change slowly over the picture. So a
// node of the first coarse grid, of which there is one in 8 pixels each way, has four unknowns: a
// constant and a factor of red, green and blue. Pixels take them bilinearly; coarser grids take
// every second node, and the last is solved directly. Coarse matrices are Galerkin's, P^T·A·P.
// Smoothing is two steps of Chebyshev's iteration before and after.
// One caller at a time; the caller's `parallel` helps.
#ifndef CT_IMAGE_MULTIGRID_H
#define CT_IMAGE_MULTIGRID_H

#include <chiton/frame.h>

#include "image/parallel.h"
#include "image/stencil.h"

enum { CT__MULTIGRID_BYTES = 32 }; // a stored pixel of the stencil, beside coarse grids

struct ct__multigrid;

// Makes the grids over `stencil`, whose coefficients are complete, and which must outlive them; the
// RGB picture is read while making and when applying. Coarse grids may take up to `limit` bytes:
// CT_ERROR_LIMIT, CT_ERROR_MEMORY, logged.
int ct__multigrid_create(struct ct__multigrid **out, const struct ct__stencil *stencil,
                         const struct ct_picture *image, int64_t limit,
                         const struct ct__parallel *parallel);
void ct__multigrid_destroy(struct ct__multigrid **multigrid);

// z = about A^-1·r; both are vectors of the stencil. Symmetric and positive.
void ct__multigrid_apply(struct ct__multigrid *multigrid, const double *r, double *z);

#endif
