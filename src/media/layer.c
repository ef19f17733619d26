// SPDX-License-Identifier: Apache-2.0
// Reads from the first headers of a coded picture whether others will build on it. Each codec says
// it in a few bits in front: H.264 in nal_ref_idc, H.265 in its type and temporal id, the older
// ones in the type of the picture.
#include "media/layer.h"

enum { H264_SLICE = 1, H264_IDR = 5, H265_SLICES = 32, H265_SUBLAYER_TYPES = 16 };
enum { MPEG4_PICTURE = 0xb6, MPEG2_PICTURE = 0x00, TYPE_B = 2, TYPE_B_MPEG2 = 3 };

// What follows the next start code 00 00 01 from `at` on, or `size` if there is none.
static size_t after_start_code(const uint8_t *data, size_t size, size_t at)
{
    for (; at + 3 < size; at++)
        if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1)
            return at + 3;
    return size;
}

static bool has_start_codes(const uint8_t *data, size_t size)
{
    return size >= 4 && data[0] == 0 && data[1] == 0 &&
           (data[2] == 1 || (data[2] == 0 && data[3] == 1));
}

// The next unit from *at on: where its header is, or `size` at the end. *at moves behind it.
static size_t next_unit(const uint8_t *data, size_t size, bool start_codes, size_t *at)
{
    if (start_codes)
        return *at = after_start_code(data, size, *at);
    if (size < 5 || *at > size - 5)
        return size;
    size_t begin = *at + 4;
    size_t length = (size_t)data[*at] << 24 | (size_t)data[*at + 1] << 16 |
                    (size_t)data[*at + 2] << 8 | data[*at + 3];
    *at = length < size - begin ? begin + length : size;
    return begin;
}

// -1: no slice.
static int h264_layer(const uint8_t *unit)
{
    int type = unit[0] & 31;
    if (type < H264_SLICE || type > H264_IDR)
        return -1;
    return unit[0] >> 5 & 3 ? CT__LAYER_REFERENCE : CT__LAYER_UNREFERENCED;
}

// Types below 16 come in pairs: the even one is no reference for its own temporal layer.
static int h265_layer(const uint8_t *unit)
{
    int type = unit[0] >> 1 & 63, above = unit[1] & 7;
    if (type >= H265_SLICES)
        return -1;
    int temporal = above > 1 ? above - 1 : 0;
    bool unreferenced = type < H265_SUBLAYER_TYPES && type % 2 == 0;
    return (unreferenced ? CT__LAYER_UNREFERENCED : CT__LAYER_REFERENCE) + 2 * temporal;
}

// The first unit of a picture, of which layer_of knows a layer, or NULL.
static const uint8_t *find_unit(const uint8_t *data, size_t size,
                                int (*layer_of)(const uint8_t *unit))
{
    bool start_codes = has_start_codes(data, size);
    size_t at = 0, unit;
    do {
        unit = next_unit(data, size, start_codes, &at);
        if (unit + 1 >= size)
            return NULL;
    } while (layer_of(data + unit) < 0);
    return data + unit;
}

static int unit_layer(const uint8_t *data, size_t size, int (*layer_of)(const uint8_t *unit))
{
    const uint8_t *unit = find_unit(data, size, layer_of);
    return unit ? layer_of(unit) : CT__LAYER_REFERENCE;
}

enum ct__h264_content ct__h264_content(const uint8_t *data, size_t size)
{
    const uint8_t *unit = find_unit(data, size, h264_layer);
    if (!unit)
        return CT__H264_NO_PICTURE;
    return (unit[0] & 31) == H264_IDR ? CT__H264_IDR : CT__H264_OTHER;
}

// The type of an MPEG picture: two or three bits at `shift` of the byte `offset` behind its code.
static int mpeg_layer(const uint8_t *data, size_t size, int code, size_t offset, int shift,
                      int mask, int unreferenced)
{
    for (size_t at = after_start_code(data, size, 0); at + offset < size;
         at = after_start_code(data, size, at))
        if (data[at] == code)
            return (data[at + offset] >> shift & mask) == unreferenced ? CT__LAYER_UNREFERENCED
                                                                       : CT__LAYER_REFERENCE;
    return CT__LAYER_REFERENCE;
}

int ct__layer_of(enum AVCodecID codec, const uint8_t *data, size_t size, bool key)
{
    if (key || ct__layer_single(codec))
        return CT__LAYER_KEY;
    switch (codec) {
    case AV_CODEC_ID_H264:
        return unit_layer(data, size, h264_layer);
    case AV_CODEC_ID_HEVC:
        return unit_layer(data, size, h265_layer);
    case AV_CODEC_ID_MPEG4:
        return mpeg_layer(data, size, MPEG4_PICTURE, 1, 6, 3, TYPE_B);
    case AV_CODEC_ID_MPEG2VIDEO:
        return mpeg_layer(data, size, MPEG2_PICTURE, 2, 3, 7, TYPE_B_MPEG2);
    default:
        return CT__LAYER_REFERENCE;
    }
}

bool ct__layer_single(enum AVCodecID codec)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && descriptor->props & AV_CODEC_PROP_INTRA_ONLY;
}
