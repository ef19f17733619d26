// SPDX-License-Identifier: Apache-2.0
// How pictures are cut out of their background: by the mattes of a model. For streams with outputs
// "cutout:OUT", where OUT is a picture (.png .webp .tif .jpg .exr), frames/%04d.png, a clip (.mov
// with ProRes 4444, .webm with VP9, both with alpha), "-" for standard output, or DIR/.
#ifndef CHITON_CUTOUT_H
#define CHITON_CUTOUT_H

#include <stddef.h>

#include <chiton/model.h>

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
    int foreground_threshold; // 1 to 255: above it the mask is surely foreground; default 240;
                              // -1: all that is not 0 is
    int background_threshold; // 1 to 255: below it surely background; default 10; -1: nothing is
    int erode_size;           // pixels that both shrink; default 10; -1: a cross of 3 x 3
    const char *format;      // ending of pictures in a folder or on standard output; default ".png"
    const char *clip_format; // ending of clips in a folder; default ".mov"
    int overwrite;           // of a folder: also make what is there and not older than its input
    int raw;                 // standard output gets pixels alone, RGBA or with only_mask one byte
    const struct ct_prompt *prompts; // prompt_count of them: what is meant, for models that are
    int prompt_count;                // told so; default: what is in the middle of each picture
    int threads; // that work on one picture's edge, of each lane; default 1: the lane alone
    // Told while an edge is estimated how far that is, 0 to 1; anything but 0 stops it and the
    // picture fails with CT_ERROR_STOPPED. From the engine's lanes, by several at once.
    int (*on_edge)(void *opaque, double share);
    void *opaque;
};

// Cuts pictures out in memory, one after the other, with memory of its own: one thread at a time.
// Several may share a model and work side by side.
typedef struct ct_cutter ct_cutter;

// Makes one; it keeps the model alive. `threads` work on one picture's edge, besides what the model
// was opened with; 0: the caller's alone. CT_ERROR_INVALID, also for a model that makes no mattes,
// CT_ERROR_MEMORY, CT_ERROR_LIMIT.
CT_API int ct_cutter_open(ct_cutter **out, ct_model *model, int threads);

// Cuts out the picture in a file's bytes (JPEG, PNG, WebP, TIFF and what else `chiton cutout`
// reads), turned upright as its EXIF says. *out gets the bytes of a file of params->format, to be
// freed with ct_cutter_free(). Sizes are checked before anything is decoded: CT_ERROR_LIMIT for
// more than max_pixels (0: 268,435,456). CT_ERROR_UNSUPPORTED for data that is no picture of a
// known kind, CT_ERROR_FORMAT for a broken one, CT_ERROR_INVALID for prompts that
// ct_model_run_prompted() refuses, an unknown format and a background, which is for outputs of
// streams; what params say of folders, clips and threads means nothing here. NULL: defaults.
// CT_ERROR_STOPPED if on_edge said so. Blocks.
CT_API int ct_cutter_run(ct_cutter *cutter, const void *data, size_t size, int64_t max_pixels,
                         const struct ct_cutout_params *params, unsigned char **out,
                         size_t *out_size);

// Frees what a run gave and sets the pointer to NULL; accepts NULL.
CT_API void ct_cutter_free(unsigned char **bytes);

// Closes one and sets the pointer to NULL; accepts NULL.
CT_API void ct_cutter_close(ct_cutter **cutter);

#ifdef __cplusplus
}
#endif
#endif
