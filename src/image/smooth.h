// SPDX-License-Identifier: Apache-2.0
// A picture to a model's input by a filter: the other way of prepare.h, which leads here.
#ifndef CT_IMAGE_SMOOTH_H
#define CT_IMAGE_SMOOTH_H

#include "image/prepare.h"
#include "image/resample.h"

// Memory of one thread, used again. Zero-initialise.
struct ct__smooth {
    struct ct__resample *resample;
    uint8_t *planes;
    size_t room;
};

// As ct__prepare_run(), which has checked the arguments and writes what is around the picture.
// CT_ERROR_INVALID for a picture that is cut off, CT_ERROR_MEMORY.
int ct__smooth_run(struct ct__smooth *smooth, const struct ct_picture *picture,
                   const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data);
void ct__smooth_finish(struct ct__smooth *smooth);

#endif
