// SPDX-License-Identifier: Apache-2.0
// Writes TIFF: one strip, differences to the left neighbour, deflate. The header is short enough to
// need no library, whose loading would cost each start of the program more than this file.
#include "media/codec.h"

#include "base/log.h"

enum { SHORT = 3, LONG = 4, UNDEFINED = 7 };

struct tag {
    uint16_t id, type;
    uint32_t count, value; // the value itself, or where it stands
};

// Little-endian, as "II" says.
static void put(struct ct__text *bytes, uint32_t value, int size)
{
    char raw[4];
    for (int i = 0; i < size; i++)
        raw[i] = (char)(value >> 8 * i);
    ct__text_append(bytes, raw, (size_t)size);
}

// An even offset, as TIFF has them.
static uint32_t align(struct ct__text *bytes)
{
    if (bytes->length % 2)
        put(bytes, 0, 1);
    return (uint32_t)bytes->length;
}

static void filter_16(uint8_t *to, const uint16_t *from, size_t channels, size_t samples)
{
    for (size_t i = 0; i < samples; i++) {
        unsigned difference = from[i] - (i < channels ? 0u : from[i - channels]);
        to[2 * i] = (uint8_t)difference;
        to[2 * i + 1] = (uint8_t)(difference >> 8);
    }
}

static void filter_row(uint8_t *to, const struct ct__raster *raster, int y)
{
    size_t channels = (size_t)raster->channels, samples = (size_t)raster->width * channels;
    const uint8_t *from = raster->data + y * raster->stride;
    if (raster->bits == 16)
        filter_16(to, (const uint16_t *)(const void *)from, channels, samples);
    else
        ct__differences(to, from, channels, samples);
}

// The directory, in rising order of tags, at the file's end.
static void write_tags(struct ct__text *bytes, const struct tag *tags, uint16_t count)
{
    put(bytes, count, 2);
    for (int i = 0; i < count; i++) {
        put(bytes, tags[i].id, 2);
        put(bytes, tags[i].type, 2);
        put(bytes, tags[i].count, 4);
        put(bytes, tags[i].value, 4);
    }
    put(bytes, 0, 4); // no other directory
}

int ct__tiff_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                    const struct ct__encode_params *params)
{
    size_t start = bytes->length;
    if (start)
        return ct__fail(CT_ERROR_INVALID, scope, "a TIFF begins its file");
    ct__text_append(bytes, "II*\0\0\0\0\0", 8);
    size_t samples = (size_t)raster->width * (size_t)raster->channels;
    int error =
        ct__deflate_rows(bytes, scope, raster, filter_row, samples * (size_t)raster->bits / 8);
    if (error)
        return error;
    size_t strip = bytes->length - 8;
    if (bytes->length + params->profile_size > UINT32_MAX - 4096)
        return ct__fail(CT_ERROR_LIMIT, scope, "no TIFF can hold so much");
    uint32_t channels = (uint32_t)raster->channels, bits = (uint32_t)raster->bits;
    uint32_t profile_at = align(bytes);
    ct__text_append(bytes, (const char *)params->profile, params->profile_size);
    uint32_t bits_at = align(bytes);
    for (uint32_t i = 0; i < channels; i++)
        put(bytes, bits, 2);
    const struct tag all[] = {
        {256, LONG, 1, (uint32_t)raster->width},
        {257, LONG, 1, (uint32_t)raster->height},
        {258, SHORT, channels, channels > 2 ? bits_at : bits},
        {259, SHORT, 1, 8},                     // deflate
        {262, SHORT, 1, channels >= 3 ? 2 : 1}, // RGB, or black is 0
        {273, LONG, 1, 8},
        {277, SHORT, 1, channels},
        {278, LONG, 1, (uint32_t)raster->height},
        {279, LONG, 1, (uint32_t)strip},
        {284, SHORT, 1, 1}, // samples beside each other
        {317, SHORT, 1, 2}, // differences
        {338, SHORT, 1, 2}, // alpha is not multiplied in
        {34675, UNDEFINED, (uint32_t)params->profile_size, profile_at},
    };
    struct tag tags[sizeof all / sizeof all[0]];
    uint16_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].count && (all[i].id != 338 || channels == 4))
            tags[count++] = all[i];
    uint32_t directory = align(bytes);
    write_tags(bytes, tags, count);
    if (bytes->failed)
        return ct__fail_memory(scope);
    for (int i = 0; i < 4; i++)
        bytes->data[4 + i] = (char)(directory >> 8 * i);
    return CT_OK;
}
