// SPDX-License-Identifier: Apache-2.0
// What picture.c asks of the still picture codecs: one file each, a header and a decode. Sizes are
// checked by picture.c between the two; a decoder trusts the header that it gave.
#ifndef CT_MEDIA_CODEC_H
#define CT_MEDIA_CODEC_H

#include "base/text.h"
#include "media/encode.h"
#include "media/picture.h"

// `whole`: what ct__picture_decode_whole() promises, else what ct__picture_decode() does.
int ct__jpeg_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header);
int ct__jpeg_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                    struct ct__pool *pool, ct_frame **frame);

int ct__png_header(const uint8_t *data, size_t size, const char *scope,
                   struct ct__picture_header *header);
int ct__png_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                   struct ct__pool *pool, ct_frame **frame);

// The rest, through libav: one packet that is the whole file. Also says whether it knows the bytes.
bool ct__still_sniff(const uint8_t *data, size_t size);
int ct__still_header(const uint8_t *data, size_t size, const char *scope,
                     struct ct__picture_header *header);
int ct__still_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                     struct ct__pool *pool, ct_frame **frame);

// AVIF and HEIC.
bool ct__heif_sniff(const uint8_t *data, size_t size);
int ct__heif_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header);
int ct__heif_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                    struct ct__pool *pool, ct_frame **frame);

// A picture of libav as `whole` wants it. libav's planes are borrowed.
struct AVFrame;
int ct__whole_frame(const struct AVFrame *from, const char *scope, struct ct__pool *pool,
                    ct_frame **out);

// Gives a frame the profile of its file, if it is one for RGB; another would be wrong for what the
// pixels are by now. CT_ERROR_MEMORY.
int ct__profile_keep(ct_frame *frame, const uint8_t *profile, size_t size);

// Converts ink of 8 bits (CMYK, or 255 - ink where `inverted`) to sRGB through a profile for CMYK;
// false if it is none.
bool ct__profile_convert(const uint8_t *profile, size_t size, const uint8_t *ink, bool inverted,
                         ct_frame *rgb);

// The kinds of encode.h.
int ct__png_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                   const struct ct__encode_params *params);
int ct__webp_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                    const struct ct__encode_params *params);
int ct__tiff_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                    const struct ct__encode_params *params);
int ct__exr_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                   const struct ct__encode_params *params);
int ct__jpeg_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                    const struct ct__encode_params *params);

// Differences of the samples of a row to those on their left: what deflate likes of photographs.
void ct__differences(uint8_t *to, const uint8_t *from, size_t channels, size_t samples);

// A zlib stream under construction, appended to `bytes`, which are borrowed until it ends. What
// goes wrong is logged under `scope`: CT_ERROR_MEMORY.
struct ct__deflate;
int ct__deflate_begin(struct ct__deflate **out, struct ct__text *bytes, const char *scope);

// Adds what comes next; `last`: then the stream is complete.
int ct__deflate_add(struct ct__deflate *deflate, const uint8_t *data, size_t size, bool last);

// Frees it, complete or not; accepts NULL, sets NULL.
void ct__deflate_end(struct ct__deflate **deflate);

// Makes a row of bytes for deflate out of row `y` of a raster.
typedef void ct__row_filter(uint8_t *to, const struct ct__raster *raster, int y);

// Appends a zlib stream of all rows, `size` bytes each, with no more of them in memory than deflate
// likes to have at a time. CT_ERROR_MEMORY, logged.
int ct__deflate_rows(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                     ct__row_filter *filter, size_t size);

#endif
