// SPDX-License-Identifier: Apache-2.0
// Colour of pictures as matrices: rows are results, the fourth column is a constant; samples are
// 0 to 255.
#ifndef CT_IMAGE_MATRIX_H
#define CT_IMAGE_MATRIX_H

#include <chiton/frame.h>

// From the components of a picture to R, G, B. Grey has one component, the other two count nothing.
void ct__matrix_rgb(double m[3][4], const struct ct_picture *picture);

// From the components of one picture to those of another; of grey, the first is of use.
void ct__matrix_between(double m[3][4], const struct ct_picture *from, const struct ct_picture *to);

#endif
