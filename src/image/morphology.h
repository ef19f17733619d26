// SPDX-License-Identifier: Apache-2.0
// Shapes grown and shrunk, as scipy.ndimage does it. Pictures here are bytes without gaps between
// rows. Pure functions; any thread.
#ifndef CT_IMAGE_MORPHOLOGY_H
#define CT_IMAGE_MORPHOLOGY_H

#include <stdbool.h>
#include <stdint.h>

// Erodes a set (bytes of 0 and 1) in place by a square: a pixel stays if all of the `side` pixels
// from side / 2 before it, in rows and in columns, are set; those beyond the border count as
// `outside`. CT_ERROR_MEMORY, logged.
int ct__erode_square(uint8_t *set, int width, int height, int side, bool outside);

// Erodes by a cross: a pixel stays if it and its four neighbours are set.
int ct__erode_cross(uint8_t *set, int width, int height, bool outside);

// Grey opening by a cross, in place: the least of a pixel and its four neighbours, then the
// greatest of those; what lies beyond the border takes no part.
int ct__open_cross(uint8_t *grey, int width, int height);

#endif
