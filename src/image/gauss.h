// SPDX-License-Identifier: Apache-2.0
// The Gaussian of sigma 2 as scipy.ndimage.gaussian_filter has it: radius 8, the border's pixels
// mirrored (d c b a | a b c d | d c b a), columns first, in double precision. Any thread.
#ifndef CT_IMAGE_GAUSS_H
#define CT_IMAGE_GAUSS_H

#include <stddef.h>
#include <stdint.h>

enum { CT__GAUSS_RADIUS = 8 };

// Row y of the blurred picture in out[width]; `scratch` has room for width + 16.
void ct__gauss_row(const uint8_t *picture, ptrdiff_t stride, int width, int height, int y,
                   double *scratch, double *out);

#endif
