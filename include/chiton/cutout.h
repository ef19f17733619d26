// SPDX-License-Identifier: Apache-2.0
// How pictures are cut out of their background: by the mattes of a model. For streams with outputs
// "cutout:OUT", where OUT is a picture (.png .webp .tif .jpg .exr), frames/%04d.png, a clip (.mov
// with ProRes 4444, .webm with VP9, both with alpha), "-" for standard output, or DIR/.
#ifndef CHITON_CUTOUT_H
#define CHITON_CUTOUT_H

#include <chiton/error.h>

#ifdef __cplusplus
extern "C" {
#endif

// Zero means default in every field.
struct ct_cutout_params {
    int only_mask;           // write the mask, grey, instead of the picture
    int post_process_mask;   // smooth the mask and make it hard: 0 or 255
    int keep_colours;        // of pictures: set alpha alone; default: colours are multiplied by the
                             // mask, as if laid over black. Clips and EXR keep them in any case.
    int has_colour;          // lay the cut-out over this colour
    unsigned char colour[4]; // R, G, B, A
    const char *background;  // lay it over this picture, scaled until it covers; default: none
    int alpha_matting;       // estimate hair and fur at the edge of the mask; slow. Where that
                             // fails the mask alone is used, with a warning
    int foreground_threshold; // 1 to 255: above it the mask is surely foreground; default 240
    int background_threshold; // 1 to 255: below it surely background; default 10; -1: nothing is
    int erode_size;           // pixels that both shrink; default 10; -1: a cross of 3 x 3
    const char *format;      // ending of pictures in a folder or on standard output; default ".png"
    const char *clip_format; // ending of clips in a folder; default ".mov"
    int overwrite;           // of a folder: also make what is there and not older than its input
    int raw;                 // standard output gets pixels alone, RGBA or with only_mask one byte
    int threads; // that work on one picture's edge, of each lane; default 1: the lane alone
    // Told while an edge is estimated how far that is, 0 to 1; anything but 0 stops it and the
    // picture fails with CT_ERROR_STOPPED. From the engine's lanes, by several at once.
    int (*on_edge)(void *opaque, double share);
    void *opaque;
};

#ifdef __cplusplus
}
#endif
#endif
