// SPDX-License-Identifier: Apache-2.0
// A live stream: packets, of which some are decoded, and pictures, of which some are given. While
// pictures cannot or need not be decoded it waits for the next key picture, and what comes
// meanwhile is counted for the reason of the wait.
#include "media/receiver.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/decoder.h"
#include "media/deinterlace.h"
#include "media/input.h"
#include "media/sieve.h"
#include "media/timeline.h"

enum { TIMEOUT_MS = 5000, ARRIVALS = 64, SOCKET_BYTES = 1 << 20 };

static const int64_t millisecond_ns = 1000000, most_silent_ns = INT64_C(500000000);
static const AVRational nanosecond = {1, 1000000000};

// When the packet of a picture came, found again by the picture's time.
struct arrival {
    int64_t pts_ns, capture_ns, wall_ns;
};

struct ct__receiver {
    struct ct__input input;
    struct ct__receiver_params params;
    AVStream *stream;
    AVCodecContext *codec;
    AVPacket *packet;
    struct ct__deinterlacer deinterlacer;
    struct ct__outlet outlet;
    struct ct__timeline timeline;
    struct ct__sieve sieve;
    struct arrival arrivals[ARRIVALS];
    unsigned arrival; // the next to be written over
    struct ct__receiver_counts counts;
    uint64_t before;   // packets before the first key picture
    uint64_t *waits;   // for a key picture: what is counted until then; NULL: it does not
    int64_t joined_ns; // time of the key picture at which decoding began
    uint64_t inside;   // pictures that the decoder has not given yet
    bool draining;     // the decoder gives what it has before it takes more
    uint64_t number;   // pictures given
    int64_t last_ns;   // time of the last of them
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
    avcodec_free_context(&receiver->codec);
    int error = ct__decoder_open(&receiver->codec, receiver->stream, 0, receiver->params.max_pixels,
                                 receiver->input.scope);
    if (!error)
        receiver->codec->pkt_timebase = nanosecond;
    return error;
}

static int open_receiver(struct ct__receiver *receiver, const char *address)
{
    int error = begin(receiver, address);
    const char *scope = receiver->input.scope;
    if (!error)
        error = open_address(receiver, address);
    scope = receiver->input.scope;
    if (!error && must_probe(&receiver->input)) {
        int found = ct__input_probe(&receiver->input);
        error = found < 0 ? explain(receiver, found, "cannot be read") : CT_OK;
    }
    if (!error)
        error = ct__input_video(&receiver->input, receiver->params.video_stream, &receiver->stream);
    if (!error)
        error = open_decoder(receiver);
    if (!error)
        error = ct__outlet_init(&receiver->outlet, scope, receiver->params.max_pixels);
    if (!error)
        error = ct__deinterlacer_init(&receiver->deinterlacer, scope, nanosecond);
    if (error)
        return error;
    receiver->packet = av_packet_alloc();
    return receiver->packet ? CT_OK : ct__fail_memory(scope);
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
    receiver->waits = &receiver->before;
    receiver->last_ns = CT_NO_TIME;
    ct__sieve_init(&receiver->sieve, params->fps);
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
    avcodec_free_context(&closing->codec);
    av_packet_free(&closing->packet);
    ct__deinterlacer_finish(&closing->deinterlacer);
    ct__outlet_finish(&closing->outlet);
    ct__input_close(&closing->input);
    ct__free(closing);
    *receiver = NULL;
}

// ---- packets

// From now on a key picture is waited for, and what comes until then counts as `reason`.
static void wait_for_key(struct ct__receiver *receiver, uint64_t *reason)
{
    if (!receiver->waits)
        receiver->waits = reason;
    *receiver->waits += receiver->inside;
    receiver->inside = 0;
}

// A decoder that begins anew, without what it still has of before.
static void join(struct ct__receiver *receiver, int64_t pts_ns)
{
    avcodec_flush_buffers(receiver->codec);
    receiver->waits = NULL;
    receiver->draining = false;
    receiver->joined_ns = pts_ns;
}

