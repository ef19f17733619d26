// SPDX-License-Identifier: Apache-2.0
// AVIF, and HEIC where libav can: pictures in MP4's boxes. libav's demuxer reads them from memory,
// its decoder makes one picture.
#include "media/codec.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "media/input.h"

enum { BUFFER = 4096, MAX_PIXELS = 1 << 28 };

// A file in memory as libav reads it.
struct memory {
    const uint8_t *data;
    size_t size, at;
};

struct heif {
    struct memory memory;
    AVIOContext *io;
    AVFormatContext *format;
    AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
};

bool ct__heif_sniff(const uint8_t *data, size_t size)
{
    static const char *const brands[] = {"avif", "heic", "heix", "heim", "heis", "mif1", NULL};
    if (size < 12 || memcmp(data + 4, "ftyp", 4) != 0)
        return false;
    const char *const *brand = brands;
    while (*brand && memcmp(data + 8, *brand, 4) != 0)
        brand++;
    return *brand != NULL;
}

static int read_memory(void *opaque, uint8_t *to, int size)
{
    struct memory *memory = opaque;
    size_t left = memory->size - memory->at;
    size_t count = left < (size_t)size ? left : (size_t)size;
    memcpy(to, memory->data + memory->at, count);
    memory->at += count;
    return count ? (int)count : AVERROR_EOF;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence)
{
    struct memory *memory = opaque;
    if (whence == AVSEEK_SIZE)
        return (int64_t)memory->size;
    int64_t base = 0;
    if (whence == SEEK_CUR)
        base = (int64_t)memory->at;
    else if (whence == SEEK_END)
        base = (int64_t)memory->size;
    int64_t at = av_sat_add64(base, offset);
    if (at < 0 || at > (int64_t)memory->size)
        return AVERROR(EINVAL);
    memory->at = (size_t)at;
    return at;
}

static int attach(struct heif *heif, const uint8_t *data, size_t size)
{
    heif->memory = (struct memory){data, size, 0};
    uint8_t *buffer = av_malloc(BUFFER);
    if (buffer)
        heif->io =
            avio_alloc_context(buffer, BUFFER, 0, &heif->memory, read_memory, NULL, seek_memory);
    if (!heif->io)
        av_free(buffer);
    heif->format = avformat_alloc_context();
    heif->packet = av_packet_alloc();
    heif->frame = av_frame_alloc();
    if (!heif->io || !heif->format || !heif->packet || !heif->frame)
        return AVERROR(ENOMEM);
    heif->format->pb = heif->io;
    return 0;
}

static void finish(struct heif *heif)
{
    avcodec_free_context(&heif->codec);
    av_frame_free(&heif->frame);
    av_packet_free(&heif->packet);
    avformat_close_input(&heif->format);
    if (heif->io)
        av_freep(&heif->io->buffer);
    avio_context_free(&heif->io);
}

static bool has_tiles(const AVFormatContext *format)
{
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    return format->nb_stream_groups > 0;
#else
    (void)format;
    return false;
#endif
}

// Reads the boxes and the one packet, and opens its decoder. libav's code.
static int open_boxes(struct heif *heif, const uint8_t *data, size_t size)
{
    AVDictionary *options = NULL;
    ct__av_begin();
    int error = attach(heif, data, size);
    if (error >= 0 && ct__input_allow(&options, true))
        error = AVERROR(ENOMEM);
    if (error >= 0)
        error = avformat_open_input(&heif->format, NULL, av_find_input_format("mov"), &options);
    av_dict_free(&options);
    if (error >= 0 && (heif->format->nb_streams == 0 || has_tiles(heif->format)))
        error = AVERROR_PATCHWELCOME;
    if (error < 0)
        return error;
    heif->stream = heif->format->streams[0];
    const AVCodec *decoder = avcodec_find_decoder(heif->stream->codecpar->codec_id);
    heif->codec = decoder ? avcodec_alloc_context3(decoder) : NULL;
    if (!heif->codec)
        return decoder ? AVERROR(ENOMEM) : AVERROR_DECODER_NOT_FOUND;
    heif->codec->thread_count = 1;
    heif->codec->max_pixels = MAX_PIXELS;
    error = avcodec_parameters_to_context(heif->codec, heif->stream->codecpar);
    if (error >= 0)
        error = avcodec_open2(heif->codec, decoder, NULL);
    return error >= 0 ? av_read_frame(heif->format, heif->packet) : error;
}

static int decode(struct heif *heif)
{
    int error = avcodec_send_packet(heif->codec, heif->packet);
    if (error >= 0)
        error = avcodec_send_packet(heif->codec, NULL);
    return error >= 0 ? avcodec_receive_frame(heif->codec, heif->frame) : error;
}

static int fail_heif(int error, const uint8_t *data, const char *scope)
{
    bool avif = memcmp(data + 8, "avif", 4) == 0;
    const char *name = avif ? "AVIF" : "HEIC";
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(scope);
    if (error == AVERROR_DECODER_NOT_FOUND)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no decoder for %s", name);
    if (error == AVERROR_PATCHWELCOME || (!avif && LIBAVFORMAT_VERSION_MAJOR < 61))
        return ct__fail(CT_ERROR_UNSUPPORTED, scope,
                        "a picture in %s, of a kind that libavformat %d cannot read", name,
                        LIBAVFORMAT_VERSION_MAJOR);
    return ct__fail(CT_ERROR_FORMAT, scope, "broken or cut off: no %s picture in it", name);
}

// The size as the boxes tell it, else as the picture's own header does; nothing is decoded.
static int find_size(const struct heif *heif, int *width, int *height)
{
    const AVCodecParameters *known = heif->stream->codecpar;
    *width = known->width;
    *height = known->height;
    if (*width > 0)
        return 0;
    AVCodecParserContext *parser = av_parser_init(known->codec_id);
    uint8_t *data = NULL;
    int size = 0;
    if (!parser)
        return AVERROR(ENOMEM);
    parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    av_parser_parse2(parser, heif->codec, &data, &size, heif->packet->data, heif->packet->size,
                     AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
    *width = parser->width;
    *height = parser->height;
    av_parser_close(parser);
    return *width > 0 && *height > 0 ? 0 : AVERROR_INVALIDDATA;
}

int ct__heif_header(const uint8_t *data, size_t size, const char *scope,
                    struct ct__picture_header *header)
{
    struct heif heif = {0};
    int error = open_boxes(&heif, data, size);
    if (error >= 0)
        error = find_size(&heif, &header->width, &header->height);
    if (error >= 0) {
        ct__copy_text(header->container, sizeof(header->container), "heif");
        header->orientation = ct__input_orientation(heif.stream);
    }
    finish(&heif);
    return error < 0 ? fail_heif(error, data, scope) : CT_OK;
}

int ct__heif_decode(const uint8_t *data, size_t size, const char *scope, bool whole,
                    struct ct__pool *pool, ct_frame **out)
{
    struct heif heif = {0};
    struct SwsContext *scaler = NULL;
    int error = open_boxes(&heif, data, size);
    if (error >= 0)
        error = decode(&heif);
    int code;
    if (error < 0)
        code = fail_heif(error, data, scope);
    else
        code = whole ? ct__whole_frame(heif.frame, scope, pool, out)
                     : ct__av_convert(&scaler, heif.frame, true, scope, pool, out);
    sws_freeContext(scaler);
    finish(&heif);
    return code;
}
