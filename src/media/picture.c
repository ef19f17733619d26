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
                  bool whole, struct ct__pool *pool, ct_frame **frame)
{
    if (kind == CT__PICTURE_JPEG)
        return ct__jpeg_decode(data, size, scope, whole, pool, frame);
    if (kind == CT__PICTURE_PNG)
        return ct__png_decode(data, size, scope, whole, pool, frame);
    if (kind == CT__PICTURE_HEIF)
        return ct__heif_decode(data, size, scope, whole, pool, frame);
    return ct__still_decode(data, size, scope, whole, pool, frame);
}

static int turn_upright(struct ct__pool *pool, ct_frame **frame, ct_frame *stored, int orientation)
{
    ct_frame *upright = NULL;
    const struct ct__extras *extras = &stored->extras;
    int error = ct__picture_orient(pool, &upright, ct_frame_picture(stored), orientation);
    if (!error)
        error = ct__frame_set_profile(upright, extras->profile, extras->profile_size);
    if (!error && extras->has_deep)
        error = ct__deep_orient(upright, stored, orientation);
    if (error)
        ct_frame_unref(&upright);
    else
        *frame = upright;
    return error;
}

static int decode_upright(const uint8_t *data, size_t size, const char *scope, int64_t max_pixels,
                          bool whole, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__picture_header header;
    ct_frame *stored = NULL;
    int error = ct__picture_header(data, size, scope, &header);
    if (!error)
        error = ct__picture_check(header.width, header.height, max_pixels, scope);
    if (!error)
        error = decode(data, size, scope, header.kind, whole, pool, &stored);
    if (error)
        return error;
    if (header.orientation == 1) {
        *frame = stored;
        return CT_OK;
    }
    error = turn_upright(pool, frame, stored, header.orientation);
    ct_frame_unref(&stored);
    return error;
}

int ct__picture_decode(const uint8_t *data, size_t size, const char *scope, int64_t max_pixels,
                       struct ct__pool *pool, ct_frame **frame)
{
    return decode_upright(data, size, scope, max_pixels, false, pool, frame);
}

int ct__picture_decode_whole(const uint8_t *data, size_t size, const char *scope,
                             int64_t max_pixels, struct ct__pool *pool, ct_frame **frame)
{
    return decode_upright(data, size, scope, max_pixels, true, pool, frame);
}

static int encode(struct ct__text *bytes, const char *scope, const char *ending,
                  const struct ct_picture *picture)
{
    if (ct__ends_with(ending, ".jpg") || ct__ends_with(ending, ".jpeg"))
        return ct__jpeg_encode_picture(bytes, scope, picture, 0);
    if (!ct__ends_with(ending, ".png"))
        return ct__fail(CT_ERROR_INVALID, scope, "%s: pictures are written as .jpg, .jpeg or .png",
                        ending);
    bool grey = picture->format == CT_FORMAT_GREY;
    if (!grey && picture->format != CT_FORMAT_RGB)
        return ct__fail(CT_ERROR_INVALID, scope, "PNG cannot hold this picture: convert it to RGB");
    const struct ct__raster raster = {picture->width,   picture->height,   grey ? 1 : 3, 8,
                                      picture->data[0], picture->stride[0]};
    return ct__png_encode(bytes, scope, &raster, &(const struct ct__encode_params){0});
}

int ct__picture_write(const char *path, const char *scope, const char *ending,
                      const struct ct_picture *picture)
{
    struct ct__text bytes = {0};
    int error = encode(&bytes, scope, ending, picture);
    FILE *file = error ? NULL : fopen(path, "wbe");
    bool written = file && fwrite(bytes.data, 1, bytes.length, file) == bytes.length;
    int reason = errno; // of what failed first
    if (file && fclose(file) && written) {
        written = false;
        reason = errno;
    }
    ct__text_finish(&bytes);
    if (!error && !written)
        return ct__fail(CT_ERROR_IO, scope, "cannot be written: %s", strerror(reason));
    return error;
}
