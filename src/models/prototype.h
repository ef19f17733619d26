// SPDX-License-Identifier: Apache-2.0
// Masks from prototypes: a few pictures that a model makes once for all objects, of which each
// object is a weighted sum.
#ifndef CT_MODELS_PROTOTYPE_H
#define CT_MODELS_PROTOTYPE_H

#include "models/family.h"

// The mask of an object, within its box: sigmoid(sum of factor x prototype) over the input, scaled
// to the source bilinearly with half-pixel centres, above one half. A pixel belongs to the box if
// its centre does. `prototypes` is [N,count,h,w], CT_ERROR_FORMAT if not; the runs lie in
// `scratch`. CT_ERROR_MEMORY.
int ct__prototype_mask(const struct ct__tensor *prototypes, const float *factors, int count,
                       const struct ct__letterbox *box, struct ct__scratch *scratch,
                       struct ct_object *object);

#endif
