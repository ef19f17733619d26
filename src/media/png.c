// SPDX-License-Identifier: Apache-2.0
// PNG through spng, row by row into our own memory.
#include "media/codec.h"

#include <errno.h>
#include <spng.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    MAX_SIDE = 65535,
    MAX_CHUNK = 64 << 20, // of text, profiles and the like, one and all together
    COMPRESSION = 3,      // drawn pictures are looked at, not kept: a third of the time of 6
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
                       int format)
{
    struct spng_row_info row;
    int error = spng_decode_image(context, NULL, 0, format, SPNG_DECODE_PROGRESSIVE);
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
    int error = decode_rows(context, rgb, (ptrdiff_t)row_size, row_size, SPNG_FMT_RGB8);
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
                    (size_t)picture->width * (grey ? 1 : 3), grey ? SPNG_FMT_G8 : SPNG_FMT_RGB8);
    return error ? fail_spng(error, scope) : CT_OK;
}

int ct__png_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                   ct_frame **out)
{
    spng_ctx *context = NULL;
    ct_frame *frame = NULL;
    struct spng_ihdr ihdr = {0};
    int error = open_decoder(&context, &ihdr, data, size, scope);
    bool grey = ihdr.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                ihdr.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    bool direct = !grey || (ihdr.color_type == SPNG_COLOR_TYPE_GRAYSCALE && ihdr.bit_depth <= 8);
    if (!error)
        error = ct__pool_frame(pool, &frame, grey ? CT_FORMAT_GREY : CT_FORMAT_RGB, (int)ihdr.width,
                               (int)ihdr.height);
    if (!error)
        error = direct ? decode_direct(context, frame, grey, scope)
                       : decode_wide_grey(context, frame, scope);
    spng_ctx_free(context);
    if (error)
        ct_frame_unref(&frame);
    else
        *out = frame;
    return error;
}

static int encode(spng_ctx *context, const struct ct_picture *picture, FILE *file)
{
    bool grey = picture->format == CT_FORMAT_GREY;
    struct spng_ihdr ihdr = {.width = (uint32_t)picture->width,
                             .height = (uint32_t)picture->height,
                             .bit_depth = 8,
                             .color_type =
                                 grey ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR};
    spng_set_png_file(context, file);
    spng_set_option(context, SPNG_IMG_COMPRESSION_LEVEL, COMPRESSION);
    int error = spng_set_ihdr(context, &ihdr);
    if (!error)
        error = spng_encode_image(context, NULL, 0, SPNG_FMT_PNG,
                                  SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
    for (int y = 0; !error && y < picture->height; y++)
        error = spng_encode_row(context, picture->data[0] + y * picture->stride[0],
                                (size_t)picture->width * (grey ? 1 : 3));
    return error == SPNG_EOI ? CT_OK : error;
}

int ct__png_encode(const char *scope, const struct ct_picture *picture, FILE *file)
{
    if (picture->format != CT_FORMAT_GREY && picture->format != CT_FORMAT_RGB)
        return ct__fail(CT_ERROR_INVALID, scope, "PNG cannot hold this picture: convert it to RGB");
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    if (!context)
        return ct__fail_memory(scope);
    int error = encode(context, picture, file);
    spng_ctx_free(context);
    if (error && (error == SPNG_IO_ERROR || ferror(file))) // spng forgets why it stopped
        return CT_ERROR_IO;
    if (error == SPNG_EMEM)
        return ct__fail_memory(scope);
    return error ? ct__fail(CT_ERROR_FORMAT, scope, "no PNG: %s", spng_strerror(error)) : CT_OK;
}
