// SPDX-License-Identifier: Apache-2.0
// Resizing with a filter, byte for byte as Pillow does it: first across, then down, 8 bits between,
// weights of 22 bits. A picture of any format comes out as planes of red, green and blue; chroma is
// spread first, as libjpeg does it.
#ifndef CT_IMAGE_RESAMPLE_H
#define CT_IMAGE_RESAMPLE_H

#include <chiton/frame.h>

#include "image/weights.h"

// Tables of one geometry and the memory between the two ways. They are made anew when a size
// changes, so that a stream of equal frames allocates nothing. Belongs to one thread.
struct ct__resample;

int ct__resample_create(struct ct__resample **out);

// How many planes this picture becomes: 1 for grey of full range, else 3.
int ct__resample_planes(const struct ct_picture *picture);

// Bytes from a row of a result of this width to the next: whole vectors are written.
ptrdiff_t ct__resample_stride(int width);

// Fills the planes, width x height with ct__resample_stride(width), with the whole picture.
// CT_ERROR_INVALID for a size outside 1 to 65,535 or an unknown format, CT_ERROR_MEMORY.
int ct__resample_run(struct ct__resample *resample, enum ct__filter filter,
                     const struct ct_picture *picture, int width, int height,
                     uint8_t *const planes[3]);

// Accepts NULL, sets NULL.
void ct__resample_destroy(struct ct__resample **resample);

#endif
