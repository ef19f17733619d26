// SPDX-License-Identifier: Apache-2.0
// Reads a clip: packets of one stream into the decoder, pictures out of it. A picture is handed on
// in the decoder's own memory; the clip's failures are kept until what could be decoded is out.
#include "media/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/decoder.h"
#include "media/deinterlace.h"
#include "media/input.h"
#include "media/picture.h"
#include "media/spool.h"

#define SECOND   1000000000
#define MAX_TIME (INT64_MAX / 4)

struct ct__reader {
    struct ct__input input;
    AVStream *stream;
    int sound_index;         // of the stream that the spool gets
    struct ct__spool *spool; // NULL: there is no sound, or nobody wants it
    AVCodecContext *codec;
    AVPacket *packet;
    struct ct__deinterlacer deinterlacer;
    struct ct__outlet outlet;
    int64_t start;    // of the stream, in its time base
    int64_t last_ns;  // time of the last picture
    uint64_t number;  // pictures given
    uint64_t packets; // of the stream, read
    uint64_t damaged; // pictures and packets with errors
    int broken;       // why reading ended early, libav's code; 0: it did not
    bool drained;     // no more packets
    bool ended;
};

static int open_decoder(struct ct__reader *reader, const struct ct__reader_params *params)
{
    const char *scope = reader->input.scope;
    int error = ct__input_video(&reader->input, params->video_stream, &reader->stream);
    if (error)
        return error;
    const AVCodecParameters *parameters = reader->stream->codecpar;
    if (parameters->width <= 0 || parameters->height <= 0)
        return ct__fail(CT_ERROR_FORMAT, scope, "no picture in its video");
    error = ct__picture_check(parameters->width, parameters->height, params->max_pixels, scope);
    return error ? error
                 : ct__decoder_open(&reader->codec, reader->stream->codecpar,
                                    reader->stream->time_base, params->threads, params->max_pixels,
                                    scope);
}

// The sound that a player would choose beside the pictures.
static int open_spool(struct ct__reader *reader, int listeners)
{
    AVFormatContext *format = reader->input.format;
    int index = listeners > 0 ? av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1,
                                                    reader->stream->index, NULL, 0)
                              : -1;
    if (index < 0)
        return CT_OK;
    AVStream *sound = format->streams[index];
    int64_t start =
        reader->stream->start_time == AV_NOPTS_VALUE
            ? 0
            : av_rescale_q(reader->stream->start_time, reader->stream->time_base, sound->time_base);
    sound->discard = AVDISCARD_DEFAULT;
    reader->sound_index = index;
    return ct__spool_create(&reader->spool, sound, start, listeners, reader->input.scope);
}

static int open_reader(struct ct__reader *reader, const char *path,
                       const struct ct__reader_params *params)
{
    int error = ct__input_open(&reader->input, path, params);
    if (!error)
        error = open_decoder(reader, params);
    if (!error)
        error = open_spool(reader, params->listeners);
    if (!error)
        error = ct__outlet_init(&reader->outlet, reader->input.scope, params->max_pixels);
    if (!error)
        error = ct__deinterlacer_init(&reader->deinterlacer, reader->input.scope,
                                      reader->stream->time_base);
    if (error)
        return error;
    reader->packet = av_packet_alloc();
    if (!reader->packet)
        return ct__fail_memory(reader->input.scope);
    reader->start = reader->stream->start_time;
    reader->last_ns = CT_NO_TIME;
    reader->outlet.orientation = ct__input_orientation(reader->stream);
    return CT_OK;
}

int ct__reader_open(struct ct__reader **out, const char *path,
                    const struct ct__reader_params *params)
{
    struct ct__reader *reader = ct__calloc(1, sizeof(*reader));
    if (!reader)
        return ct__fail_memory(path);
    int error = open_reader(reader, path, params ? params : &(struct ct__reader_params){0});
    if (error)
        ct__reader_close(&reader);
    else
        *out = reader;
    return error;
}

