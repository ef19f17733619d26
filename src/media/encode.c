// SPDX-License-Identifier: Apache-2.0
// The kinds of files that pictures are encoded to, and what several of them need: deflate.
#include "media/encode.h"

#include <libdeflate.h>

#include "base/log.h"
#include "base/text.h"
#include "media/codec.h"

// A photograph cut out of 718 x 478: 208 kB in 7 ms; zlib needs 16 ms for 218 kB (level 3), and for
// all of its filters at level 6 89 ms for 190 kB.
enum { LEVEL = 1 };

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

int ct__deflate(struct ct__text *bytes, const char *scope, const uint8_t *data, size_t size)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    if (!compressor)
        return ct__fail_memory(scope);
    size_t room = libdeflate_zlib_compress_bound(compressor, size);
    char *to = ct__text_room(bytes, room);
    if (to)
        bytes->length += libdeflate_zlib_compress(compressor, data, size, to, room);
    libdeflate_free_compressor(compressor);
    return to ? CT_OK : ct__fail_memory(scope);
}
