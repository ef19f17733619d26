// SPDX-License-Identifier: Apache-2.0
// How a picture of any size is placed on a model's input, and the way back.
#ifndef CT_FRAME_LETTERBOX_H
#define CT_FRAME_LETTERBOX_H

enum ct__fit {
    CT__FIT_STRETCH = 1, // plain resize, without aspect
    // r = min(W/w, H/h); size round(w r) x round(h r), halves away from zero; offset
    // floor((W - w')/2), floor((H - h')/2)
    CT__FIT_CENTRE,
    CT__FIT_TOP_LEFT, // the same size at (0,0)
    // SCRFD's: one side fills, the other is truncated: int(S / ratio); at (0,0); scale = h'/h both
    // ways
    CT__FIT_TOP_LEFT_FLOOR,
    // the middle of the picture fills the canvas, and what is beyond is cut off; the longer side is
    // truncated
    CT__FIT_COVER,
    // as COVER on a canvas of 8/7 of the size, of which the middle is the real one: ImageNet's 256
    // to 224
    CT__FIT_CROP,
};

struct ct__letterbox {
    int source_width, source_height;
    int canvas_width, canvas_height; // the model's input
    int x, y, width, height;         // where the picture lies on it, and beyond where it is cut off
    float scale_x, scale_y;          // canvas pixels for a source pixel, as results are mapped back
};

// All sizes > 0. width and height are at least 1; only where the fit cuts off they exceed the
// canvas, and then x and y are 0 or less.
void ct__letterbox_make(struct ct__letterbox *box, enum ct__fit fit, int source_width,
                        int source_height, int canvas_width, int canvas_height);

// From canvas to source coordinates: (x - offset) / scale; not clamped.
static inline float ct__letterbox_source_x(const struct ct__letterbox *box, float x)
{
    return (x - (float)box->x) / box->scale_x;
}

static inline float ct__letterbox_source_y(const struct ct__letterbox *box, float y)
{
    return (y - (float)box->y) / box->scale_y;
}

#endif