static void note_arrival(struct ct__receiver *receiver, int64_t pts_ns, int64_t now_ns)
{
    receiver->arrivals[receiver->arrival++ % ARRIVALS] =
        (struct arrival){pts_ns, now_ns, ct__wall_ns()};
}

// The packet's time in ours; libav sees no other.
static int64_t place(struct ct__receiver *receiver)
{
    AVPacket *packet = receiver->packet;
    int64_t now_ns = ct__now_ns(), time_ns = CT_NO_TIME;
    bool jumped;
    int64_t said = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (said != AV_NOPTS_VALUE)
        time_ns = av_rescale_q(said, receiver->stream->time_base, nanosecond);
    packet->pts = ct__timeline_place(&receiver->timeline, time_ns, now_ns, &jumped);
    packet->dts = AV_NOPTS_VALUE;
    if (jumped)
        ct__log(CT_LOG_DEBUG, receiver->input.scope, "its clock jumped: times go on from %.3f s",
                (double)packet->pts / 1e9);
    note_arrival(receiver, packet->pts, now_ns);
    return packet->pts;
}

static void send(struct ct__receiver *receiver)
{
    ct__av_forget();
    int error = avcodec_send_packet(receiver->codec, receiver->packet);
    receiver->inside++;
    if (error < 0 || ct__av_lost()) {
        wait_for_key(receiver, &receiver->counts.damaged);
        return;
    }
    // Key pictures alone: each is a stream of its own, with nothing behind it to push it out.
    receiver->draining =
        ct__sieve_single(&receiver->sieve) && !ct__layer_single(receiver->codec->codec_id);
    if (receiver->draining)
        avcodec_send_packet(receiver->codec, NULL);
}

// Decodes the packet or passes over it. `lost`: packets in front of it or of it are missing.
static void consider(struct ct__receiver *receiver, bool lost)
{
    const AVPacket *packet = receiver->packet;
    int layer = ct__layer_of(receiver->codec->codec_id, packet->data, (size_t)packet->size,
                             packet->flags & AV_PKT_FLAG_KEY);
    int64_t pts_ns = place(receiver);
    bool wanted = ct__sieve_pass(&receiver->sieve, layer, pts_ns);
    if (lost || packet->flags & AV_PKT_FLAG_CORRUPT)
        wait_for_key(receiver, &receiver->counts.damaged);
    bool key = layer == CT__LAYER_KEY && !lost;
    if (wanted && key && (receiver->waits || ct__sieve_single(&receiver->sieve)))
        join(receiver, pts_ns);
    bool begun = receiver->waits != &receiver->before;
    if (receiver->waits && (begun || wanted))
        ++*receiver->waits;
    else if (!wanted)
        receiver->counts.undecoded++;
    else if (pts_ns < receiver->joined_ns)
        receiver->counts.damaged++; // shown before the key picture: builds on what was not decoded
    else
        send(receiver);
    // What is left out in these layers is missing to all that follow.
    if (!wanted && receiver->sieve.depth <= CT__LAYER_KEY &&
        !ct__layer_single(receiver->codec->codec_id))
        wait_for_key(receiver, &receiver->counts.undecoded);
}

static int follow_codec(struct ct__receiver *receiver)
{
    if (receiver->stream->codecpar->codec_id == receiver->codec->codec_id)
        return CT_OK;
    ct__log(CT_LOG_INFO, receiver->input.scope, "is %s from here on",
            avcodec_get_name(receiver->stream->codecpar->codec_id));
    wait_for_key(receiver, &receiver->counts.damaged);
    return open_decoder(receiver);
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
        error = follow_codec(receiver);
    if (!error && receiver->packet->stream_index == receiver->stream->index)
        consider(receiver, lost);
    av_packet_unref(receiver->packet);
    return error;
}

