// SPDX-License-Identifier: Apache-2.0
// The matting Laplacian of Levin, Lischinski and Weiss, "A closed-form solution to natural image
// matting" (2008). In every window of 3x3 pixels, alpha is to be an affine function of colour: with
// c_i a pixel's colour less the window's mean (0 to 1), and S = (sum c·c^T + 1e-7·1) / 9,
// L_ij += delta_ij - (1 + c_i^T·S^-1·c_j) / 9. Windows without an unknown pixel are skipped.
#ifndef CT_IMAGE_LAPLACIAN_H
#define CT_IMAGE_LAPLACIAN_H

#include <chiton/frame.h>

#include "image/parallel.h"
#include "image/stencil.h"

// What a trimap's value says. The bounds are those of pymatting: at most .1 and at least .9 of 255.
enum ct__trimap_part { CT__TRIMAP_BACKGROUND = 0, CT__TRIMAP_UNKNOWN, CT__TRIMAP_FOREGROUND };

static inline enum ct__trimap_part ct__trimap_part(uint8_t value)
{
    return value <= 25   ? CT__TRIMAP_BACKGROUND
           : value < 230 ? CT__TRIMAP_UNKNOWN
                         : CT__TRIMAP_FOREGROUND;
}

// Adds the coefficients of unknowns to `stencil`, which was made from `trimap` (GREY), and to the
// vector `right` what the known foreground is worth to them: the solution x of L·x = right is
// alpha. `image` is RGB of the same size.
void ct__laplacian_add(struct ct__stencil *stencil, double *right, const struct ct_picture *image,
                       const struct ct_picture *trimap, const struct ct__parallel *parallel);

#endif
