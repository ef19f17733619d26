// SPDX-License-Identifier: Apache-2.0
// What each pixel format is made of.
#ifndef CT_FRAME_FORMAT_H
#define CT_FRAME_FORMAT_H

#include <stdbool.h>

#include <chiton/frame.h>

struct ct__format_info {
    const char *name; // "i420"
    int planes;
    int step[CT_MAX_PLANES];    // bytes from a sample group to the next in a row
    int shift_x[CT_MAX_PLANES]; // log2 of the subsampling of each plane
    int shift_y[CT_MAX_PLANES];
    bool yuv; // needs a colour matrix
    struct {
        int plane, offset; // first byte within a group
    } component[3];        // where Y, U, V or R, G, B lie; grey is all three
};

// NULL for a format that does not exist.
const struct ct__format_info *ct__format_info(enum ct_format format);

// Size of one plane in samples, chroma rounded up.
int ct__plane_width(enum ct_format format, int plane, int width);
int ct__plane_height(enum ct_format format, int plane, int height);

// Matrix and range in force for a picture: AUTO resolved as frame.h says.
enum ct_matrix ct__picture_matrix(const struct ct_picture *picture);
enum ct_range ct__picture_range(const struct ct_picture *picture);

// Whether a size is one that a frame may have, 1 to 65,535 each way.
bool ct__size_ok(int64_t width, int64_t height);

#endif
