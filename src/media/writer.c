// SPDX-License-Identifier: Apache-2.0
// Writes a clip: pictures into an encoder, packets into a container. The first failure is kept: the
// file is then closed without a word more, and the close answers with it.
#include "media/writer.h"

#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/av.h"
#include "media/sound.h"

enum { CLOCK = 90000 };

static const AVRational tick = {1, CLOCK}, nanosecond = {1, 1000000000};

struct ct__writer {
    char *scope; // of errors
    AVFormatContext *format;
    AVCodecContext *codec;
    AVStream *stream, *sound_stream; // of sound: NULL if there is none
    struct ct__sound *sound;         // being copied, or NULL
    int64_t sound_ns, sound_last;    // where its clip begins; time of the last packet
    AVFrame *frame;
    AVPacket *packet;
    struct SwsContext *scaler; // of pictures with alpha
    AVRational rate;
    int64_t last; // time of the last picture in CLOCK, -1 before the first
    int error;    // the first failure
    bool sounded; // some sound was copied
    bool begun;   // the header is written: a trailer has to follow
};

// A container by the ending of its name, and what its pictures are encoded with.
struct container {
    const char *ending, *muxer, *encoder;
    enum AVCodecID codec;
    enum AVPixelFormat pixels;
};

static const struct container containers[] = {
    {".mp4", "mp4", "libx264", AV_CODEC_ID_H264, AV_PIX_FMT_YUV420P},
    {".mov", "mov", "prores_ks", AV_CODEC_ID_PRORES, AV_PIX_FMT_YUV422P10},
    {".mkv", "matroska", "libx264", AV_CODEC_ID_H264, AV_PIX_FMT_YUV420P},
    {".webm", "webm", "libvpx-vp9", AV_CODEC_ID_VP9, AV_PIX_FMT_YUV420P},
    {NULL, NULL, NULL, AV_CODEC_ID_NONE, AV_PIX_FMT_NONE},
};

// The same for pictures with alpha.
static const struct container alpha_containers[] = {
    {".mov", "mov", "prores_ks", AV_CODEC_ID_PRORES, AV_PIX_FMT_YUVA444P10},
    {".webm", "webm", "libvpx-vp9", AV_CODEC_ID_VP9, AV_PIX_FMT_YUVA420P},
    {NULL, NULL, NULL, AV_CODEC_ID_NONE, AV_PIX_FMT_NONE},
};

static int keep(struct ct__writer *writer, int error)
{
    if (error && !writer->error)
        writer->error = error;
    return error;
}

static int fail_libav(struct ct__writer *writer, int error, const char *what)
{
    char reason[128];
    if (error == AVERROR(ENOMEM))
        return keep(writer, ct__fail_memory(writer->scope));
    return keep(writer, ct__fail(CT_ERROR_IO, writer->scope, "%s: %s", what,
                                 ct__av_reason(error, reason, sizeof(reason))));
}

static int find_container(const char *scope, const char *ending, bool alpha,
                          const struct container **out)
{
    const struct container *row = alpha ? alpha_containers : containers;
    while (row->ending && !(ending && ct__ends_with(ending, row->ending)))
        row++;
    if (!row->ending && alpha)
        return ct__fail(CT_ERROR_INVALID, scope, "%s: video with alpha is written as .mov or .webm",
                        ending ? ending : "");
    if (!row->ending)
        return ct__fail(CT_ERROR_INVALID, scope,
                        "%s: video is written as .mp4, .mov, .mkv or .webm", ending ? ending : "");
    *out = row;
    return CT_OK;
}

static enum AVColorSpace space_of(enum ct_matrix matrix, int height)
{
    switch (matrix) {
    case CT_MATRIX_BT601:
        return AVCOL_SPC_SMPTE170M;
    case CT_MATRIX_BT2020:
        return AVCOL_SPC_BT2020_NCL;
    case CT_MATRIX_BT709:
        return AVCOL_SPC_BT709;
    default:
        return height < 720 ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709;
    }
}

