// SPDX-License-Identifier: Apache-2.0
// Colours stay straight where alpha is multiplied in by somebody else.
#include "sinks/cutting.h"

#include "base/log.h"

static struct ct__cutout_form form_for(const struct ct_cutout_params *params,
                                       const struct ct__encoder *encoder)
{
    bool exr = ct__ends_with(encoder->ending, ".exr");
    bool white = encoder->channels == 3 && !params->has_colour;
    return (struct ct__cutout_form){
        .channels = encoder->channels, .bits = encoder->bits, .straight = exr || white};
}

int ct__cutting_encode(struct ct__text *bytes, struct ct__cutout *cutout,
                       const struct ct_cutout_params *params, const struct ct__encoder *encoder,
                       const ct_frame *frame, const struct ct_result *result,
                       const struct ct__parallel *parallel, const char *scope)
{
    const struct ct__cutout_form form = form_for(params, encoder);
    const struct ct__extras *extras = &frame->extras;
    const struct ct__encode_params encode = {
        .profile = extras->profile,
        .profile_size = params->only_mask ? 0 : extras->profile_size,
    };
    struct ct__raster raster;
    int error = ct__cutout_run(cutout, frame, result, &form, parallel, scope, &raster);
    error = error ? error : encoder->encode(bytes, scope, &raster, &encode);
    return !error && bytes->failed ? ct__fail_memory(scope) : error;
}
