// SPDX-License-Identifier: Apache-2.0
// JPEG through turbojpeg: the planes as they are stored wherever frame.h has that sampling, RGB
// else. Warnings of the decoder are errors here, since they leave half a picture grey.
#include "media/codec.h"

#include <string.h>
#include <turbojpeg.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "frame/format.h"

enum { QUALITY = 90, MARKER_APP1 = 0xe1, MARKER_APP14 = 0xee, MARKER_SOS = 0xda };

// What the application markers in front of the picture say.
struct marks {
    int orientation;
    bool adobe; // four channels are stored inverted
};

static void read_mark(uint8_t marker, const uint8_t *data, size_t size, struct marks *marks)
{
    if (marker == MARKER_APP14 && size >= 5 && memcmp(data, "Adobe", 5) == 0)
        marks->adobe = true;
    if (marker == MARKER_APP1 && size >= 6 && memcmp(data, "Exif\0", 6) == 0)
        marks->orientation = ct__exif_orientation(data + 6, size - 6);
}

static struct marks read_marks(const uint8_t *data, size_t size)
{
    struct marks marks = {.orientation = 1};
    size_t at = 2;
    while (at + 4 <= size && data[at] == 0xff && data[at + 1] != MARKER_SOS) {
        size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (data[at + 1] == 0xff) { // a filling byte
            at++;
            continue;
        }
        if (length < 2 || length > size - at - 2)
            break;
        read_mark(data[at + 1], data + at + 4, length - 2, &marks);
        at += 2 + length;
    }
    return marks;
}

// Formats whose planes JPEG stores just so.
static enum ct_format stored_format(int sampling, int colour)
{
    if (colour == TJCS_GRAY || sampling == TJSAMP_GRAY)
        return CT_FORMAT_GREY;
    if (colour != TJCS_YCbCr)
        return CT_FORMAT_RGB;
    switch (sampling) {
    case TJSAMP_420:
        return CT_FORMAT_I420;
    case TJSAMP_422:
        return CT_FORMAT_I422;
    case TJSAMP_444:
        return CT_FORMAT_I444;
    default:
        return CT_FORMAT_RGB;
    }
}

// Whether there is an end-of-image marker; one of a thumbnail counts too.
static bool has_end(const uint8_t *data, size_t size)
{
    for (size_t i = size; i >= 2; i--) {
        if (data[i - 2] == 0xff && data[i - 1] == 0xd9)
            return true;
    }
    return false;
}

// libjpeg's sentence in ours: "cut off" is what a person can act on.
static int fail_decode(tjhandle handle, const uint8_t *data, size_t size, const char *scope)
{
    const char *why = tjGetErrorStr2(handle);
    if (strstr(why, "allocat") || strstr(why, "Insufficient memory"))
        return ct__fail_memory(scope);
    if (!has_end(data, size) || strstr(why, "Premature end of JPEG file"))
        return ct__fail(CT_ERROR_FORMAT, scope, "cut off: the JPEG ends too early");
    return ct__fail(CT_ERROR_FORMAT, scope, "broken JPEG: %s", why);
}

static int open_decoder(tjhandle *handle, const uint8_t *data, size_t size, const char *scope,
                        struct ct__picture_header *header, int *sampling, int *colour)
{
    *handle = tjInitDecompress();
    if (!*handle)
        return ct__fail_memory(scope);
    int failed = tjDecompressHeader3(*handle, data, (unsigned long)size, &header->width,
                                     &header->height, sampling, colour);
    if (failed && (header->width <= 0 || tjGetErrorCode(*handle) == TJERR_FATAL))
        return fail_decode(*handle, data, size, scope);
    if (header->width <= 0) // tables alone
        return ct__fail(CT_ERROR_FORMAT, scope, "cut off: the JPEG ends too early");
    return CT_OK;
}

int ct__jpeg_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header)
{
    tjhandle handle = NULL;
    int sampling = 0, colour = 0;
    int error = open_decoder(&handle, data, size, scope, header, &sampling, &colour);
    if (handle)
        tjDestroy(handle);
    if (error)
        return error;
    ct__copy_text(header->container, sizeof(header->container), "jpeg");
    header->orientation = read_marks(data, size).orientation;
    return CT_OK;
}

// Only one warning leaves the picture whole: cameras leave bytes between the last row and the end.
// libjpeg tells the first warning alone, so the end has to be there as well.
static int judge(tjhandle handle, int failed, const uint8_t *data, size_t size, const char *scope)
{
    if (!failed)
        return CT_OK;
    bool harmless = tjGetErrorCode(handle) == TJERR_WARNING &&
                    strstr(tjGetErrorStr2(handle), "extraneous bytes before marker 0xd9");
    if (!harmless || !has_end(data, size))
        return fail_decode(handle, data, size, scope);
    ct__log(CT_LOG_DEBUG, scope, "%s", tjGetErrorStr2(handle));
    return CT_OK;
}

static void drop(void *frame)
{
    ct_frame *closing = frame;
    ct_frame_unref(&closing);
}

// turbojpeg rounds the luma plane of 4:2:0 up to whole chroma samples and may write all of it:
// where the height is odd, the row too many would be the first of the next plane.
static int make_frame(struct ct__pool *pool, ct_frame **out, enum ct_format format,
                      const struct ct__picture_header *header)
{
    ct_frame *even = NULL;
    if (format != CT_FORMAT_I420 || header->height % 2 == 0)
        return ct__pool_frame(pool, out, format, header->width, header->height);
    int error = ct__pool_frame(pool, &even, format, header->width, header->height + 1);
    if (error)
        return error;
    struct ct_picture picture = *ct_frame_picture(even);
    picture.height = header->height;
    return ct__pool_wrap(pool, out, &picture, drop, even);
}