// Primaries and transfer are not known: the matrix alone is what frames carry.
static void set_colour(AVCodecContext *codec, const struct ct__writer_params *params)
{
    bool full = params->range == CT_RANGE_FULL;
    codec->colorspace = space_of(params->matrix, params->height);
    codec->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

static void set_quality(AVCodecContext *codec)
{
    if (codec->codec_id == AV_CODEC_ID_VP9) {
        av_opt_set(codec->priv_data, "deadline", "realtime", 0);
        av_opt_set_int(codec->priv_data, "cpu-used", 6, 0);
        av_opt_set_int(codec->priv_data, "crf", 32, 0);
        codec->bit_rate = 0;
        return;
    }
    if (codec->codec_id == AV_CODEC_ID_PRORES) { // 422 HQ, which all editors take, or 4444
        bool alpha = codec->pix_fmt == AV_PIX_FMT_YUVA444P10;
        codec->profile = alpha ? FF_PROFILE_PRORES_4444 : FF_PROFILE_PRORES_HQ;
        av_opt_set_int(codec->priv_data, "profile", codec->profile, 0);
        av_opt_set(codec->priv_data, "vendor", "apl0", 0);
        return;
    }
    // An encoder that is not x264 ignores what it does not know and keeps to the bit rate.
    codec->bit_rate = (int64_t)codec->width * codec->height * 4;
    if (av_opt_set(codec->priv_data, "preset", "veryfast", 0) == 0 &&
        av_opt_set(codec->priv_data, "crf", "20", 0) == 0)
        codec->bit_rate = 0;
}

static int open_encoder(struct ct__writer *writer, const struct container *container,
                        const struct ct__writer_params *params)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name(container->encoder);
    if (!encoder)
        encoder = avcodec_find_encoder(container->codec);
    if (!encoder)
        return ct__fail(CT_ERROR_UNSUPPORTED, writer->scope, "no encoder %s in this libavcodec",
                        container->encoder);
    AVCodecContext *codec = writer->codec = avcodec_alloc_context3(encoder);
    if (!codec)
        return ct__fail_memory(writer->scope);
    codec->width = params->width & ~1;
    codec->height = params->height & ~1;
    codec->pix_fmt = container->pixels;
    codec->time_base = tick;
    codec->framerate = writer->rate;
    codec->thread_count = params->threads > 1 ? params->threads : 1;
    codec->flags |= AV_CODEC_FLAG_BITEXACT;
    if (writer->format->oformat->flags & AVFMT_GLOBALHEADER)
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colour(codec, params);
    set_quality(codec);
    int error = avcodec_open2(codec, encoder, NULL);
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(writer->scope);
    if (error < 0)
        return ct__fail(CT_ERROR_UNSUPPORTED, writer->scope, "encoder %s refuses %d x %d",
                        encoder->name, codec->width, codec->height);
    return CT_OK;
}

static int open_file(struct ct__writer *writer, const char *path)
{
    char *name = ct__av_file_name(path);
    if (!name)
        return ct__fail_memory(writer->scope);
    int error = avio_open(&writer->format->pb, name, AVIO_FLAG_WRITE);
    ct__free(name);
    if (error < 0)
        return fail_libav(writer, error, "cannot be written");
    writer->stream->time_base = writer->codec->time_base;
    writer->stream->avg_frame_rate = writer->rate;
    error = avcodec_parameters_from_context(writer->stream->codecpar, writer->codec);
    if (error >= 0)
        error = avformat_write_header(writer->format, NULL);
    if (error < 0)
        return fail_libav(writer, error, "cannot be written");
    writer->begun = true;
    return CT_OK;
}

static int make_frame(struct ct__writer *writer)
{
    writer->packet = av_packet_alloc();
    AVFrame *frame = writer->frame = av_frame_alloc();
    if (!frame || !writer->packet)
        return ct__fail_memory(writer->scope);
    frame->format = writer->codec->pix_fmt;
    frame->width = writer->codec->width;
    frame->height = writer->codec->height;
    frame->colorspace = writer->codec->colorspace;
    frame->color_range = writer->codec->color_range;
    return av_frame_get_buffer(frame, 0) < 0 ? ct__fail_memory(writer->scope) : CT_OK;
}

// A container that cannot hold the sound does without; ct__writer_sound() says so.
static int add_sound(struct ct__writer *writer, const struct ct__sound *sound)
{
    AVFormatContext *format = writer->format;
    if (!sound || !ct__sound_may_join(sound, format))
        return CT_OK;
    writer->sound_stream = ct__sound_add(sound, format);
    return writer->sound_stream ? CT_OK : ct__fail_memory(writer->scope);
}

