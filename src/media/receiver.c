// SPDX-License-Identifier: Apache-2.0
// A live stream by an address: how it is opened and read, and when its packets came.
#include "media/receiver.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/assembler.h"
#include "media/decoder.h"
#include "media/follower.h"
#include "media/input.h"
#include "media/timeline.h"

enum { TIMEOUT_MS = 5000, SOCKET_BYTES = 1 << 20 };

static const int64_t millisecond_ns = 1000000, most_silent_ns = INT64_C(500000000);

struct ct__receiver {
    struct ct__input input;
    struct ct__receiver_params params;
    AVStream *stream;
    AVPacket *packet;
    AVPacket *picture;              // of the assembler
    struct ct__assembler assembler; // in use where libav gives pieces of pictures
    bool pieces;
    struct ct__timeline timeline;
    struct ct__follower follower;
};

// ---- opening

static int set_options(AVDictionary **options, const struct ct__receiver *receiver, bool rtsp,
                       bool tcp)
{
    int error = ct__input_allow(options, false);
    int64_t timeout_us = receiver->params.timeout_ms * 1000;
    if (error || !rtsp)
        return error;
    // Room for one packet to come late: only with it libav notices that packets are missing.
    const struct {
        const char *name, *value;
    } rows[] = {{"rtsp_transport", tcp ? "tcp" : "udp"},
                {"allowed_media_types", "video"},
                {"reorder_queue_size", tcp ? "2" : "500"}};
    for (size_t i = 0; !error && i < FF_ARRAY_ELEMS(rows); i++)
        error = av_dict_set(options, rows[i].name, rows[i].value, 0) < 0;
    error = error || av_dict_set_int(options, "timeout", timeout_us, 0) < 0 ||
            av_dict_set_int(options, "buffer_size", SOCKET_BYTES, 0) < 0;
    return error ? CT_ERROR_MEMORY : CT_OK;
}

static void set_deadline(struct ct__receiver *receiver)
{
    receiver->input.deadline_ns = ct__now_ns() + receiver->params.timeout_ms * millisecond_ns;
}

static int fail_late(const struct ct__receiver *receiver)
{
    return ct__fail(CT_ERROR_IO, receiver->input.scope, "nothing came for %lld ms",
                    (long long)receiver->params.timeout_ms);
}

// What ended a call of libav, as a code of ours. `doing` is what failed.
static int explain(const struct ct__receiver *receiver, int error, const char *doing)
{
    char reason[128];
    if (ct__input_stopped(&receiver->input))
        return CT_ERROR_STOPPED;
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(receiver->input.scope);
    if (ct__input_late(&receiver->input) || error == AVERROR(ETIMEDOUT))
        return fail_late(receiver);
    return ct__fail(error == AVERROR_HTTP_NOT_FOUND ? CT_ERROR_NOT_FOUND : CT_ERROR_IO,
                    receiver->input.scope, "%s: %s", doing,
                    ct__av_reason(error, reason, sizeof(reason)));
}

// One way to open it; a code of libav.
static int try_open(struct ct__receiver *receiver, const char *address, bool rtsp, bool tcp)
{
    struct ct__input *input = &receiver->input;
    AVDictionary *options = NULL;
    int error = AVERROR(ENOMEM);
    set_deadline(receiver);
    ct__av_forget();
    if (set_options(&options, receiver, rtsp, tcp) == CT_OK)
        error = avformat_open_input(&input->format, address,
                                    rtsp ? av_find_input_format("rtsp") : NULL, &options);
    av_dict_free(&options);
    return error;
}

static int begin(struct ct__receiver *receiver, const char *address)
{
    struct ct__reader_params params = {.max_pixels = receiver->params.max_pixels,
                                       .stop = receiver->params.stop};
    return ct__input_begin(&receiver->input, address, &params);
}

static int open_address(struct ct__receiver *receiver, const char *address)
{
    bool rtsp = strncmp(address, "rtsp", 4) == 0;
    enum ct_transport transport = receiver->params.transport;
    set_deadline(receiver);
    int unresolved = ct__input_resolve(&receiver->input, address);
    if (unresolved)
        return unresolved;
    int error = try_open(receiver, address, rtsp, transport != CT_TRANSPORT_UDP);
    bool refused = error == AVERROR(EPROTONOSUPPORT) || error == AVERROR_HTTP_OTHER_4XX;
    if (rtsp && refused && transport == CT_TRANSPORT_AUTO) {
        ct__log(CT_LOG_INFO, receiver->input.scope, "refuses TCP: trying UDP");
        ct__input_close(&receiver->input); // a failed open has freed the format
        int begun = begin(receiver, address);
        if (begun)
            return begun;
        error = try_open(receiver, address, rtsp, false);
    }
    return error < 0 ? explain(receiver, error, "cannot be opened") : CT_OK;
}

