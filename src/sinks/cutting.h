// SPDX-License-Identifier: Apache-2.0
// From a picture and its mattes to the bytes of a file, for who stores them and who sends them.
#ifndef CT_SINKS_CUTTING_H
#define CT_SINKS_CUTTING_H

#include "filters/cutout.h"
#include "media/encode.h"

// Appends the file of a frame that was decoded whole, without its background, in the parameters
// that `cutout` was made with. Errors of ct__cutout_run() and of the encoder.
int ct__cutting_encode(struct ct__text *bytes, struct ct__cutout *cutout,
                       const struct ct_cutout_params *params, const struct ct__encoder *encoder,
                       const ct_frame *frame, const struct ct_result *result,
                       const struct ct__parallel *parallel, const char *scope);

#endif
