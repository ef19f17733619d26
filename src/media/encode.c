// SPDX-License-Identifier: Apache-2.0
// The kinds of files that pictures are encoded to, and what several of them need: deflate.
#include "media/encode.h"

#include <isa-l/igzip_lib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/codec.h"

// 24 megapixels cut out: 14.6 MB in .17 s; libdeflate's first level needs .47 s for 14.1 MB, zlib's
// .81 s for 14.8 MB. MOST is what ISA-L takes at once.
enum { LEVEL = 2, STEP = 1 << 17, MOST = 1 << 30 };

static const struct ct__encoder encoders[] = {
    {".png", 4, 16, ct__png_encode},  {".webp", 4, 8, ct__webp_encode},
    {".tif", 4, 16, ct__tiff_encode}, {".tiff", 4, 16, ct__tiff_encode},
    {".jpg", 3, 8, ct__jpeg_encode},  {".jpeg", 3, 8, ct__jpeg_encode},
    {".exr", 4, 16, ct__exr_encode},  {NULL, 0, 0, NULL},
};

const struct ct__encoder *ct__encoder_find(const char *name)
{
    const struct ct__encoder *encoder = encoders;
    while (encoder->ending && !ct__ends_with(name, encoder->ending))
        encoder++;
    return encoder->ending ? encoder : NULL;
}

const char *ct__encoder_endings(void)
{
    return ".png, .webp, .tif, .jpg or .exr";
}

void ct__differences(uint8_t *to, const uint8_t *from, size_t channels, size_t samples)
{
    for (size_t i = 0; i < channels; i++)
        to[i] = from[i];
    for (size_t i = channels; i < samples; i++)
        to[i] = (uint8_t)(from[i] - from[i - channels]);
}

struct ct__deflate {
    struct isal_zstream stream;
    struct ct__text *bytes;
    const char *scope;
    uint8_t tables[ISAL_DEF_LVL2_DEFAULT];
};

int ct__deflate_begin(struct ct__deflate **out, struct ct__text *bytes, const char *scope)
{
    struct ct__deflate *deflate = ct__calloc(1, sizeof *deflate);
    if (!deflate)
        return ct__fail_memory(scope);
    deflate->bytes = bytes;
    deflate->scope = scope;
    isal_deflate_init(&deflate->stream);
    deflate->stream.gzip_flag = IGZIP_ZLIB;
    deflate->stream.level = LEVEL;
    deflate->stream.level_buf = deflate->tables;
    deflate->stream.level_buf_size = sizeof deflate->tables;
    *out = deflate;
    return CT_OK;
}

int ct__deflate_add(struct ct__deflate *deflate, const uint8_t *data, size_t size, bool last)
{
    struct isal_zstream *stream = &deflate->stream;
    do {
        uint32_t part = size < MOST ? (uint32_t)size : MOST;
        stream->next_in = (uint8_t *)data; // which is only read
        stream->avail_in = part;
        stream->end_of_stream = last && part == size;
        data += part;
        size -= part;
        do {
            char *room = ct__text_room(deflate->bytes, STEP);
            if (!room)
                return ct__fail_memory(deflate->scope);
            stream->next_out = (uint8_t *)room;
            stream->avail_out = STEP;
            isal_deflate(stream); // fails for wrong parameters alone
            deflate->bytes->length += STEP - stream->avail_out;
        } while (!stream->avail_out);
    } while (size);
    return CT_OK;
}

void ct__deflate_end(struct ct__deflate **deflate)
{
    ct__free(*deflate);
    *deflate = NULL;
}

static int add_rows(struct ct__deflate *deflate, const struct ct__raster *raster,
                    ct__row_filter *filter, size_t size)
{
    int height = raster->height, count = size < STEP ? (int)(STEP / size) : 1, error = CT_OK;
    count = count < height ? count : height;
    uint8_t *rows = ct__alloc((size_t)count * size);
    if (!rows)
        return ct__fail_memory(deflate->scope);
    for (int y = 0; y < height && !error; y += count) {
        count = count < height - y ? count : height - y;
        for (int i = 0; i < count; i++)
            filter(rows + (size_t)i * size, raster, y + i);
        error = ct__deflate_add(deflate, rows, (size_t)count * size, y + count == height);
    }
    ct__free(rows);
    return error;
}

int ct__deflate_rows(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                     ct__row_filter *filter, size_t size)
{
    struct ct__deflate *deflate = NULL;
    int error = ct__deflate_begin(&deflate, bytes, scope);
    error = error ? error : add_rows(deflate, raster, filter, size);
    ct__deflate_end(&deflate);
    return error;
}
