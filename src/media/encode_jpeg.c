// SPDX-License-Identifier: Apache-2.0
// Writes JPEG through turbojpeg: planes as they are, or RGB in whole colour.
#include "media/codec.h"

#include <string.h>
#include <turbojpeg.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"

enum {
    QUALITY = 90,      // of drawn pictures
    FINE_QUALITY = 95, // of pictures that are kept
    PART_MOST = 65519, // bytes of a profile in one marker
    SIDE_MOST = 65500, // of a picture, as libjpeg has it
    MARKER_APP0 = 0xe0,
    MARKER_APP2 = 0xe2,
};

static const char profile_name[12] = "ICC_PROFILE"; // its zero counts

// How turbojpeg calls a format of ours: a sampling for planes, a pixel format for the rest.
static bool encoder_format(const struct ct_picture *picture, int *sampling, int *pixels)
{
    *pixels = -1;
    *sampling = TJSAMP_420;
    switch (picture->format) {
    case CT_FORMAT_I420:
        return true;
    case CT_FORMAT_I422:
        *sampling = TJSAMP_422;
        return true;
    case CT_FORMAT_I444:
        *sampling = TJSAMP_444;
        return true;
    case CT_FORMAT_GREY:
        *sampling = TJSAMP_GRAY;
        return true;
    case CT_FORMAT_RGB:
        *pixels = TJPF_RGB;
        return true;
    case CT_FORMAT_BGR:
        *pixels = TJPF_BGR;
        return true;
    case CT_FORMAT_RGBA:
        *pixels = TJPF_RGBX;
        return true;
    case CT_FORMAT_BGRA:
        *pixels = TJPF_BGRX;
        return true;
    default:
        return false;
    }
}

// A plane with its last column and row doubled where its sides are odd: turbojpeg reads the luma of
// subsampled pictures that far.
static uint8_t *copy_even(const struct ct_picture *picture, int *stride)
{
    size_t width = (size_t)picture->width, height = (size_t)picture->height;
    size_t row = width + width % 2;
    uint8_t *copy = ct__alloc(row * (height + height % 2)), *to = copy;
    for (size_t y = 0; copy && y < height + height % 2; y++, to += row) {
        ptrdiff_t from = (ptrdiff_t)(y < height ? y : height - 1);
        memcpy(to, picture->data[0] + from * picture->stride[0], width);
        to[row - 1] = to[width - 1];
    }
    *stride = (int)row;
    return copy;
}

// Compresses into memory of turbojpeg's. CT_ERROR_FORMAT is not logged yet.
static int compress(tjhandle handle, const struct ct_picture *picture, int sampling, int pixels,
                    int quality, unsigned char **jpeg, unsigned long *size)
{
    int strides[CT_MAX_PLANES];
    for (int i = 0; i < CT_MAX_PLANES; i++)
        strides[i] = (int)picture->stride[i];
    if (pixels >= 0)
        return tjCompress2(handle, picture->data[0], picture->width, strides[0], picture->height,
                           pixels, jpeg, size, sampling, quality, 0)
                   ? CT_ERROR_FORMAT
                   : CT_OK;
    const uint8_t *planes[CT_MAX_PLANES] = {picture->data[0], picture->data[1], picture->data[2]};
    uint8_t *luma = NULL;
    if (sampling != TJSAMP_444 && sampling != TJSAMP_GRAY &&
        (picture->width % 2 || picture->height % 2)) {
        planes[0] = luma = copy_even(picture, &strides[0]);
        if (!luma)
            return CT_ERROR_MEMORY;
    }
    int failed = tjCompressFromYUVPlanes(handle, planes, picture->width, strides, picture->height,
                                         sampling, jpeg, size, quality, 0);
    ct__free(luma);
    return failed ? CT_ERROR_FORMAT : CT_OK;
}