// ---- pictures

static bool is_damaged(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags;
}

// One step towards the next picture.
static int decode(struct ct__receiver *receiver, AVFrame *frame)
{
    ct__av_forget();
    int received =
        receiver->waits ? AVERROR(EAGAIN) : avcodec_receive_frame(receiver->codec, frame);
    if (received == AVERROR(EAGAIN))
        return feed(receiver);
    if (received == AVERROR_EOF) { // drained: it takes more after a flush
        avcodec_flush_buffers(receiver->codec);
        receiver->draining = false;
        return CT_OK;
    }
    if (received < 0 || ct__av_lost() || is_damaged(frame)) {
        wait_for_key(receiver, &receiver->counts.damaged);
        av_frame_unref(frame);
        return CT_OK;
    }
    receiver->inside -= receiver->inside > 0;
    ct__deinterlacer_send(&receiver->deinterlacer, frame);
    return CT_OK;
}

static struct ct_frame_info describe(const struct ct__receiver *receiver, int64_t pts_ns)
{
    struct ct_frame_info info = {receiver->number, pts_ns, ct__now_ns(), ct__wall_ns()};
    for (unsigned i = 1; i <= ARRIVALS && i <= receiver->arrival; i++) {
        const struct arrival *arrival = &receiver->arrivals[(receiver->arrival - i) % ARRIVALS];
        if (arrival->pts_ns != pts_ns)
            continue;
        info.capture_ns = arrival->capture_ns;
        info.wall_ns = arrival->wall_ns;
        break;
    }
    if (receiver->last_ns != CT_NO_TIME &&
        (pts_ns == AV_NOPTS_VALUE || pts_ns <= receiver->last_ns))
        info.pts_ns = receiver->last_ns + 1;
    return info;
}

static int deliver(struct ct__receiver *receiver, struct ct__pool *pool, struct ct__shell *shell,
                   ct_frame **out)
{
    ct_frame *frame = NULL;
    struct ct_frame_info info = describe(receiver, shell->frame->pts);
    int error = ct__outlet_frame(&receiver->outlet, pool, shell, &frame);
    if (error)
        return error;
    ct_frame_set_info(frame, &info);
    receiver->last_ns = info.pts_ns;
    receiver->number++;
    *out = frame;
    return CT_OK;
}

int ct__receiver_read(struct ct__receiver *receiver, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__shell *shell = NULL;
    int64_t begun_ns = ct__now_ns();
    int error = ct__shell_take(receiver->outlet.shells, &shell);
    if (error)
        return error;
    while (!error) {
        int received = ct__deinterlacer_receive(&receiver->deinterlacer, shell->frame);
        if (received == 0)
            return deliver(receiver, pool, shell, frame);
        if (received != AVERROR(EAGAIN))
            error = ct__fail(CT_ERROR_FORMAT, receiver->input.scope, "cannot be deinterlaced");
        else if (ct__input_stopped(&receiver->input))
            error = CT_ERROR_STOPPED;
        else if (ct__now_ns() - begun_ns >= most_silent_ns)
            break;
        else
            error = decode(receiver, shell->frame);
    }
    ct__shell_release(shell);
    return error;
}

// ---- the rest

void ct__receiver_want(struct ct__receiver *receiver, double fps)
{
    ct__sieve_want(&receiver->sieve, fps);
}

struct ct__receiver_counts ct__receiver_counts(const struct ct__receiver *receiver)
{
    return receiver->counts;
}

void ct__receiver_rate(const struct ct__receiver *receiver, int *numerator, int *denominator)
{
    AVRational rate = receiver->stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = receiver->codec->framerate;
    bool known = rate.num > 0 && rate.den > 0;
    *numerator = known ? rate.num : 25;
    *denominator = known ? rate.den : 1;
}

void ct__receiver_interrupt(struct ct__receiver *receiver)
{
    atomic_store(&receiver->input.interrupted, true);
}