// Whether the description leaves open what the video is.
static bool must_probe(const struct ct__input *input)
{
    for (unsigned i = 0; i < input->format->nb_streams; i++) {
        const AVCodecParameters *parameters = input->format->streams[i]->codecpar;
        if (parameters->codec_type == AVMEDIA_TYPE_VIDEO &&
            parameters->codec_id != AV_CODEC_ID_NONE)
            return false;
    }
    return true;
}

static int open_decoder(struct ct__receiver *receiver)
{
    return ct__decoder_open(&receiver->follower.codec, receiver->stream->codecpar,
                            ct__follower_unit, 0, receiver->params.max_pixels,
                            receiver->input.scope);
}

// From here on libav gives what packets bring as it comes, where pictures are put together here.
static int open_assembler(struct ct__receiver *receiver)
{
    const AVCodecParameters *parameters = receiver->stream->codecpar;
    AVFormatContext *format = receiver->input.format;
    if (strcmp(format->iformat->name, "rtsp") != 0 || !ct__assembler_knows(parameters->codec_id))
        return CT_OK;
    format->flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
    receiver->pieces = true;
    return ct__assembler_init(&receiver->assembler, parameters, receiver->input.scope);
}

static int open_receiver(struct ct__receiver *receiver, const char *address)
{
    int error = begin(receiver, address);
    const char *scope = receiver->input.scope;
    if (!error)
        error = open_address(receiver, address);
    scope = receiver->input.scope;
    bool probes = !error && must_probe(&receiver->input);
    if (probes) {
        int found = ct__input_probe(&receiver->input);
        error = found < 0 ? explain(receiver, found, "cannot be read") : CT_OK;
    }
    if (!error)
        error = ct__input_video(&receiver->input, receiver->params.video_stream, &receiver->stream);
    if (!error)
        error = open_decoder(receiver);
    if (!error && !probes) // else libav's parser is at work already
        error = open_assembler(receiver);
    if (!error)
        error = ct__follower_init(&receiver->follower, scope, receiver->params.max_pixels,
                                  receiver->params.fps, receiver->params.phase);
    if (error)
        return error;
    receiver->packet = av_packet_alloc();
    receiver->picture = av_packet_alloc();
    return receiver->packet && receiver->picture ? CT_OK : ct__fail_memory(scope);
}

int ct__receiver_open(struct ct__receiver **out, const char *address,
                      const struct ct__receiver_params *params)
{
    struct ct__receiver *receiver = ct__calloc(1, sizeof(*receiver));
    if (!receiver)
        return ct__fail_memory("media");
    receiver->params = *params;
    if (params->timeout_ms <= 0)
        receiver->params.timeout_ms = TIMEOUT_MS;
    int error = open_receiver(receiver, address);
    if (error)
        ct__receiver_close(&receiver);
    else
        *out = receiver;
    return error;
}

void ct__receiver_close(struct ct__receiver **receiver)
{
    struct ct__receiver *closing = *receiver;
    if (!closing)
        return;
    av_packet_free(&closing->packet);
    av_packet_free(&closing->picture);
    ct__assembler_finish(&closing->assembler);
    ct__follower_finish(&closing->follower);
    ct__input_close(&closing->input);
    ct__free(closing);
    *receiver = NULL;
}

// ---- packets

