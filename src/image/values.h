// SPDX-License-Identifier: Apache-2.0
// Where the values of a model's input lie, and how its types store them.
#ifndef CT_IMAGE_VALUES_H
#define CT_IMAGE_VALUES_H

#include "image/prepare.h"

// How numbers of a type are made: its kernel, and what rounds values and brings them to 0 and up.
struct ct__value_type {
    enum ct_type type;
    int kernel;
    double bias;
    bool byte;
};

// NULL for a type that no picture is prepared as.
const struct ct__value_type *ct__value_type(enum ct_type type);

// Stores a value of the tensor; returns its size.
size_t ct__value_store(void *to, const struct ct__value_type *type, double value);

// Where a channel begins and how it goes on, in elements.
struct ct__channel {
    size_t first, step, stride;
};

struct ct__channel ct__channel_of(const struct ct__letterbox *box, enum ct__layout layout, int c);

#endif
