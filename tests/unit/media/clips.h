// SPDX-License-Identifier: Apache-2.0
// Clips with every oddity that a container or codec can have, made with libav itself: what our own
// writer never writes.
#ifndef CT_TESTS_MEDIA_CLIPS_H
#define CT_TESTS_MEDIA_CLIPS_H

#include "samples.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

enum { VIDEOS = 2 };

// One clip. Zero is a plain one: FFV1, 4:2:0, 64 x 48, 25 frames a second.
struct clip {
    const char *path, *muxer, *encoder, *format; // "matroska", "ffv1", "yuv420p"
    int width, height, frames;
    int videos;            // so many video streams, the second half as wide
    int cover;             // a cover picture in front
    const int64_t *times;  // of each frame in ms; NULL: 40 apart
    const int32_t *matrix; // display matrix
    const char *options;   // of the muxer, "key=value:key=value"
    int interlaced;        // frames of two fields, the top one first
    int start_ms;          // added to all times
};

struct clip_video {
    AVCodecContext *codec;
    AVStream *stream;
};

// A sample that tells its place and frame in any depth: a ramp that fits in 7 bits of 8.
static inline int clip_sample(int plane, int x, int y, int frame)
{
    return 16 + (plane * 40 + x + 2 * y + 3 * frame) % 128;
}

static inline void clip_fill(AVFrame *frame, int number)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    for (int plane = 0; plane < format->nb_components; plane++) {
        bool chroma = plane == 1 || plane == 2;
        int width = AV_CEIL_RSHIFT(frame->width, chroma ? format->log2_chroma_w : 0);
        int height = AV_CEIL_RSHIFT(frame->height, chroma ? format->log2_chroma_h : 0);
        int shift = format->comp[plane].depth - 8;
        for (int y = 0; y < height; y++) {
            uint8_t *row = frame->data[plane] + y * frame->linesize[plane];
            for (int x = 0; x < width; x++) {
                int value = clip_sample(plane, x, y, number);
                if (shift > 0)
                    ((uint16_t *)row)[x] = (uint16_t)(value << shift);
                else
                    row[x] = (uint8_t)value;
            }
        }
    }
}

static inline void clip_drain(AVFormatContext *format, struct clip_video *video)
{
    AVPacket *packet = av_packet_alloc();
    while (avcodec_receive_packet(video->codec, packet) == 0) {
        packet->stream_index = video->stream->index;
        av_packet_rescale_ts(packet, video->codec->time_base, video->stream->time_base);
        assert_true(av_interleaved_write_frame(format, packet) >= 0);
    }
    av_packet_free(&packet);
}

static inline void clip_open_video(const struct clip *clip, AVFormatContext *format, int number,
                                   struct clip_video *video)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name(clip->encoder ? clip->encoder : "ffv1");
    assert_non_null(encoder);
    AVCodecContext *codec = video->codec = avcodec_alloc_context3(encoder);
    codec->width = (clip->width ? clip->width : 64) >> number;
    codec->height = clip->height ? clip->height : 48;
    codec->pix_fmt = av_get_pix_fmt(clip->format ? clip->format : "yuv420p");
    codec->time_base = (AVRational){1, 1000};
    codec->framerate = (AVRational){25, 1};
    codec->thread_count = 1;
    codec->bit_rate = 2000000;
    if (strcmp(encoder->name, "mpeg2video") == 0)
        codec->time_base = (AVRational){1, 25};
    if (clip->interlaced)
        codec->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    if (format->oformat->flags & AVFMT_GLOBALHEADER)
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    assert_int_equal(avcodec_open2(codec, encoder, NULL), 0);
    video->stream = avformat_new_stream(format, NULL);
    video->stream->time_base = codec->time_base;
    video->stream->avg_frame_rate = codec->framerate;
    avcodec_parameters_from_context(video->stream->codecpar, codec);
    if (clip->matrix)
        memcpy(av_stream_new_side_data(video->stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * 4),
               clip->matrix, 9 * 4);
}

// Two fields of two moments, each flat and of a brightness of its own.
static inline void clip_weave(AVFrame *frame, int number)
{
    for (int y = 0; y < frame->height; y++)
        memset(frame->data[0] + y * frame->linesize[0], 40 + (2 * number + y % 2) * 53 % 160,
               (size_t)frame->width);
}

static inline void clip_write_frame(const struct clip *clip, struct clip_video *video, int number)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = video->codec->pix_fmt;
    frame->width = video->codec->width;
    frame->height = video->codec->height;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    clip_fill(frame, number);
    if (clip->interlaced)
        clip_weave(frame, number);
    int64_t time = clip->start_ms + (clip->times ? clip->times[number] : number * 40);
    frame->pts = av_rescale_q(time, (AVRational){1, 1000}, video->codec->time_base);
    frame->interlaced_frame = clip->interlaced;
    frame->top_field_first = clip->interlaced;
    assert_int_equal(avcodec_send_frame(video->codec, frame), 0);
    av_frame_free(&frame);
}

// A stream whose one packet is a picture, marked as the cover of an album is.
static inline AVStream *clip_add_cover(AVFormatContext *format)
{
    AVStream *stream = avformat_new_stream(format, NULL);
    stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_PNG;
    stream->codecpar->width = 200;
    stream->codecpar->height = 100;
    stream->time_base = (AVRational){1, 1000};
    return stream;
}

static inline void clip_write_cover(AVFormatContext *format, AVStream *stream)
{
    size_t size;
    write_picture(in_folder("cover.png"), ".png", CT_FORMAT_RGB, 200, 100);
    uint8_t *data = read_bytes(in_folder("cover.png"), &size);
    AVPacket *packet = av_packet_alloc();
    assert_int_equal(av_new_packet(packet, (int)size), 0);
    memcpy(packet->data, data, size);
    free(data);
    packet->stream_index = stream->index;
    packet->pts = packet->dts = 0;
    packet->flags = AV_PKT_FLAG_KEY;
    assert_true(av_interleaved_write_frame(format, packet) >= 0);
    av_packet_free(&packet);
}

static inline void make_clip(const struct clip *clip)
{
    AVFormatContext *format = NULL;
    AVDictionary *options = NULL;
    struct clip_video videos[VIDEOS] = {0};
    int count = clip->videos ? clip->videos : 1, frames = clip->frames ? clip->frames : 5;
    const char *muxer = clip->muxer ? clip->muxer : "matroska";
    assert_true(avformat_alloc_output_context2(&format, NULL, muxer, clip->path) >= 0);
    AVStream *cover = clip->cover ? clip_add_cover(format) : NULL;
    for (int i = 0; i < count; i++)
        clip_open_video(clip, format, i, &videos[i]);
    av_dict_parse_string(&options, clip->options, "=", ":", 0);
    assert_true(avio_open(&format->pb, clip->path, AVIO_FLAG_WRITE) >= 0);
    assert_true(avformat_write_header(format, &options) >= 0);
    av_dict_free(&options);
    if (cover)
        clip_write_cover(format, cover);
    for (int n = 0; n <= frames; n++) {
        for (int i = 0; i < count; i++) {
            if (n < frames)
                clip_write_frame(clip, &videos[i], n);
            else
                avcodec_send_frame(videos[i].codec, NULL);
            clip_drain(format, &videos[i]);
        }
    }
    assert_int_equal(av_write_trailer(format), 0);
    for (int i = 0; i < count; i++)
        avcodec_free_context(&videos[i].codec);
    avio_closep(&format->pb);
    avformat_free_context(format);
}

#endif
