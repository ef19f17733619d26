// SPDX-License-Identifier: Apache-2.0
// A picture scaled by an affine map, as rembg does it for SAM: pixel (x, y) of the canvas is the
// picture at (x / s, y / s), s the largest scale with which all of it fits, bilinear between the
// centres of pixels, cut off to whole numbers; beyond the last centre nothing is there. Arithmetic
// and its order are those of scipy's map_coordinates(), order 1, so that the numbers are the same.
#ifndef CT_IMAGE_WARP_H
#define CT_IMAGE_WARP_H

#include <math.h>

#include "image/prepare.h"

// Where a coordinate falls among samples: between `at` and the next, and the weight of each; the
// next of the last is itself.
struct ct__warp_tap {
    int at, next; // at -1: outside
    double weight, next_weight;
};

static inline struct ct__warp_tap ct__warp_tap(double place, int length)
{
    struct ct__warp_tap tap = {.at = -1};
    if (!(place >= 0 && place <= length - 1))
        return tap;
    double whole = floor(place);
    tap.at = (int)whole;
    tap.next = tap.at + 1 < length ? tap.at + 1 : tap.at;
    tap.weight = 1 - (place - whole);
    tap.next_weight = 1 - tap.weight;
    return tap;
}

// The scale s of a canvas for a picture.
static inline double ct__warp_scale(const struct ct__letterbox *box)
{
    return fmin((double)box->canvas_width / box->source_width,
                (double)box->canvas_height / box->source_height);
}

// Memory of one thread, used again. Zero-initialise.
struct ct__warp {
    ct_frame *rgb; // the picture, where it is in another format
    struct ct__warp_tap *taps;
    int tap_count;
};

// As ct__prepare_run(), which has checked the arguments; `data` is float32. CT_ERROR_INVALID for
// another type, CT_ERROR_MEMORY.
int ct__warp_run(struct ct__warp *warp, const struct ct_picture *picture,
                 const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data);
void ct__warp_finish(struct ct__warp *warp);

#endif
