// SPDX-License-Identifier: Apache-2.0
// What a media file is, from its headers, for ct_media_read().
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <libavutil/pixdesc.h>
#include <libavutil/samplefmt.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "media/input.h"
#include "media/picture.h"

enum { PICTURE_HEAD = 16 };

static int degrees(int orientation)
{
    switch (orientation) {
    case 3:
        return 180;
    case 6:
        return 90;
    case 8:
        return 270;
    default:
        return 0;
    }
}

static void copy_name(char *to, size_t size, const char *name)
{
    ct__copy_text(to, size, name ? name : "");
}

static double rate_of(const AVStream *stream)
{
    AVRational rate = stream->avg_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

static void describe(const AVStream *stream, struct ct_media_stream *out)
{
    const AVCodecParameters *parameters = stream->codecpar;
    bool video = parameters->codec_type == AVMEDIA_TYPE_VIDEO;
    bool audio = parameters->codec_type == AVMEDIA_TYPE_AUDIO;
    copy_name(out->kind, sizeof(out->kind), av_get_media_type_string(parameters->codec_type));
    copy_name(out->codec, sizeof(out->codec), avcodec_get_name(parameters->codec_id));
    if (video)
        copy_name(out->format, sizeof(out->format), av_get_pix_fmt_name(parameters->format));
    if (audio)
        copy_name(out->format, sizeof(out->format), av_get_sample_fmt_name(parameters->format));
    out->width = video ? parameters->width : 0;
    out->height = video ? parameters->height : 0;
    out->rotation = video ? degrees(ct__input_orientation(stream)) : 0;
    out->rate = video ? rate_of(stream) : 0;
    out->frames = stream->nb_frames > 0 ? stream->nb_frames : 0;
    if (stream->duration > 0)
        out->duration_s = (double)stream->duration * av_q2d(stream->time_base);
}

int ct__reader_info(const char *path, struct ct_media_info *info)
{
    struct ct__input input;
    struct stat status;
    int error = ct__input_open(&input, path, NULL);
    if (error)
        return error;
    const AVFormatContext *format = input.format;
    struct ct_media_info found = {.bytes = -1};
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
        found.bytes = status.st_size;
    copy_name(found.container, sizeof(found.container), format->iformat->name);
    if (format->duration > 0)
        found.duration_s = (double)format->duration / AV_TIME_BASE;
    for (unsigned i = 0; i < format->nb_streams && found.stream_count < CT_MEDIA_STREAMS; i++)
        describe(format->streams[i], &found.streams[found.stream_count++]);
    ct__input_close(&input);
    *info = found;
    return CT_OK;
}

static int read_picture(const char *path, struct ct_media_info *info)
{
    uint8_t *data = NULL;
    size_t size = 0;
    struct ct__picture_header header;
    int error = ct__file_read(path, (size_t)1 << 30, &data, &size);
    if (!error)
        error = ct__picture_header(data, size, path, &header);
    ct__free(data);
    if (error)
        return error;
    *info = (struct ct_media_info){.bytes = (int64_t)size, .is_picture = 1, .stream_count = 1};
    struct ct_media_stream *stream = &info->streams[0];
    copy_name(info->container, sizeof(info->container), header.container);
    copy_name(stream->kind, sizeof(stream->kind), "video");
    copy_name(stream->codec, sizeof(stream->codec), header.container);
    stream->width = header.width;
    stream->height = header.height;
    stream->rotation = degrees(header.orientation);
    stream->frames = 1;
    return CT_OK;
}

static bool is_picture(const char *path)
{
    uint8_t head[PICTURE_HEAD];
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode))
        return false;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    size_t count = fread(head, 1, sizeof(head), file);
    rewind(file);
    bool clip = ct__gif_moves(file);
    fclose(file);
    return !clip && ct__picture_sniff(head, count) != CT__PICTURE_NONE;
}

int ct_media_read(const char *input, struct ct_media_info *info)
{
    if (!input || !info)
        return ct__fail(CT_ERROR_INVALID, "media", "ct_media_read() needs an input and an info");
    return is_picture(input) ? read_picture(input, info) : ct__reader_info(input, info);
}

void ct__media_versions(char *text, size_t size)
{
    unsigned format = avformat_version(), codec = avcodec_version();
    snprintf(text, size, "libavformat %u.%u.%u, libavcodec %u.%u.%u", AV_VERSION_MAJOR(format),
             AV_VERSION_MINOR(format), AV_VERSION_MICRO(format), AV_VERSION_MAJOR(codec),
             AV_VERSION_MINOR(codec), AV_VERSION_MICRO(codec));
}