// Frames may still be on their way with it.
static void end_spool(struct ct__reader *reader)
{
    if (!reader->spool)
        return;
    struct ct__company *company = ct__spool_company(reader->spool);
    ct__spool_end(reader->spool);
    ct__company_unref(&company);
    reader->spool = NULL;
}

void ct__reader_close(struct ct__reader **reader)
{
    struct ct__reader *closing = *reader;
    if (!closing)
        return;
    end_spool(closing);
    avcodec_free_context(&closing->codec);
    av_packet_free(&closing->packet);
    ct__deinterlacer_finish(&closing->deinterlacer);
    ct__outlet_finish(&closing->outlet);
    ct__input_close(&closing->input);
    ct__free(closing);
    *reader = NULL;
}

void ct__reader_interrupt(struct ct__reader *reader)
{
    atomic_store(&reader->input.interrupted, true);
}

// At what libav calls the end of the file: whether it is one. A demuxer that had more to read says
// so only in its messages; an index knows how many packets there should be.
static bool is_cut(const struct ct__reader *reader)
{
    int indexed = avformat_index_get_entries_count(reader->stream);
    bool whole_index = strstr(reader->input.format->iformat->name, "mp4") != NULL;
    return ct__av_complaint()[0] || (whole_index && reader->packets < (uint64_t)indexed);
}

// Gives the decoder one packet, or tells it that there are no more.
static void feed(struct ct__reader *reader)
{
    AVPacket *packet = reader->packet;
    ct__av_forget();
    int error = av_read_frame(reader->input.format, packet);
    AVIOContext *io = reader->input.format->pb;
    if (error >= 0 && packet->flags & AV_PKT_FLAG_CORRUPT && io && avio_feof(io)) {
        av_packet_unref(packet); // the last one, and only a part of it
        error = AVERROR_INVALIDDATA;
    }
    if (error < 0) {
        if (error != AVERROR_EOF || is_cut(reader))
            reader->broken = error == AVERROR_EOF ? AVERROR_INVALIDDATA : error;
        reader->drained = true;
        if (reader->spool)
            ct__spool_end(reader->spool);
        avcodec_send_packet(reader->codec, NULL);
        return;
    }
    if (packet->stream_index == reader->stream->index) {
        reader->packets++;
        if (avcodec_send_packet(reader->codec, packet) < 0)
            reader->damaged++;
    } else if (reader->spool && packet->stream_index == reader->sound_index) {
        ct__spool_put(reader->spool, packet);
    }
    av_packet_unref(packet);
}

// What is said of a clip once, when nothing more comes out of it.
static int finish(struct ct__reader *reader)
{
    const char *scope = reader->input.scope;
    char reason[128];
    reader->ended = true;
    if (reader->damaged > 0)
        ct__log(CT_LOG_WARN, scope, "%llu damaged pictures", (unsigned long long)reader->damaged);
    if (reader->number == 0)
        return ct__fail(CT_ERROR_FORMAT, scope, "no picture could be decoded");
    if (reader->broken == AVERROR_INVALIDDATA)
        return ct__fail(CT_ERROR_FORMAT, scope, "cut off after %llu frames",
                        (unsigned long long)reader->number);
    if (reader->broken)
        return ct__fail(CT_ERROR_IO, scope, "cannot be read after %llu frames: %s",
                        (unsigned long long)reader->number,
                        ct__av_reason(reader->broken, reason, sizeof(reason)));
    return CT_ERROR_END;
}

// The time that a picture would have if the clip kept its rate.
static int64_t next_time(const struct ct__reader *reader)
{
    int rate, base;
    if (reader->last_ns == CT_NO_TIME)
        return 0;
    ct__reader_rate(reader, &rate, &base);
    return av_sat_add64(reader->last_ns, (int64_t)SECOND * base / rate);
}

