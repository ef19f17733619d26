// SPDX-License-Identifier: Apache-2.0
// What lies over each other in a cut-out: the picture through its mask, a colour, a backdrop.
#ifndef CT_FILTERS_LAYERS_H
#define CT_FILTERS_LAYERS_H

#include <stdbool.h>

#include <chiton/frame.h>

// A description only, it owns nothing. Any thread.
struct ct__layers {
    const struct ct_picture *picture; // RGB or RGBA
    const uint16_t *deep;             // its pixels in 16 bits, RGBA without gaps, or NULL
    const uint8_t *mask;              // of its size, rows `mask_stride` bytes apart
    ptrdiff_t mask_stride;
    const struct ct_picture *edge; // RGBA that takes the place of picture and mask, or NULL
    const unsigned char *colour;   // R, G, B, A behind them, or NULL
    const uint8_t *backdrop;       // behind all of them: planes of red, green and blue of the
                                   // picture's size, as resample.h makes them, or NULL
    bool straight;                 // colours are not multiplied by the mask
    int channels;                  // of what is made: 4, or 3, which is laid over white at last
    unsigned most;                 // of a sample of it: 255, or 65535 with `deep`
};

// Makes row `y`: samples beside each other, of 8 or 16 bits, in this machine's order of bytes.
// `row` is memory for 4 numbers a pixel.
void ct__layers_row(const struct ct__layers *layers, int y, uint16_t *row, uint8_t *to);

#endif
