// SPDX-License-Identifier: Apache-2.0
// Pictures encoded in memory. Any thread: nothing is shared between two calls.
#ifndef CT_MEDIA_ENCODE_H
#define CT_MEDIA_ENCODE_H

#include "base/text.h"
#include "frame/raster.h"

#include <chiton/frame.h>

// What goes with the pixels. Zero: nothing.
struct ct__encode_params {
    const uint8_t *profile; // ICC; EXR cannot hold one
    size_t profile_size;
};

// A kind of file.
struct ct__encoder {
    const char *ending; // ".png"
    int channels;       // the most that it holds: 3, or 4 with alpha
    int bits;           // the most that it keeps of a sample: 8 or 16

    // Appends the file to `bytes`. The raster has at most so many channels and bits. CT_ERROR_LIMIT
    // for a size that the format cannot hold, CT_ERROR_MEMORY; logged under `scope`.
    //
    // Colours of RGBA are such that alpha was not multiplied into them.
    // .png and .tif lose nothing (deflate, at a level for speed); .jpg has quality 95 and whole
    // colour; .webp quality 90 and exact alpha; .exr half floats, PIZ: linear light, for which the
    // samples are taken as sRGB, with alpha multiplied in, as EXR means it.
    int (*encode)(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                  const struct ct__encode_params *params);
};

// The kind that a file name asks for by its ending, or NULL.
const struct ct__encoder *ct__encoder_find(const char *name);

// The endings in one sentence: ".png, .webp, ... or .exr".
const char *ct__encoder_endings(void);

// Appends a JPEG of any format of frame.h that it can hold, planes as they are; quality 1 to 100,
// 0: 90. CT_ERROR_INVALID for what it cannot hold (see ct__picture_write()).
int ct__jpeg_encode_picture(struct ct__text *bytes, const char *scope,
                            const struct ct_picture *picture, int quality);

#endif