// Appends the profile in markers of its own.
static void append_profile(struct ct__text *bytes, const struct ct__encode_params *params)
{
    size_t count = (params->profile_size + PART_MOST - 1) / PART_MOST;
    for (size_t i = 0; i < count; i++) {
        size_t at = i * PART_MOST, size = params->profile_size - at;
        size = size < PART_MOST ? size : PART_MOST;
        size_t length = 2 + sizeof profile_name + 2 + size;
        const uint8_t head[4] = {0xff, MARKER_APP2, (uint8_t)(length >> 8), (uint8_t)length};
        const uint8_t part[2] = {(uint8_t)(i + 1), (uint8_t)count};
        ct__text_append(bytes, (const char *)head, sizeof head);
        ct__text_append(bytes, profile_name, sizeof profile_name);
        ct__text_append(bytes, (const char *)part, sizeof part);
        ct__text_append(bytes, (const char *)params->profile + at, size);
    }
}

// Appends the file, the profile behind the first two of its markers: start and JFIF.
static int append(struct ct__text *bytes, const char *scope, const unsigned char *jpeg, size_t size,
                  const struct ct__encode_params *params)
{
    size_t head = size > 6 && jpeg[3] == MARKER_APP0 ? 4 + ((size_t)jpeg[4] << 8 | jpeg[5]) : 2;
    if (params->profile_size > (size_t)255 * PART_MOST)
        return ct__fail(CT_ERROR_LIMIT, scope, "a JPEG cannot hold a profile of %zu bytes",
                        params->profile_size);
    ct__text_append(bytes, (const char *)jpeg, head);
    append_profile(bytes, params);
    ct__text_append(bytes, (const char *)jpeg + head, size - head);
    return bytes->failed ? ct__fail_memory(scope) : CT_OK;
}

static int encode(struct ct__text *bytes, const char *scope, const struct ct_picture *picture,
                  int sampling, int pixels, int quality, const struct ct__encode_params *params)
{
    if (picture->width > SIDE_MOST || picture->height > SIDE_MOST)
        return ct__fail(CT_ERROR_LIMIT, scope, "%d x %d pixels: a side of a JPEG has at most %d",
                        picture->width, picture->height, SIDE_MOST);
    tjhandle handle = tjInitCompress();
    if (!handle)
        return ct__fail_memory(scope);
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    int error = compress(handle, picture, sampling, pixels, quality, &jpeg, &size);
    if (error == CT_ERROR_MEMORY)
        ct__fail_memory(scope);
    else if (error)
        ct__fail(CT_ERROR_FORMAT, scope, "no JPEG: %s", tjGetErrorStr2(handle));
    if (!error)
        error = append(bytes, scope, jpeg, size, params);
    tjFree(jpeg);
    tjDestroy(handle);
    return error;
}

int ct__jpeg_encode_picture(struct ct__text *bytes, const char *scope,
                            const struct ct_picture *picture, int quality)
{
    int sampling, pixels;
    const struct ct__format_info *info = ct__format_info(picture->format);
    bool colour_fits = !info || !info->yuv ||
                       (ct__picture_matrix(picture) == CT_MATRIX_BT601 &&
                        ct__picture_range(picture) == CT_RANGE_FULL);
    if (!encoder_format(picture, &sampling, &pixels) || !colour_fits)
        return ct__fail(CT_ERROR_INVALID, scope, "JPEG cannot hold this %s picture: convert it",
                        info ? info->name : "unknown");
    return encode(bytes, scope, picture, sampling, pixels, quality > 0 ? quality : QUALITY,
                  &(const struct ct__encode_params){0});
}

int ct__jpeg_encode(struct ct__text *bytes, const char *scope, const struct ct__raster *raster,
                    const struct ct__encode_params *params)
{
    bool grey = raster->channels == 1;
    const struct ct_picture picture = {.format = grey ? CT_FORMAT_GREY : CT_FORMAT_RGB,
                                       .width = raster->width,
                                       .height = raster->height,
                                       .data = {raster->data},
                                       .stride = {raster->stride}};
    return encode(bytes, scope, &picture, grey ? TJSAMP_GRAY : TJSAMP_444, grey ? -1 : TJPF_RGB,
                  FINE_QUALITY, params);
}
