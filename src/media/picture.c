// SPDX-License-Identifier: Apache-2.0
// Still pictures: what the bytes are, whether the size is allowed, then the codec, then upright.
#include "media/codec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "frame/format.h"

enum ct__picture_kind ct__picture_sniff(const uint8_t *data, size_t size)
{
    if (size >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0)
        return CT__PICTURE_JPEG;
    if (size >= 8 && memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0)
        return CT__PICTURE_PNG;
    if (ct__heif_sniff(data, size))
        return CT__PICTURE_HEIF;
    return ct__still_sniff(data, size) ? CT__PICTURE_OTHER : CT__PICTURE_NONE;
}

int ct__picture_check(int64_t width, int64_t height, int64_t max_pixels, const char *scope)
{
    if (!ct__size_ok(width, height))
        return ct__fail(CT_ERROR_LIMIT, scope, "%lld x %lld pixels: a side may have at most 65535",
                        (long long)width, (long long)height);
    if (max_pixels > 0 && width * height > max_pixels)
        return ct__fail(CT_ERROR_LIMIT, scope, "%lld x %lld pixels: more than the limit of %lld",
                        (long long)width, (long long)height, (long long)max_pixels);
    return CT_OK;
}

int ct__picture_header(const uint8_t *data, size_t size, const char *scope,
                       struct ct__picture_header *header)
{
    struct ct__picture_header found = {.kind = ct__picture_sniff(data, size), .orientation = 1};
    int error;
    switch (found.kind) {
    case CT__PICTURE_JPEG:
        error = ct__jpeg_header(data, size, scope, &found);
        break;
    case CT__PICTURE_PNG:
        error = ct__png_header(data, size, scope, &found);
        break;
    case CT__PICTURE_HEIF:
        error = ct__heif_header(data, size, scope, &found);
        break;
    case CT__PICTURE_OTHER:
        error = ct__still_header(data, size, scope, &found);
        break;
    default:
        error = ct__fail(CT_ERROR_FORMAT, scope, size ? "no picture that is known" : "empty file");
    }
    if (!error)
        *header = found;
    return error;
}

static int decode(const uint8_t *data, size_t size, const char *scope, enum ct__picture_kind kind,
                  struct ct__pool *pool, ct_frame **frame)
{
    if (kind == CT__PICTURE_JPEG)
        return ct__jpeg_decode(data, size, scope, pool, frame);
    if (kind == CT__PICTURE_PNG)
        return ct__png_decode(data, size, scope, pool, frame);
    if (kind == CT__PICTURE_HEIF)
        return ct__heif_decode(data, size, scope, pool, frame);
    return ct__still_decode(data, size, scope, pool, frame);
}

int ct__picture_decode(const uint8_t *data, size_t size, const char *scope, int64_t max_pixels,
                       struct ct__pool *pool, ct_frame **frame)
{
    struct ct__picture_header header;
    ct_frame *stored = NULL;
    int error = ct__picture_header(data, size, scope, &header);
    if (!error)
        error = ct__picture_check(header.width, header.height, max_pixels, scope);
    if (!error)
        error = decode(data, size, scope, header.kind, pool, &stored);
    if (error)
        return error;
    if (header.orientation == 1) {
        *frame = stored;
        return CT_OK;
    }
    error = ct__picture_orient(pool, frame, ct_frame_picture(stored), header.orientation);
    ct_frame_unref(&stored);
    return error;
}

int ct__picture_write(const char *path, const char *scope, const char *ending,
                      const struct ct_picture *picture)
{
    bool png = ct__ends_with(ending, ".png");
    if (!png && !ct__ends_with(ending, ".jpg") && !ct__ends_with(ending, ".jpeg"))
        return ct__fail(CT_ERROR_INVALID, scope, "%s: pictures are written as .jpg, .jpeg or .png",
                        ending);
    FILE *file = fopen(path, "wbe");
    if (!file)
        return ct__fail(CT_ERROR_IO, scope, "cannot be written: %s", strerror(errno));
    int error = png ? ct__png_encode(scope, picture, file) : ct__jpeg_encode(scope, picture, file);
    int reason = errno; // of the write that failed
    if (fclose(file) && !error) {
        error = CT_ERROR_IO;
        reason = errno;
    }
    if (error == CT_ERROR_IO)
        return ct__fail(error, scope, "cannot be written: %s", strerror(reason));
    return error;
}
