// SPDX-License-Identifier: Apache-2.0
// From libav's pictures to frames: in their own memory where the format is one of ours, converted
// where it is not, turned upright where somebody says so.
#include "media/av.h"

#include "media/picture.h"

int ct__outlet_init(struct ct__outlet *outlet, const char *scope, int64_t max_pixels)
{
    *outlet = (struct ct__outlet){.scope = scope, .max_pixels = max_pixels, .orientation = 1};
    return ct__shells_create(&outlet->shells);
}

void ct__outlet_finish(struct ct__outlet *outlet)
{
    sws_freeContext(outlet->scaler);
    outlet->scaler = NULL;
    ct__shells_unref(&outlet->shells);
}

int ct__outlet_frame(struct ct__outlet *outlet, struct ct__pool *pool, struct ct__shell *shell,
                     ct_frame **out)
{
    struct ct_picture picture;
    const AVFrame *from = shell->frame;
    int error = ct__picture_check(from->width, from->height, outlet->max_pixels, outlet->scope);
    if (!error && ct__av_picture(from, &picture)) {
        error = ct__pool_wrap(pool, out, &picture, ct__shell_release, shell);
    } else {
        if (!error)
            error = ct__av_convert(&outlet->scaler, from, false, outlet->scope, pool, out);
        ct__shell_release(shell);
    }
    if (error || outlet->orientation == 1)
        return error;
    ct_frame *turned = NULL;
    error = ct__picture_orient(pool, &turned, ct_frame_picture(*out), outlet->orientation);
    ct_frame_unref(out);
    *out = turned;
    return error;
}
