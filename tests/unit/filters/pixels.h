// SPDX-License-Identifier: Apache-2.0
// Frames of one colour to draw into, and a look at what was drawn.
#ifndef TESTS_FILTERS_PIXELS_H
#define TESTS_FILTERS_PIXELS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "filters/canvas.h"
#include "frame/format.h"

// The bytes of a row of one plane.
static inline size_t row_size(const struct ct_picture *picture, int plane)
{
    const struct ct__format_info *info = ct__format_info(picture->format);
    return (size_t)ct__plane_width(picture->format, plane, picture->width) *
           (size_t)info->step[plane];
}

static inline ct_frame *plain_frame(enum ct_format format, int width, int height, int value)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, format, width, height), CT_OK);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int p = 0; p < ct__format_info(format)->planes; p++)
        for (int y = 0; y < ct__plane_height(format, p, height); y++)
            memset(ct_frame_writable(frame, p) + y * picture->stride[p], value,
                   row_size(picture, p));
    return frame;
}

static inline bool same_pixels(const ct_frame *a, const ct_frame *b)
{
    const struct ct_picture *x = ct_frame_picture(a), *y = ct_frame_picture(b);
    for (int p = 0; p < ct__format_info(x->format)->planes; p++)
        for (int row = 0; row < ct__plane_height(x->format, p, x->height); row++)
            if (memcmp(x->data[p] + row * x->stride[p], y->data[p] + row * y->stride[p],
                       row_size(x, p)) != 0)
                return false;
    return true;
}

// The first plane's sample, or the red of a pixel.
static inline int luma(const ct_frame *frame, int x, int y)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int step = ct__format_info(picture->format)->step[0];
    return picture->data[0][y * picture->stride[0] + step * x];
}

static inline int chroma(const ct_frame *frame, int plane, int x, int y)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    return picture->data[plane][y / 2 * picture->stride[plane] + x / 2];
}

// Whether a pixel has exactly the ink.
static inline bool is_ink(const ct_frame *frame, int x, int y, struct ct__ink ink)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    if (picture->format == CT_FORMAT_RGB)
        return memcmp(picture->data[0] + y * picture->stride[0] + 3 * x, ink.sample, 3) == 0;
    return luma(frame, x, y) == ink.sample[0] && chroma(frame, 1, x, y) == ink.sample[1] &&
           chroma(frame, 2, x, y) == ink.sample[2];
}

#endif
