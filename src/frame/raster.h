// SPDX-License-Identifier: Apache-2.0
// Samples beside each other: what is made for an encoder.
#ifndef CT_FRAME_RASTER_H
#define CT_FRAME_RASTER_H

#include <stddef.h>
#include <stdint.h>

// A description only, it owns nothing.
struct ct__raster {
    int width, height;
    int channels; // 1 grey, 3 RGB, 4 RGBA
    int bits;     // of a sample: 8, or 16 in this machine's order of bytes
    const uint8_t *data;
    ptrdiff_t stride; // bytes from a row to the next
};

#endif
