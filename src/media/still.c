// SPDX-License-Identifier: Apache-2.0
// The still pictures that libav decodes: the whole file is one packet for the codec that its first
// bytes name. Headers are read by the decoder too: it is stopped when it asks for memory for the
// picture.
#include "media/codec.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "media/av.h"

struct kind {
    const char *name;
    enum AVCodecID codec;
    uint8_t size;
    const char *start;
};

static const struct kind kinds[] = {
    {"webp", AV_CODEC_ID_WEBP, 4, "RIFF"},
    {"tiff", AV_CODEC_ID_TIFF, 4, "II*\0"},
    {"tiff", AV_CODEC_ID_TIFF, 4, "MM\0*"},
    {"gif", AV_CODEC_ID_GIF, 5, "GIF87"},
    {"gif", AV_CODEC_ID_GIF, 5, "GIF89"},
    {"qoi", AV_CODEC_ID_QOI, 4, "qoif"},
    {"jpeg2000", AV_CODEC_ID_JPEG2000, 8, "\0\0\0\x0cjP  "},
    {"jpeg2000", AV_CODEC_ID_JPEG2000, 4, "\xff\x4f\xff\x51"},
    {NULL, AV_CODEC_ID_NONE, 0, NULL},
};

static bool is_bmp(const uint8_t *data, size_t size)
{
    static const uint8_t zero[4];
    return size >= 16 && memcmp(data, "BM", 2) == 0 && memcmp(data + 6, zero, 4) == 0 &&
           data[14] >= 12 && data[14] <= 124 && data[15] == 0;
}

static bool is_pnm(const uint8_t *data, size_t size)
{
    return size >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7' &&
           (data[2] == '\n' || data[2] == '\r' || data[2] == ' ' || data[2] == '\t');
}

static const struct kind *find_kind(const uint8_t *data, size_t size)
{
    static const struct kind bmp = {"bmp", AV_CODEC_ID_BMP, 0, ""};
    static const struct kind pnm[] = {
        {"pbm", AV_CODEC_ID_PBM, 0, ""},
        {"pgm", AV_CODEC_ID_PGM, 0, ""},
        {"ppm", AV_CODEC_ID_PPM, 0, ""},
        {"pam", AV_CODEC_ID_PAM, 0, ""},
    };
    if (is_bmp(data, size))
        return &bmp;
    if (is_pnm(data, size))
        return &pnm[data[1] == '7' ? 3 : (data[1] - '1') % 3];
    if (size >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) != 0)
        return NULL;
    const struct kind *kind = kinds;
    while (kind->name && (size < kind->size || memcmp(data, kind->start, kind->size) != 0))
        kind++;
    return kind->name ? kind : NULL;
}

bool ct__still_sniff(const uint8_t *data, size_t size)
{
    return find_kind(data, size) != NULL;
}

// Notes the size and refuses the memory.
static int stop_at_size(AVCodecContext *codec, AVFrame *frame, int flags)
{
    struct ct__picture_header *header = codec->opaque;
    (void)flags;
    header->width = frame->width;
    header->height = frame->height;
    return AVERROR_EXIT;
}

static int run_decoder(const struct kind *kind, const uint8_t *data, size_t size, AVFrame *picture,
                       struct ct__picture_header *header)
{
    ct__av_begin();
    ct__av_forget();
    const AVCodec *decoder = avcodec_find_decoder(kind->codec);
    if (!decoder)
        return AVERROR_DECODER_NOT_FOUND;
    AVCodecContext *codec = avcodec_alloc_context3(decoder);
    AVPacket *packet = av_packet_alloc();
    int error = codec && packet && size <= INT32_MAX ? 0 : AVERROR(ENOMEM);
    if (!error) {
        codec->thread_count = 1; // also keeps what it says on this thread
        codec->thread_type = FF_THREAD_SLICE;
        // Half a picture is none; but TIFF's decoder would take any private tag for an error.
        if (kind->codec != AV_CODEC_ID_TIFF)
            codec->err_recognition = AV_EF_EXPLODE;
        codec->opaque = header;
        if (header)
            codec->get_buffer2 = stop_at_size;
        error = avcodec_open2(codec, decoder, NULL);
    }
    if (error >= 0) {
        packet->data = (uint8_t *)data; // libav copies what it does not own
        packet->size = (int)size;
        error = avcodec_send_packet(codec, packet);
        packet->data = NULL;
    }
    if (error >= 0)
        error = avcodec_send_packet(codec, NULL);
    if (error >= 0)
        error = avcodec_receive_frame(codec, picture);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    return error;
}

