// SPDX-License-Identifier: Apache-2.0
// Draws results into copies of frames and makes JPEG of them, for who looks on.
#ifndef CT_PIPELINE_PAINTER_H
#define CT_PIPELINE_PAINTER_H

#include <chiton/engine.h>

// Memory that is used again from picture to picture. One thread; zero-initialise.
struct ct__painter {
    ct_frame *canvas, *small;
    struct ct_object *objects; // of a result, in the size of the picture
    int object_capacity;
};

// A picture of the frame with its result, as a watch wants it; *out is a reference for the caller.
// CT_ERROR_MEMORY, and errors of drawing and encoding, logged.
int ct__painter_paint(struct ct__painter *painter, const ct_frame *frame,
                      const struct ct_result *result, const struct ct_watch_params *params,
                      ct_jpeg **out);
void ct__painter_finish(struct ct__painter *painter);

#endif
