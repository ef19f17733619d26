// SPDX-License-Identifier: Apache-2.0
// Resizing with Lanczos' filter (a = 3, widened where the picture shrinks), byte for byte as Pillow
// does it: first across, then down, 8 bits between, weights of 22 bits. A picture of any format
// comes out as planes of red, green and blue; chroma is spread first, as libjpeg does it.
#ifndef CT_IMAGE_LANCZOS_H
#define CT_IMAGE_LANCZOS_H

#include <chiton/frame.h>

// Tables of one geometry and the memory between the two ways. They are made anew when a size
// changes, so that a stream of equal frames allocates nothing. Belongs to one thread.
struct ct__lanczos;

int ct__lanczos_create(struct ct__lanczos **out);

// How many planes this picture becomes: 1 for grey of full range, else 3.
int ct__lanczos_planes(const struct ct_picture *picture);

// Bytes from a row of a result of this width to the next: whole vectors are written.
ptrdiff_t ct__lanczos_stride(int width);

// Fills the planes, width x height with ct__lanczos_stride(width), with the whole picture.
// CT_ERROR_INVALID for a size outside 1 to 65,535 or an unknown format, CT_ERROR_MEMORY.
int ct__lanczos_run(struct ct__lanczos *lanczos, const struct ct_picture *picture, int width,
                    int height, uint8_t *const planes[3]);

// Accepts NULL, sets NULL.
void ct__lanczos_destroy(struct ct__lanczos **lanczos);

#endif
