// SPDX-License-Identifier: Apache-2.0
// Rows of a picture's samples, a component to itself, in the colour of another picture.
#ifndef CT_IMAGE_SAMPLES_H
#define CT_IMAGE_SAMPLES_H

#include <stdbool.h>

#include "image/kernels.h"

#include <chiton/frame.h>

struct ct__samples {
    const struct ct_picture *picture;
    const struct ct__kernels *kernels;
    bool recolour; // whether samples mean something else there
    struct ct__recolour matrix;
};

// Begins to read `picture` in the colour (format, matrix, range) of `like`. Both have formats that
// exist; `picture` is borrowed.
void ct__samples_begin(struct ct__samples *samples, const struct ct_picture *picture,
                       const struct ct_picture *like);

// Reads row `y` as a whole, with chroma between its samples as libjpeg has it: the farther ones
// count a quarter.
void ct__samples_read_smooth(const struct ct__samples *samples, uint8_t *const rows[3], int y);

// Reads `count` pixels of row `y` from `x` (even) on: chroma is repeated.
void ct__samples_read(const struct ct__samples *samples, uint8_t *const rows[3], int x, int y,
                      int count);

#endif
