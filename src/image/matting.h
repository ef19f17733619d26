// SPDX-License-Identifier: Apache-2.0
// Alpha matting: how much of each pixel is foreground, where a mask is too coarse (hair, fur).
// A mask becomes a trimap (trimap.h): surely foreground, surely background, unknown. Alpha of the
// unknown is the solution of a linear system, the matting Laplacian (laplacian.h), by conjugate
// gradients with a multigrid as preconditioner (multigrid.h); then the foreground's own colours are
// estimated (foreground.h). ct__matting_cut_out() does it all; the pieces can be used alone.
//
// Answers are those of pymatting's closed form within 1/255, and the same bits for any number of
// parts. Time grows with the number of unknown pixels, memory too: about 350 bytes each, and 48 a
// pixel for the foreground's colours.
// Pure functions; any thread.
#ifndef CT_IMAGE_MATTING_H
#define CT_IMAGE_MATTING_H

#include <chiton/frame.h>

#include "image/parallel.h"
#include "image/trimap.h"

// Zero means default.
struct ct__matting_params {
    struct ct__trimap_params trimap;
    int64_t max_memory;                  // bytes that each step may allocate; 0: 2 GiB
    int max_iterations;                  // 0: 10,000
    const struct ct__parallel *parallel; // who helps; NULL: nobody
    // Called after every iteration with the residual relative to the right side, which ends at
    // 1e-7. Anything but 0 stops: CT_ERROR_STOPPED.
    int (*progress)(void *opaque, int iteration, double residual);
    void *opaque;
};

// Fills alpha[height][width], 0 to 1, from an RGB picture and a GREY trimap of its size: values to
// 25 are background, from 230 foreground, others unknown. NULL params: defaults.
// CT_ERROR_INVALID for a picture under 3x3, and for a trimap without any foreground or background;
// CT_ERROR_LIMIT where more memory would be needed than is allowed; CT_ERROR_UNSUPPORTED if the
// iterations do not come to an end: all are logged, and the caller may cut out with the mask alone.
int ct__matting_solve(float *alpha, const struct ct_picture *image, const struct ct_picture *trimap,
                      const struct ct__matting_params *params);

// Fills an RGBA frame that nobody else holds with the estimated foreground and alpha, from an RGB
// picture and a GREY mask, all of one size. Errors as above.
int ct__matting_cut_out(ct_frame *out, const struct ct_picture *image,
                        const struct ct_picture *mask, const struct ct__matting_params *params);

// The same with a trimap instead of a mask.
int ct__matting_cut_out_trimap(ct_frame *out, const struct ct_picture *image,
                               const struct ct_picture *trimap,
                               const struct ct__matting_params *params);

#endif