static int64_t time_of(const AVPacket *packet)
{
    return packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

// When a picture came, and its time in ours; libav's decoder sees no other.
static struct ct_frame_info place(struct ct__receiver *receiver, int64_t said, int64_t arrived_ns)
{
    int64_t time_ns = CT_NO_TIME;
    bool jumped;
    if (said != AV_NOPTS_VALUE)
        time_ns = av_rescale_q(said, receiver->stream->time_base, ct__follower_unit);
    int64_t pts_ns = ct__timeline_place(&receiver->timeline, time_ns, arrived_ns, &jumped);
    if (jumped)
        ct__log(CT_LOG_DEBUG, receiver->input.scope, "its clock jumped: times go on from %.3f s",
                (double)pts_ns / 1e9);
    return (struct ct_frame_info){.pts_ns = pts_ns,
                                  .capture_ns = arrived_ns,
                                  .wall_ns = ct__wall_ns() - (ct__now_ns() - arrived_ns)};
}

// Decodes what was put together or passes over it.
static void take_picture(struct ct__receiver *receiver)
{
    struct ct__assembler *assembler = &receiver->assembler;
    struct ct_frame_info info = place(receiver, assembler->time, assembler->arrived_ns);
    ct__assembler_take(assembler, receiver->picture);
    ct__follower_take(&receiver->follower, receiver->picture, assembler->lost, &info);
    av_packet_unref(receiver->picture);
}

static int take_piece(struct ct__receiver *receiver, bool lost)
{
    struct ct__assembler *assembler = &receiver->assembler;
    const AVPacket *packet = receiver->packet;
    const struct ct__piece piece = {
        .data = packet->data,
        .size = (size_t)packet->size,
        .time = time_of(packet),
        .arrived_ns = ct__now_ns(),
        .lost = lost || packet->flags & AV_PKT_FLAG_CORRUPT,
    };
    if (ct__assembler_end(assembler, &piece))
        take_picture(receiver);
    int error = ct__assembler_add(assembler, &piece);
    if (assembler->torn)
        ct__follower_lose(&receiver->follower);
    assembler->torn = false;
    return error;
}

// `lost`: packets in front of this one or of it are missing.
static int consider(struct ct__receiver *receiver, bool lost)
{
    if (receiver->pieces)
        return take_piece(receiver, lost);
    struct ct_frame_info info = place(receiver, time_of(receiver->packet), ct__now_ns());
    ct__follower_take(&receiver->follower, receiver->packet, lost, &info);
    return CT_OK;
}

// Takes one packet.
static int feed(struct ct__receiver *receiver)
{
    set_deadline(receiver);
    ct__av_forget();
    int error = av_read_frame(receiver->input.format, receiver->packet);
    bool lost = ct__av_lost();
    // An interrupted read may still give what it had of the last packet.
    if (error >= 0 && (ct__input_stopped(&receiver->input) || ct__input_late(&receiver->input))) {
        av_packet_unref(receiver->packet);
        error = AVERROR_EXIT;
    }
    if (error == AVERROR_EOF && !ct__input_stopped(&receiver->input) &&
        !ct__input_late(&receiver->input)) {
        ct__log(CT_LOG_INFO, receiver->input.scope, "has ended the stream");
        return CT_ERROR_END;
    }
    if (error < 0)
        return explain(receiver, error, "cannot be read");
    if (receiver->packet->stream_index == receiver->stream->index)
        error = consider(receiver, lost);
    av_packet_unref(receiver->packet);
    return error;
}

// What was put together, or else something more from the camera.
static int step(struct ct__receiver *receiver)
{
    if (ct__input_stopped(&receiver->input))
        return CT_ERROR_STOPPED;
    if (!ct__assembler_ready(&receiver->assembler))
        return feed(receiver);
    take_picture(receiver);
    return CT_OK;
}

int ct__receiver_read(struct ct__receiver *receiver, struct ct__pool *pool, ct_frame **frame)
{
    ct_frame *found = NULL;
    int64_t begun_ns = ct__now_ns();
    int error = ct__follower_read(&receiver->follower, pool, &found);
    while (!error && !found && ct__now_ns() - begun_ns < most_silent_ns) {
        error = step(receiver);
        if (!error)
            error = ct__follower_read(&receiver->follower, pool, &found);
    }
    if (found)
        *frame = found;
    return error;
}

// ---- the rest

void ct__receiver_want(struct ct__receiver *receiver, double fps)
{
    ct__sieve_want(&receiver->follower.sieve, fps);
}

struct ct__withheld ct__receiver_withheld(const struct ct__receiver *receiver)
{
    return receiver->follower.withheld;
}

void ct__receiver_rate(const struct ct__receiver *receiver, int *numerator, int *denominator)
{
    AVRational rate = receiver->stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = receiver->follower.codec->framerate;
    bool known = rate.num > 0 && rate.den > 0;
    *numerator = known ? rate.num : 25;
    *denominator = known ? rate.den : 1;
}

void ct__receiver_interrupt(struct ct__receiver *receiver)
{
    atomic_store(&receiver->input.interrupted, true);
}
