// SPDX-License-Identifier: Apache-2.0
// Reads PNG through spng, row by row into our own memory.
#include "media/codec.h"

#include <spng.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    MAX_SIDE = 65535,
    MAX_CHUNK = 64 << 20, // of text, profiles and the like, one and all together
};

static int fail_spng(int error, const char *scope)
{
    switch (error) {
    case SPNG_EMEM:
        return ct__fail_memory(scope);
    case SPNG_IO_EOF:
    case SPNG_EIDAT_TOO_SHORT:
        return ct__fail(CT_ERROR_FORMAT, scope, "cut off: the PNG ends too early");
    default:
        return ct__fail(CT_ERROR_FORMAT, scope, "broken PNG: %s", spng_strerror(error));
    }
}

// Opens for decoding with limits set; *context is the caller's to free, also after a failure.
static int open_decoder(spng_ctx **context, struct spng_ihdr *ihdr, const uint8_t *data,
                        size_t size, const char *scope)
{
    *context = spng_ctx_new(0);
    if (!*context)
        return ct__fail_memory(scope);
    spng_set_chunk_limits(*context, MAX_CHUNK, MAX_CHUNK);
    int error = spng_set_png_buffer(*context, data, size);
    if (!error)
        error = spng_get_ihdr(*context, ihdr);
    return error ? fail_spng(error, scope) : CT_OK;
}

static int orientation_of(spng_ctx *context)
{
    struct spng_exif exif;
    if (spng_get_exif(context, &exif))
        return 1;
    return ct__exif_orientation((const uint8_t *)exif.data, exif.length);
}

int ct__png_header(const uint8_t *data, size_t size, const char *scope,
                   struct ct__picture_header *header)
{
    spng_ctx *context = NULL;
    struct spng_ihdr ihdr = {0};
    int error = open_decoder(&context, &ihdr, data, size, scope);
    if (!error) {
        ct__copy_text(header->container, sizeof(header->container), "png");
        header->width = (int)ihdr.width;
        header->height = (int)ihdr.height;
        bool sane = ihdr.width <= MAX_SIDE && ihdr.height <= MAX_SIDE;
        header->orientation = sane ? orientation_of(context) : 1;
    }
    spng_ctx_free(context);
    return error;
}

// Every row, each at the place it says: interlaced pictures come in seven passes.
static int decode_rows(spng_ctx *context, uint8_t *to, ptrdiff_t stride, size_t row_size,
                       int format, int flags)
{
    struct spng_row_info row;
    int error = spng_decode_image(context, NULL, 0, format, SPNG_DECODE_PROGRESSIVE | flags);
    while (!error) {
        error = spng_get_row_info(context, &row);
        if (!error)
            error = spng_decode_row(context, to + (ptrdiff_t)row.row_num * stride, row_size);
    }
    return error == SPNG_EOI ? CT_OK : error;
}

// spng has no 8-bit grey for pictures with alpha or 16 bits: they come as R = G = B.
static int decode_wide_grey(spng_ctx *context, ct_frame *frame, const char *scope)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    size_t row_size = (size_t)picture->width * 3;
    uint8_t *rgb = ct__alloc(row_size * (size_t)picture->height);
    if (!rgb)
        return ct__fail_memory(scope);
    int error = decode_rows(context, rgb, (ptrdiff_t)row_size, row_size, SPNG_FMT_RGB8, 0);
    for (int y = 0; !error && y < picture->height; y++) {
        uint8_t *to = ct_frame_writable(frame, 0) + y * picture->stride[0];
        for (int x = 0; x < picture->width; x++)
            to[x] = rgb[(size_t)y * row_size + (size_t)x * 3];
    }
    ct__free(rgb);
    return error ? fail_spng(error, scope) : CT_OK;
}