static int fail_still(int error, const struct kind *kind, const char *scope)
{
    int width, height;
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(scope);
    if (ct__av_refused(&width, &height))
        return ct__fail(CT_ERROR_LIMIT, scope, "%d x %d pixels: libavcodec decodes no %s so large",
                        width, height, kind->name);
    if (error == AVERROR_DECODER_NOT_FOUND)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no decoder for %s", kind->name);
    return ct__fail(CT_ERROR_FORMAT, scope, "broken or cut off: no %s picture in it", kind->name);
}

// An extended WebP with the flag of an animation.
static bool moves(const uint8_t *data, size_t size)
{
    return size > 20 && memcmp(data + 8, "WEBPVP8X", 8) == 0 && data[20] & 2;
}

// A chunk of an extended WebP, or NULL. Sizes come from strangers.
static const uint8_t *find_chunk(const uint8_t *data, size_t size, const char *name,
                                 uint32_t *length)
{
    if (size < 12 || memcmp(data, "RIFF", 4) != 0)
        return NULL;
    for (size_t at = 12; size - at >= 8;) {
        uint32_t bytes = data[at + 4] | (uint32_t)data[at + 5] << 8 | (uint32_t)data[at + 6] << 16 |
                         (uint32_t)data[at + 7] << 24;
        if (bytes > size - at - 8)
            return NULL;
        if (memcmp(data + at, name, 4) == 0) {
            *length = bytes;
            return data + at + 8;
        }
        at += 8 + (size_t)bytes + bytes % 2;
        if (at > size)
            return NULL;
    }
    return NULL;
}

// EXIF's directory is TIFF's own; WebP has it in a chunk, some writers with JPEG's mark in front.
static int orientation_of(const struct kind *kind, const uint8_t *data, size_t size)
{
    if (kind->codec == AV_CODEC_ID_TIFF)
        return ct__exif_orientation(data, size);
    uint32_t length = 0;
    const uint8_t *exif = find_chunk(data, size, "EXIF", &length);
    if (!exif)
        return 1;
    uint32_t skip = length >= 6 && memcmp(exif, "Exif\0", 6) == 0 ? 6 : 0;
    return ct__exif_orientation(exif + skip, length - skip);
}

int ct__still_header(const uint8_t *data, size_t size, const char *scope,
                     struct ct__picture_header *header)
{
    const struct kind *kind = find_kind(data, size);
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return ct__fail_memory(scope);
    int error = run_decoder(kind, data, size, frame, header);
    av_frame_free(&frame);
    if (header->width <= 0)
        ct__av_refused(&header->width, &header->height);
    if (header->width <= 0 && moves(data, size))
        return ct__fail(CT_ERROR_UNSUPPORTED, scope,
                        "animated WebP, which libavcodec cannot decode");
    if (header->width <= 0)
        return fail_still(error, kind, scope);
    ct__copy_text(header->container, sizeof(header->container), kind->name);
    header->orientation = orientation_of(kind, data, size);
    return CT_OK;
}

int ct__still_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                     struct ct__pool *pool, ct_frame **out)
{
    const struct kind *kind = find_kind(data, size);
    struct SwsContext *scaler = NULL;
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return ct__fail_memory(scope);
    int error = run_decoder(kind, data, size, frame, NULL);
    if (error < 0 || ct__av_complained()) // some give half a picture and only say so
        error = fail_still(error, kind, scope);
    else
        error = whole ? ct__whole_frame(frame, scope, pool, out)
                      : ct__av_convert(&scaler, frame, true, scope, pool, out);
    sws_freeContext(scaler);
    av_frame_free(&frame);
    uint32_t length = 0;
    const uint8_t *profile = whole && !error ? find_chunk(data, size, "ICCP", &length) : NULL;
    if (profile)
        error = ct__profile_keep(*out, profile, length);
    if (error && profile)
        ct_frame_unref(out);
    return error;
}
