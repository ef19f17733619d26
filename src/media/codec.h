// SPDX-License-Identifier: Apache-2.0
// What picture.c asks of the still picture codecs: one file each, a header and a decode. Sizes are
// checked by picture.c between the two; a decoder trusts the header that it gave.
#ifndef CT_MEDIA_CODEC_H
#define CT_MEDIA_CODEC_H

#include <stdio.h>

#include "media/picture.h"

int ct__jpeg_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header);
int ct__jpeg_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                    ct_frame **frame);
int ct__jpeg_encode(const char *scope, const struct ct_picture *picture, FILE *file);

int ct__png_header(const uint8_t *data, size_t size, const char *scope,
                   struct ct__picture_header *header);
int ct__png_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                   ct_frame **frame);
int ct__png_encode(const char *scope, const struct ct_picture *picture, FILE *file);

// The rest, through libav: one packet that is the whole file. Also says whether it knows the bytes.
bool ct__still_sniff(const uint8_t *data, size_t size);
int ct__still_header(const uint8_t *data, size_t size, const char *scope,
                     struct ct__picture_header *header);
int ct__still_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                     ct_frame **frame);

// AVIF and HEIC.
bool ct__heif_sniff(const uint8_t *data, size_t size);
int ct__heif_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header);
int ct__heif_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                    ct_frame **frame);

#endif