static int open_writer(struct ct__writer *writer, const char *path,
                       const struct container *container, const struct ct__writer_params *params)
{
    writer->rate = (AVRational){params->rate_num, params->rate_den};
    if (params->rate_num <= 0 || params->rate_den <= 0)
        writer->rate = (AVRational){25, 1};
    int error = avformat_alloc_output_context2(&writer->format, NULL, container->muxer, NULL);
    if (error < 0)
        return ct__fail(CT_ERROR_UNSUPPORTED, writer->scope, "no %s in this libavformat",
                        container->muxer);
    writer->format->flags |= AVFMT_FLAG_BITEXACT;
    writer->stream = avformat_new_stream(writer->format, NULL);
    if (!writer->stream)
        return ct__fail_memory(writer->scope);
    error = open_encoder(writer, container, params);
    if (!error)
        error = make_frame(writer);
    if (!error)
        error = add_sound(writer, params->sound);
    return error ? error : open_file(writer, path);
}

static void destroy(struct ct__writer *writer)
{
    if (writer->format)
        avio_closep(&writer->format->pb);
    avcodec_free_context(&writer->codec);
    avformat_free_context(writer->format);
    av_frame_free(&writer->frame);
    av_packet_free(&writer->packet);
    sws_freeContext(writer->scaler);
    ct__free(writer->scope);
    ct__free(writer);
}

int ct__writer_open(struct ct__writer **out, const char *path,
                    const struct ct__writer_params *params)
{
    ct__av_begin();
    const struct container *container = NULL;
    const char *scope = params->scope ? params->scope : path;
    if (params->width < 2 || params->height < 2 || params->width > 65535 || params->height > 65535)
        return ct__fail(CT_ERROR_INVALID, scope, "%d x %d: expected 2 to 65535 each way",
                        params->width, params->height);
    int error = find_container(scope, params->container, params->alpha, &container);
    if (error)
        return error;
    struct ct__writer *writer = ct__calloc(1, sizeof(*writer));
    if (!writer)
        return ct__fail_memory(scope);
    writer->last = -1;
    writer->sound_last = INT64_MIN;
    writer->scope = ct__strdup(scope);
    if (writer->scope)
        error = open_writer(writer, path, container, params);
    else
        error = ct__fail_memory(scope);
    if (error)
        destroy(writer);
    else
        *out = writer;
    return error;
}

// Takes what the encoder has ready to the file.
static int drain(struct ct__writer *writer)
{
    for (;;) {
        int error = avcodec_receive_packet(writer->codec, writer->packet);
        if (error == AVERROR(EAGAIN) || error == AVERROR_EOF)
            return CT_OK;
        if (error < 0)
            return fail_libav(writer, error, "cannot be encoded");
        av_packet_rescale_ts(writer->packet, writer->codec->time_base, writer->stream->time_base);
        writer->packet->stream_index = 0;
        error = av_interleaved_write_frame(writer->format, writer->packet);
        if (error >= 0)
            error = writer->format->pb->error;
        if (error < 0)
            return fail_libav(writer, error, "cannot be written");
    }
}

static int64_t next_time(const struct ct__writer *writer, int64_t pts_ns)
{
    int64_t time = writer->last;
    if (pts_ns != CT_NO_TIME)
        time = av_rescale_q(pts_ns, nanosecond, tick);
    if (time > writer->last)
        return time;
    int64_t step = av_rescale_q(1, av_inv_q(writer->rate), tick);
    return writer->last < 0 ? 0 : writer->last + (step > 0 ? step : 1);
}

// Widens a row to 10 bits.
static void widen(uint16_t *to, const uint8_t *from, int count)
{
    for (int x = 0; x < count; x++)
        to[x] = (uint16_t)(from[x] << 2);
}

// Copies the planes; 4:2:2 has each row of chroma twice.
static void fill(AVFrame *frame, const struct ct_picture *picture)
{
    bool wide = frame->format == AV_PIX_FMT_YUV422P10;
    for (int plane = 0; plane < 3; plane++) {
        int width = plane ? frame->width / 2 : frame->width;
        int height = plane && !wide ? frame->height / 2 : frame->height;
        for (int y = 0; y < height; y++) {
            uint8_t *to = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
            int row = plane && wide ? y / 2 : y;
            const uint8_t *from = picture->data[plane] + row * picture->stride[plane];
            if (wide)
                widen((uint16_t *)(void *)to, from, width);
            else
                memcpy(to, from, (size_t)width);
        }
    }
}

