// SPDX-License-Identifier: Apache-2.0
// Cuts a picture out of its background by the mattes of its result.
#ifndef CT_FILTERS_CUTOUT_H
#define CT_FILTERS_CUTOUT_H

#include <stdbool.h>

#include "frame/frame.h"
#include "frame/raster.h"
#include "image/parallel.h"

#include <chiton/cutout.h>

// The memory of one thread, used again for the next picture.
struct ct__cutout;

// What is wanted of the pixels.
struct ct__cutout_form {
    int channels;  // 4, or 3: laid over white where it is not opaque
    int bits;      // at most; 16 are given of pictures that have them
    bool straight; // colours are not multiplied by the mask, whatever the parameters say
    bool spread;   // a mask too has `channels`, all equal, and is opaque
};

// `params` and `backdrop` (RGB, or NULL), which several threads may share, are borrowed for its
// life.
int ct__cutout_create(struct ct__cutout **out, const struct ct_cutout_params *params,
                      const ct_frame *backdrop);

// What is told under `scope`, a model say, where there are no mattes to cut out by:
// CT_ERROR_INVALID.
int ct__cutout_fail_mattes(const char *scope);

// Makes the picture of a frame of any format and its result, whose mattes have the frame's size;
// several mattes give as many pictures, one below the other. *raster is the cut-out's own until the
// next run. `parallel`, or NULL, helps with matting; where that fails the mask alone is used, with
// a warning. CT_ERROR_INVALID, logged under `scope`, for a result without mattes; CT_ERROR_LIMIT,
// CT_ERROR_MEMORY, CT_ERROR_STOPPED.
int ct__cutout_run(struct ct__cutout *cutout, const ct_frame *frame, const struct ct_result *result,
                   const struct ct__cutout_form *form, const struct ct__parallel *parallel,
                   const char *scope, struct ct__raster *raster);

// Accepts NULL, sets NULL.
void ct__cutout_destroy(struct ct__cutout **cutout);

#endif