// What the file says, even where it jumps; else what its rate says. Damaged files say anything: a
// time of centuries is none.
static int64_t time_of(struct ct__reader *reader, int64_t time, AVRational unit)
{
    static const AVRational nanoseconds = {1, SECOND};
    int64_t next = next_time(reader), here = CT_NO_TIME;
    if (time != AV_NOPTS_VALUE && reader->start == AV_NOPTS_VALUE)
        reader->start = av_sat_sub64(time, av_rescale_q(next, nanoseconds, unit));
    if (time != AV_NOPTS_VALUE)
        here = av_rescale_q(av_sat_sub64(time, reader->start), unit, nanoseconds);
    reader->last_ns = here > -MAX_TIME && here < MAX_TIME ? here : next;
    return reader->last_ns;
}

static int deliver(struct ct__reader *reader, struct ct__pool *pool, struct ct__shell *shell,
                   ct_frame **out)
{
    ct_frame *frame = NULL;
    struct ct_frame_info info = {.number = reader->number,
                                 .pts_ns =
                                     time_of(reader, shell->frame->pts, reader->stream->time_base),
                                 .capture_ns = ct__now_ns(),
                                 .wall_ns = CT_NO_TIME};
    if (shell->frame->flags & AV_FRAME_FLAG_CORRUPT || shell->frame->decode_error_flags)
        reader->damaged++;
    int error = ct__outlet_frame(&reader->outlet, pool, shell, &frame);
    if (error)
        return error;
    ct_frame_set_info(frame, &info);
    if (reader->spool)
        frame->company = ct__company_ref(ct__spool_company(reader->spool));
    reader->number++;
    *out = frame;
    return CT_OK;
}

static int fail_filter(struct ct__reader *reader)
{
    reader->ended = true;
    return ct__fail(CT_ERROR_FORMAT, reader->input.scope, "cannot be deinterlaced");
}

// One step towards the next picture; `frame` is empty before and after.
static void decode(struct ct__reader *reader, AVFrame *frame)
{
    int received = avcodec_receive_frame(reader->codec, frame);
    if (received == 0)
        ct__deinterlacer_send(&reader->deinterlacer, frame);
    else if (received == AVERROR_EOF || (reader->drained && received == AVERROR(EAGAIN)))
        ct__deinterlacer_send(&reader->deinterlacer, NULL);
    else if (received == AVERROR(EAGAIN))
        feed(reader);
    else
        reader->damaged++;
}

int ct__reader_read(struct ct__reader *reader, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__shell *shell = NULL;
    if (reader->ended)
        return CT_ERROR_END;
    int error = ct__shell_take(reader->outlet.shells, &shell);
    if (error)
        return error;
    while (!error) {
        int received = AVERROR(EAGAIN);
        if (ct__input_stopped(&reader->input))
            error = CT_ERROR_STOPPED;
        else
            received = ct__deinterlacer_receive(&reader->deinterlacer, shell->frame);
        if (received == 0)
            return deliver(reader, pool, shell, frame);
        if (received == AVERROR_EOF)
            error = finish(reader);
        else if (received != AVERROR(EAGAIN))
            error = fail_filter(reader);
        else if (!error)
            decode(reader, shell->frame);
    }
    ct__shell_release(shell);
    return error;
}

double ct__reader_expected(const struct ct__reader *reader)
{
    const AVStream *stream = reader->stream;
    int64_t duration = reader->input.format->duration;
    if (stream->nb_frames > 0)
        return (double)stream->nb_frames;
    if (duration <= 0 || stream->avg_frame_rate.num <= 0 || stream->avg_frame_rate.den <= 0)
        return 0;
    return (double)duration / AV_TIME_BASE * av_q2d(stream->avg_frame_rate);
}

void ct__reader_rate(const struct ct__reader *reader, int *numerator, int *denominator)
{
    AVRational rate = reader->stream->avg_frame_rate;
    bool known = rate.num > 0 && rate.den > 0;
    *numerator = known ? rate.num : 25;
    *denominator = known ? rate.den : 1;
}
