// SPDX-License-Identifier: Apache-2.0
// Still pictures, recognised by content: JPEG (turbojpeg, straight to its own planes), PNG (spng),
// WebP, BMP, TIFF, GIF, PNM and what else libav decodes. EXIF orientation is applied.
#ifndef CT_MEDIA_PICTURE_H
#define CT_MEDIA_PICTURE_H

#include <stdio.h>

#include "frame/frame.h"

#include <chiton/media.h>

enum ct__picture_kind {
    CT__PICTURE_NONE = 0, // no still picture that is known
    CT__PICTURE_JPEG,
    CT__PICTURE_PNG,
    CT__PICTURE_HEIF,  // AVIF and HEIC
    CT__PICTURE_OTHER, // libav decodes it
};

// What the first bytes (16 are enough, fewer are allowed) say.
enum ct__picture_kind ct__picture_sniff(const uint8_t *data, size_t size);

// Whether a file is a GIF of several pictures, which is a clip. Reads on from the file's start.
bool ct__gif_moves(FILE *file);

// What a picture's headers say, nothing decoded: orientation is EXIF's 1 to 8.
struct ct__picture_header {
    enum ct__picture_kind kind;
    char container[16]; // "jpeg"
    int width, height;  // as stored
    int orientation;
};
int ct__picture_header(const uint8_t *data, size_t size, const char *scope,
                       struct ct__picture_header *header);

// CT_ERROR_LIMIT, logged, for a size that no frame may have or that has more than max_pixels
// (0: any).
int ct__picture_check(int64_t width, int64_t height, int64_t max_pixels, const char *scope);

// Decodes a whole picture from memory, upright. Sizes are checked before anything is allocated:
// CT_ERROR_LIMIT above max_pixels (0: no limit but a frame's). A broken picture is CT_ERROR_FORMAT
// with the decoder's own sentence under `scope`. Grey stays GREY, JPEG becomes its planes (full
// range BT.601), the rest RGB. 16-bit samples are reduced, palettes expanded, alpha dropped, CMYK
// converted.
int ct__picture_decode(const uint8_t *data, size_t size, const char *scope, int64_t max_pixels,
                       struct ct__pool *pool, ct_frame **frame);

// As ct__picture_decode(), but with all that an editor wants to keep: RGB, or RGBA where the file
// has alpha or a transparent colour; its ICC profile, if that is one for RGB; and its pixels in 16
// bits beside those in 8 where it has more than 8 (see ct__extras). CMYK goes through its profile.
int ct__picture_decode_whole(const uint8_t *data, size_t size, const char *scope,
                             int64_t max_pixels, struct ct__pool *pool, ct_frame **frame);

// Encodes to a file by its ending: .jpg .jpeg (quality 90, 4:2:0 unless the planes say otherwise)
// or .png. `path` is written directly, errors name `scope`: the caller owns names. JPEG takes GREY,
// the RGB formats, and I420, I422, I444 in full range BT.601, which is what JPEG means; PNG takes
// GREY and RGB. The caller converts what is not of these (image/convert.h): CT_ERROR_INVALID.
// CT_ERROR_IO names what the disk said.
int ct__picture_write(const char *path, const char *scope, const char *ending,
                      const struct ct_picture *picture);

// Orientation 1 to 8 from the TIFF structure of an EXIF block ("Exif\0\0" already skipped); 1 for
// anything odd.
int ct__exif_orientation(const uint8_t *data, size_t size);

// Turns a picture upright: a new frame of the same format (I422 becomes I444 where sides change
// places), orientation 1 to 8. Colour is kept, the time is not.
int ct__picture_orient(struct ct__pool *pool, ct_frame **out, const struct ct_picture *from,
                       int orientation);

// Turns the pixels of 16 bits of `from` into those of its upright picture `to`; CT_ERROR_MEMORY.
int ct__deep_orient(ct_frame *to, const ct_frame *from, int orientation);

#endif