static int decode_planes(tjhandle handle, const uint8_t *data, size_t size, ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    uint8_t *planes[CT_MAX_PLANES] = {0};
    int strides[CT_MAX_PLANES] = {0};
    for (int i = 0; i < ct__format_info(picture->format)->planes; i++) {
        planes[i] = (uint8_t *)picture->data[i]; // ours, though it may be wrapped
        strides[i] = (int)picture->stride[i];
    }
    return tjDecompressToYUVPlanes(handle, data, (unsigned long)size, planes, picture->width,
                                   strides, picture->height, TJFLAG_LIMITSCANS);
}

static int decode_rgb(tjhandle handle, const uint8_t *data, size_t size, ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    return tjDecompress2(handle, data, (unsigned long)size, ct_frame_writable(frame, 0),
                         picture->width, (int)picture->stride[0], picture->height, TJPF_RGB,
                         TJFLAG_LIMITSCANS);
}

// Ink to light, in place of a profile: R = (255 - C) (255 - K) / 255. Files with Adobe's marker
// store 255 - ink.
static void convert_cmyk(const uint8_t *from, ct_frame *frame, bool inverted)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int flip = inverted ? 0 : 255;
    for (int y = 0; y < picture->height; y++) {
        uint8_t *to = ct_frame_writable(frame, 0) + y * picture->stride[0];
        for (int x = 0; x < picture->width; x++, to += 3, from += 4) {
            int black = from[3] ^ flip;
            for (int i = 0; i < 3; i++)
                to[i] = (uint8_t)(((from[i] ^ flip) * black + 127) / 255);
        }
    }
}

static int decode_cmyk(tjhandle handle, const uint8_t *data, size_t size, const char *scope,
                       ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    uint8_t *ink = ct__alloc((size_t)picture->width * (size_t)picture->height * 4);
    if (!ink)
        return ct__fail_memory(scope);
    int failed = tjDecompress2(handle, data, (unsigned long)size, ink, picture->width, 0,
                               picture->height, TJPF_CMYK, TJFLAG_LIMITSCANS);
    int error = judge(handle, failed, data, size, scope);
    if (!error)
        convert_cmyk(ink, frame, read_marks(data, size).adobe);
    ct__free(ink);
    return error;
}

int ct__jpeg_decode(const uint8_t *data, size_t size, const char *scope, struct ct__pool *pool,
                    ct_frame **out)
{
    tjhandle handle = NULL;
    int sampling = 0, colour = 0;
    ct_frame *frame = NULL;
    struct ct__picture_header header = {0};
    int error = open_decoder(&handle, data, size, scope, &header, &sampling, &colour);
    enum ct_format format = stored_format(sampling, colour);
    if (!error)
        error = make_frame(pool, &frame, format, &header);
    if (!error && (colour == TJCS_CMYK || colour == TJCS_YCCK))
        error = decode_cmyk(handle, data, size, scope, frame);
    else if (!error && format == CT_FORMAT_RGB)
        error = judge(handle, decode_rgb(handle, data, size, frame), data, size, scope);
    else if (!error)
        error = judge(handle, decode_planes(handle, data, size, frame), data, size, scope);
    if (handle)
        tjDestroy(handle);
    if (error) {
        ct_frame_unref(&frame);
        return error;
    }
    ct_frame_set_colour(frame, ct__format_info(format)->yuv ? CT_MATRIX_BT601 : CT_MATRIX_AUTO,
                        CT_RANGE_FULL);
    *out = frame;
    return CT_OK;
}

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

static int compress(tjhandle handle, const struct ct_picture *picture, int sampling, int pixels,
                    unsigned char **jpeg, unsigned long *size)
{
    int strides[CT_MAX_PLANES];
    for (int i = 0; i < CT_MAX_PLANES; i++)
        strides[i] = (int)picture->stride[i];
    if (pixels >= 0)
        return tjCompress2(handle, picture->data[0], picture->width, strides[0], picture->height,
                           pixels, jpeg, size, sampling, QUALITY, 0)
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
                                         sampling, jpeg, size, QUALITY, 0);
    ct__free(luma);
    return failed ? CT_ERROR_FORMAT : CT_OK;
}

int ct__jpeg_encode(const char *scope, const struct ct_picture *picture, FILE *file)
{
    int sampling, pixels;
    const struct ct__format_info *info = ct__format_info(picture->format);
    bool colour_fits = !info || !info->yuv ||
                       (ct__picture_matrix(picture) == CT_MATRIX_BT601 &&
                        ct__picture_range(picture) == CT_RANGE_FULL);
    if (!encoder_format(picture, &sampling, &pixels) || !colour_fits)
        return ct__fail(CT_ERROR_INVALID, scope, "JPEG cannot hold this %s picture: convert it",
                        info ? info->name : "unknown");
    tjhandle handle = tjInitCompress();
    if (!handle)
        return ct__fail_memory(scope);
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    int error = compress(handle, picture, sampling, pixels, &jpeg, &size);
    if (error == CT_ERROR_MEMORY)
        ct__fail_memory(scope);
    else if (error)
        ct__fail(CT_ERROR_FORMAT, scope, "no JPEG: %s", tjGetErrorStr2(handle));
    if (!error && fwrite(jpeg, 1, size, file) != size)
        error = CT_ERROR_IO;
    tjFree(jpeg);
    tjDestroy(handle);
    return error;
}
