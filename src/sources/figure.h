// SPDX-License-Identifier: Apache-2.0
// A walking figure of simple shapes, cheap to draw into I420.
#ifndef CT_SOURCES_FIGURE_H
#define CT_SOURCES_FIGURE_H

#include <chiton/frame.h>

// Where a figure is and how it looks. Its box is `width` around x and `height` above the foot.
struct ct__figure {
    double x, foot, width, height; // pixels
    double stride;                 // phase of its step in turns
    uint64_t look;                 // bits that choose its colours
};

// Draws into the planes of an I420 picture, clipped to it.
void ct__figure_draw(uint8_t *const plane[CT_MAX_PLANES], const struct ct_picture *picture,
                     const struct ct__figure *figure);

#endif
