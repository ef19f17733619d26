// SPDX-License-Identifier: Apache-2.0
// A picture to a model's input by Lanczos' filter: the other way of prepare.h, which leads here.
#ifndef CT_IMAGE_SMOOTH_H
#define CT_IMAGE_SMOOTH_H

#include "image/lanczos.h"
#include "image/prepare.h"

// Memory of one thread, used again. Zero-initialise.
struct ct__smooth {
    struct ct__lanczos *lanczos;
    uint8_t *planes;
    size_t room;
};

// As ct__prepare_run(), which has checked the arguments. CT_ERROR_INVALID for a placement that is
// not the whole canvas, CT_ERROR_MEMORY.
int ct__smooth_run(struct ct__smooth *smooth, const struct ct_picture *picture,
                   const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data);
void ct__smooth_finish(struct ct__smooth *smooth);

#endif
