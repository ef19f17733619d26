// SPDX-License-Identifier: Apache-2.0
// Reads JPEG through turbojpeg: the planes as they are stored wherever frame.h has that sampling,
// RGB else. Warnings of the decoder are errors here, since they leave half a picture grey.
#include "media/codec.h"

#include <string.h>
#include <turbojpeg.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "frame/format.h"

enum { MARKER_APP1 = 0xe1, MARKER_APP2 = 0xe2, MARKER_APP14 = 0xee, MARKER_SOS = 0xda };

static const char profile_name[12] = "ICC_PROFILE"; // its zero counts

// What the application markers in front of the picture say.
struct marks {
    int orientation;
    bool adobe;               // four channels are stored inverted
    struct ct__text *profile; // where its parts are collected, or NULL
    unsigned parts;           // of the profile, so far
};

// A part of the profile: name, number from 1, count, bytes. One out of order is left out, and what
// is left is no profile then.
static void read_profile(const uint8_t *data, size_t size, struct marks *marks)
{
    if (data[12] != marks->parts + 1)
        return;
    marks->parts++;
    ct__text_append(marks->profile, (const char *)data + 14, size - 14);
}

static void read_mark(uint8_t marker, const uint8_t *data, size_t size, struct marks *marks)
{
    if (marker == MARKER_APP14 && size >= 5 && memcmp(data, "Adobe", 5) == 0)
        marks->adobe = true;
    if (marker == MARKER_APP1 && size >= 6 && memcmp(data, "Exif\0", 6) == 0)
        marks->orientation = ct__exif_orientation(data + 6, size - 6);
    if (marker == MARKER_APP2 && size > 14 && marks->profile &&
        memcmp(data, profile_name, sizeof profile_name) == 0)
        read_profile(data, size, marks);
}

static struct marks read_marks(const uint8_t *data, size_t size, struct ct__text *profile)
{
    struct marks marks = {.orientation = 1, .profile = profile};
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
    header->orientation = read_marks(data, size, NULL).orientation;
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
                       const struct ct__text *profile, ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    uint8_t *ink = ct__alloc((size_t)picture->width * (size_t)picture->height * 4);
    if (!ink)
        return ct__fail_memory(scope);
    int failed = tjDecompress2(handle, data, (unsigned long)size, ink, picture->width, 0,
                               picture->height, TJPF_CMYK, TJFLAG_LIMITSCANS);
    int error = judge(handle, failed, data, size, scope);
    bool adobe = read_marks(data, size, NULL).adobe;
    if (!error &&
        !ct__profile_convert((uint8_t *)profile->data, profile->length, ink, adobe, frame))
        convert_cmyk(ink, frame, adobe);
    ct__free(ink);
    return error;
}

static int decode_pixels(tjhandle handle, const uint8_t *data, size_t size, const char *scope,
                         int colour, const struct ct__text *profile, ct_frame *frame)
{
    if (colour == TJCS_CMYK || colour == TJCS_YCCK)
        return decode_cmyk(handle, data, size, scope, profile, frame);
    bool rgb = ct_frame_picture(frame)->format == CT_FORMAT_RGB;
    int failed =
        rgb ? decode_rgb(handle, data, size, frame) : decode_planes(handle, data, size, frame);
    return judge(handle, failed, data, size, scope);
}

int ct__jpeg_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                    struct ct__pool *pool, ct_frame **out)
{
    tjhandle handle = NULL;
    int sampling = 0, colour = 0;
    ct_frame *frame = NULL;
    struct ct__text profile = {0};
    struct ct__picture_header header = {0};
    int error = open_decoder(&handle, data, size, scope, &header, &sampling, &colour);
    enum ct_format format = whole ? CT_FORMAT_RGB : stored_format(sampling, colour);
    if (!error && whole)
        read_marks(data, size, &profile);
    if (!error && profile.failed)
        error = ct__fail_memory(scope);
    if (!error)
        error = make_frame(pool, &frame, format, &header);
    if (!error)
        error = decode_pixels(handle, data, size, scope, colour, &profile, frame);
    if (!error)
        error = ct__profile_keep(frame, (uint8_t *)profile.data, profile.length);
    if (handle)
        tjDestroy(handle);
    ct__text_finish(&profile);
    if (error) {
        ct_frame_unref(&frame);
        return error;
    }
    ct_frame_set_colour(frame, ct__format_info(format)->yuv ? CT_MATRIX_BT601 : CT_MATRIX_AUTO,
                        CT_RANGE_FULL);
    *out = frame;
    return CT_OK;
}