static int decode_direct(spng_ctx *context, ct_frame *frame, bool grey, const char *scope)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int error =
        decode_rows(context, ct_frame_writable(frame, 0), picture->stride[0],
                    (size_t)picture->width * (grey ? 1 : 3), grey ? SPNG_FMT_G8 : SPNG_FMT_RGB8, 0);
    return error ? fail_spng(error, scope) : CT_OK;
}

static int decode_plain(spng_ctx *context, const struct spng_ihdr *ihdr, const char *scope,
                        struct ct__pool *pool, ct_frame **frame)
{
    bool grey = ihdr->color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                ihdr->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    bool direct = !grey || (ihdr->color_type == SPNG_COLOR_TYPE_GRAYSCALE && ihdr->bit_depth <= 8);
    int error = ct__pool_frame(pool, frame, grey ? CT_FORMAT_GREY : CT_FORMAT_RGB, (int)ihdr->width,
                               (int)ihdr->height);
    if (error)
        return error;
    return direct ? decode_direct(context, *frame, grey, scope)
                  : decode_wide_grey(context, *frame, scope);
}

static bool has_alpha(spng_ctx *context, const struct spng_ihdr *ihdr)
{
    struct spng_trns transparent;
    return ihdr->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
           ihdr->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
           !spng_get_trns(context, &transparent);
}

static int keep_profile(spng_ctx *context, ct_frame *frame)
{
    struct spng_iccp profile;
    if (spng_get_iccp(context, &profile))
        return CT_OK;
    return ct__profile_keep(frame, (const uint8_t *)profile.profile, profile.profile_len);
}

// 16 bits for the frame's deep pixels; those of 8 bits are their upper halves.
static int decode_deep(spng_ctx *context, ct_frame *frame, int channels, const char *scope)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    size_t width = (size_t)picture->width, row = width * 4 * sizeof(uint16_t);
    int error = ct__frame_make_deep(frame);
    if (error)
        return error;
    error = decode_rows(context, (uint8_t *)frame->extras.deep, (ptrdiff_t)row, row,
                        SPNG_FMT_RGBA16, SPNG_DECODE_TRNS);
    for (int y = 0; !error && y < picture->height; y++) {
        uint8_t *to = ct_frame_writable(frame, 0) + y * picture->stride[0];
        const uint16_t *from = frame->extras.deep + (size_t)y * width * 4;
        for (size_t x = 0; x < width; x++, from += 4)
            for (int i = 0; i < channels; i++)
                *to++ = (uint8_t)(from[i] >> 8);
    }
    return error ? fail_spng(error, scope) : CT_OK;
}

static int decode_whole(spng_ctx *context, const struct spng_ihdr *ihdr, const char *scope,
                        struct ct__pool *pool, ct_frame **frame)
{
    bool alpha = has_alpha(context, ihdr);
    int channels = alpha ? 4 : 3;
    int error = ct__pool_frame(pool, frame, alpha ? CT_FORMAT_RGBA : CT_FORMAT_RGB,
                               (int)ihdr->width, (int)ihdr->height);
    error = error ? error : keep_profile(context, *frame);
    if (error)
        return error;
    if (ihdr->bit_depth == 16)
        return decode_deep(context, *frame, channels, scope);
    error = decode_rows(context, ct_frame_writable(*frame, 0), ct_frame_picture(*frame)->stride[0],
                        ihdr->width * (size_t)channels, alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8,
                        SPNG_DECODE_TRNS);
    return error ? fail_spng(error, scope) : CT_OK;
}

int ct__png_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                   struct ct__pool *pool, ct_frame **out)
{
    spng_ctx *context = NULL;
    ct_frame *frame = NULL;
    struct spng_ihdr ihdr = {0};
    int error = open_decoder(&context, &ihdr, data, size, scope);
    if (!error)
        error = whole ? decode_whole(context, &ihdr, scope, pool, &frame)
                      : decode_plain(context, &ihdr, scope, pool, &frame);
    spng_ctx_free(context);
    if (error)
        ct_frame_unref(&frame);
    else
        *out = frame;
    return error;
}
