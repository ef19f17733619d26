// SPDX-License-Identifier: Apache-2.0
// Writes PNG: each row as differences to its left neighbour, which of the five filters gives
// photographs the smallest files at fast levels, then deflate of the whole.
#include "media/codec.h"

#include <isa-l/crc.h>

#include "base/log.h"

enum { FILTER_SUB = 1 };

static void put_u32(uint8_t *to, size_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

// Begins a chunk; its length and checksum follow when it ends. Returns where it began.
static size_t begin_chunk(struct ct__text *bytes, const char *name)
{
    size_t at = bytes->length;
    ct__text_append(bytes, "\0\0\0\0", 4);
    ct__text_append(bytes, name, 4);
    return at;
}

static int end_chunk(struct ct__text *bytes, size_t at, const char *scope)
{
    char *room = ct__text_room(bytes, 4);
    if (!room)
        return ct__fail_memory(scope);
    size_t size = bytes->length - at - 8;
    if (size > INT32_MAX)
        return ct__fail(CT_ERROR_LIMIT, scope, "no PNG can hold so much");
    uint8_t *chunk = (uint8_t *)bytes->data + at;
    put_u32(chunk, size);
    put_u32((uint8_t *)room, crc32_gzip_refl(0, chunk + 4, size + 4));
    bytes->length += 4;
    return CT_OK;
}

static int write_header(struct ct__text *bytes, const char *scope, const struct ct__raster *raster)
{
    static const uint8_t colour_types[] = {0, 0, 4, 2, 6};
    uint8_t header[13] = {[8] = (uint8_t)raster->bits, [9] = colour_types[raster->channels]};
    put_u32(header, (size_t)raster->width);
    put_u32(header + 4, (size_t)raster->height);
    ct__text_append(bytes, "\x89PNG\r\n\x1a\n", 8);
    size_t at = begin_chunk(bytes, "IHDR");
    ct__text_append(bytes, (const char *)header, sizeof header);
    return end_chunk(bytes, at, scope);
}

static int write_profile(struct ct__text *bytes, const char *scope,
                         const struct ct__encode_params *params)
{
    static const char name[] = "ICC profile\0"; // the second zero: deflate
    if (!params->profile_size)
        return CT_OK;
    size_t at = begin_chunk(bytes, "iCCP");
    ct__text_append(bytes, name, sizeof name);
    struct ct__deflate *deflate = NULL;
    int error = ct__deflate_begin(&deflate, bytes, scope);
    if (!error)
        error = ct__deflate_add(deflate, params->profile, params->profile_size, true);
    ct__deflate_end(&deflate);
    return error ? error : end_chunk(bytes, at, scope);
}

// Differences to the sample on the left, as differences of bytes, the upper ones first.
static void filter_16(uint8_t *to, const uint16_t *from, size_t channels, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        unsigned left = i < channels ? 0 : from[i - channels];
        to[2 * i] = (uint8_t)((from[i] >> 8) - (left >> 8));
        to[2 * i + 1] = (uint8_t)(from[i] - left);
    }
}

static void filter_row(uint8_t *to, const struct ct__raster *raster, int y)
{
    size_t channels = (size_t)raster->channels, samples = (size_t)raster->width * channels;
    const uint8_t *from = raster->data + y * raster->stride;
    to[0] = FILTER_SUB;
    if (raster->bits == 16)
        filter_16(to + 1, (const uint16_t *)(const void *)from, channels, samples);
    else
        ct__differences(to + 1, from, channels, samples);
}

static int write_pixels(struct ct__text *bytes, const char *scope, const struct ct__raster *raster)
{
    size_t samples = (size_t)raster->width * (size_t)raster->channels;
    size_t at = begin_chunk(bytes, "IDAT");
    int error =
        ct__deflate_rows(bytes, scope, raster, filter_row, 1 + samples * (size_t)raster->bits / 8);
    return error ? error : end_chunk(bytes, at, scope);
}

int ct__png_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                   const struct ct__encode_params *params)
{
    int error = write_header(bytes, scope, raster);
    error = error ? error : write_profile(bytes, scope, params);
    error = error ? error : write_pixels(bytes, scope, raster);
    return error ? error : end_chunk(bytes, begin_chunk(bytes, "IEND"), scope);
}
