// SPDX-License-Identifier: Apache-2.0
// Masks as run lengths: made pixel after pixel down the columns, walked by whoever draws them.
#ifndef CT_FRAME_MASK_H
#define CT_FRAME_MASK_H

#include <stdbool.h>

#include <chiton/result.h>

// The runs of a mask in the making; memory is used again. Zero-initialise.
struct ct__runs {
    uint32_t *items;
    int count, capacity;
};

// Appends `length` pixels, joined to the last run where they are of its kind; CT_ERROR_MEMORY. A
// count of 0 begins a new mask.
int ct__runs_add(struct ct__runs *runs, bool inside, uint32_t length);
void ct__runs_finish(struct ct__runs *runs);

// A walk over the pixels of a mask, column by column. Begin with {mask, height of the picture}.
struct ct__mask_walk {
    const struct ct_mask *mask;
    int height;
    int run;
    uint64_t at, end;
};

// The next piece of a column that is inside: `length` pixels from (x, y) down. False at the end.
bool ct__mask_next(struct ct__mask_walk *walk, int *x, int *y, int *length);

#endif
