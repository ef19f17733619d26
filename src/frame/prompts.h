// SPDX-License-Identifier: Apache-2.0
// What points a model at a part of a picture, on its way from whoever asks to the family that knows
// what to make of it.
#ifndef CT_FRAME_PROMPTS_H
#define CT_FRAME_PROMPTS_H

#include <chiton/model.h>

// All zero: none. The items belong to somebody else.
struct ct__prompts {
    const struct ct_prompt *items;
    int count;
};

// CT_ERROR_INVALID, logged under `scope`, for more than CT_MAX_PROMPTS, an unknown kind, a number
// that is none.
int ct__prompts_check(const struct ct__prompts *prompts, const char *scope);

// CT_ERROR_INVALID, logged under `scope`, for a point or corner outside a picture of this size; its
// borders belong to it.
int ct__prompts_check_within(const struct ct__prompts *prompts, int width, int height,
                             const char *scope);

#endif