static bool has_alpha(const struct ct__writer *writer)
{
    return writer->codec->pix_fmt == AV_PIX_FMT_YUVA444P10 ||
           writer->codec->pix_fmt == AV_PIX_FMT_YUVA420P;
}

// Converts RGBA to the encoder's planes, in its matrix and range.
static int fill_alpha(struct ct__writer *writer, const struct ct_picture *picture)
{
    AVFrame *frame = writer->frame;
    if (!writer->scaler) {
        writer->scaler = sws_getContext(frame->width, frame->height, AV_PIX_FMT_RGBA, frame->width,
                                        frame->height, frame->format,
                                        SWS_BILINEAR | SWS_ACCURATE_RND, NULL, NULL, NULL);
        if (!writer->scaler)
            return keep(writer, ct__fail_memory(writer->scope));
        const int *matrix = sws_getCoefficients((int)frame->colorspace);
        sws_setColorspaceDetails(writer->scaler, matrix, 1, matrix,
                                 frame->color_range == AVCOL_RANGE_JPEG, 0, 1 << 16, 1 << 16);
    }
    const uint8_t *const data[4] = {picture->data[0]};
    const int stride[4] = {(int)picture->stride[0]};
    sws_scale(writer->scaler, data, stride, 0, frame->height, frame->data, frame->linesize);
    return CT_OK;
}

// Copies the sound before this time of the file.
static int copy_sound(struct ct__writer *writer, int64_t until_ns)
{
    if (!writer->sound || writer->error)
        return writer->error;
    int error = ct__sound_copy(writer->sound, writer->format, writer->sound_stream,
                               &writer->sound_last, writer->sound_ns, until_ns);
    if (error >= 0)
        error = writer->format->pb->error;
    return error < 0 ? fail_libav(writer, error, "cannot be written") : CT_OK;
}

int ct__writer_write(struct ct__writer *writer, const struct ct_picture *picture, int64_t pts_ns)
{
    AVFrame *frame = writer->frame;
    if (writer->error)
        return writer->error;
    enum ct_format format = has_alpha(writer) ? CT_FORMAT_RGBA : CT_FORMAT_I420;
    if (picture->format != format || (picture->width & ~1) != frame->width ||
        (picture->height & ~1) != frame->height)
        return ct__fail(CT_ERROR_INVALID, writer->scope,
                        "a picture of %d x %d does not fit %d x %d", picture->width,
                        picture->height, frame->width, frame->height);
    if (av_frame_make_writable(frame) < 0)
        return keep(writer, ct__fail_memory(writer->scope));
    if (format == CT_FORMAT_I420)
        fill(frame, picture);
    else if (fill_alpha(writer, picture))
        return writer->error;
    frame->pts = next_time(writer, pts_ns);
    writer->last = frame->pts;
    int error = avcodec_send_frame(writer->codec, frame);
    if (error < 0)
        return fail_libav(writer, error, "cannot be encoded");
    error = drain(writer);
    return error ? error : copy_sound(writer, av_rescale_q(writer->last, tick, nanosecond));
}

bool ct__writer_sound(struct ct__writer *writer, struct ct__sound *sound, int64_t at_ns)
{
    copy_sound(writer, at_ns);
    writer->sound = NULL;
    if (!sound)
        return false;
    const char *obstacle =
        ct__sound_obstacle(sound, writer->format, writer->sound_stream, writer->sounded);
    if (obstacle) {
        ct__log(CT_LOG_WARN, writer->scope, "sound (%s) is left out: %s", ct__sound_codec(sound),
                obstacle);
        return false;
    }
    writer->sound = sound;
    writer->sounded = true;
    writer->sound_ns = at_ns;
    return true;
}

// The trailer is written even after a failure, since libav frees with it; its result is then moot.
static void finish(struct ct__writer *writer)
{
    if (!writer->error && avcodec_send_frame(writer->codec, NULL) >= 0)
        drain(writer);
    int error = av_write_trailer(writer->format);
    if (error >= 0)
        error = writer->format->pb->error;
    int closed = avio_closep(&writer->format->pb);
    if (error >= 0)
        error = closed;
    if (error < 0 && !writer->error)
        fail_libav(writer, error, "cannot be written");
}

int ct__writer_close(struct ct__writer **writer)
{
    struct ct__writer *closing = *writer;
    *writer = NULL;
    if (!closing)
        return CT_OK;
    if (closing->begun)
        finish(closing);
    int error = closing->error;
    destroy(closing);
    return error;
}
