// SPDX-License-Identifier: Apache-2.0
// Packets, of which some are decoded, and pictures, of which some are given. While pictures cannot
// or need not be decoded it waits for the next key picture, and what comes meanwhile is counted for
// the reason of the wait.
#include "media/follower.h"

#include "base/clock.h"
#include "base/log.h"

int ct__follower_init(struct ct__follower *follower, const char *scope, int64_t max_pixels,
                      double fps, double phase)
{
    follower->scope = scope;
    follower->waits = &follower->before;
    follower->last_ns = CT_NO_TIME;
    ct__sieve_init(&follower->sieve, fps, phase);
    int error = ct__outlet_init(&follower->outlet, scope, max_pixels);
    if (!error)
        error = ct__deinterlacer_init(&follower->deinterlacer, scope, ct__follower_unit);
    return error;
}

void ct__follower_finish(struct ct__follower *follower)
{
    avcodec_free_context(&follower->codec);
    ct__deinterlacer_finish(&follower->deinterlacer);
    ct__outlet_finish(&follower->outlet);
}

// ---- packets

// From now on a key picture is waited for, and what comes until then counts as `reason`.
static void wait_for_key(struct ct__follower *follower, uint64_t *reason)
{
    if (!follower->waits)
        follower->waits = reason;
    *follower->waits += follower->inside;
    follower->inside = 0;
}

void ct__follower_lose(struct ct__follower *follower)
{
    wait_for_key(follower, &follower->withheld.damaged);
}

// A decoder that begins anew, without what it still has of before.
static void join(struct ct__follower *follower, int64_t pts_ns)
{
    avcodec_flush_buffers(follower->codec);
    follower->waits = NULL;
    follower->draining = false;
    follower->joined_ns = pts_ns;
}

static void send(struct ct__follower *follower, const AVPacket *packet)
{
    ct__av_forget();
    int error = avcodec_send_packet(follower->codec, packet);
    follower->inside++;
    if (error < 0 || ct__av_lost()) {
        ct__follower_lose(follower);
        return;
    }
    // Key pictures alone: each is a stream of its own, with nothing behind it to push it out.
    follower->draining =
        ct__sieve_single(&follower->sieve) && !ct__layer_single(follower->codec->codec_id);
    if (follower->draining)
        avcodec_send_packet(follower->codec, NULL);
}

void ct__follower_take(struct ct__follower *follower, AVPacket *packet, bool lost,
                       const struct ct_frame_info *info)
{
    int layer = ct__layer_of(follower->codec->codec_id, packet->data, (size_t)packet->size,
                             packet->flags & AV_PKT_FLAG_KEY);
    int64_t pts_ns = info->pts_ns;
    packet->pts = pts_ns;
    packet->dts = AV_NOPTS_VALUE;
    follower->arrivals[follower->arrival++ % CT__FOLLOWER_ARRIVALS] = *info;
    bool wanted = ct__sieve_pass(&follower->sieve, layer, pts_ns, info->capture_ns);
    if (lost || packet->flags & AV_PKT_FLAG_CORRUPT)
        ct__follower_lose(follower);
    bool key = layer == CT__LAYER_KEY && !lost;
    if (wanted && key && (follower->waits || ct__sieve_single(&follower->sieve)))
        join(follower, pts_ns);
    bool begun = follower->waits != &follower->before;
    if (follower->waits && (begun || wanted))
        ++*follower->waits;
    else if (!wanted)
        follower->withheld.undecoded++;
    else if (pts_ns < follower->joined_ns)
        follower->withheld.damaged++; // shown before the key picture: builds on what was left out
    else
        send(follower, packet);
    // What is left out in these layers is missing to all that follow.
    if (!wanted && follower->sieve.depth <= CT__LAYER_KEY &&
        !ct__layer_single(follower->codec->codec_id))
        wait_for_key(follower, &follower->withheld.undecoded);
}

// ---- pictures

static bool is_damaged(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags;
}

// One step towards the next picture, with `frame` to do it in; false when a packet is needed.
static bool decode(struct ct__follower *follower, AVFrame *frame)
{
    ct__av_forget();
    int received =
        follower->waits ? AVERROR(EAGAIN) : avcodec_receive_frame(follower->codec, frame);
    if (received == AVERROR(EAGAIN))
        return false;
    if (received == AVERROR_EOF) { // drained: it takes more after a flush
        avcodec_flush_buffers(follower->codec);
        follower->draining = false;
    } else if (received < 0 || ct__av_lost() || is_damaged(frame)) {
        ct__follower_lose(follower);
        av_frame_unref(frame);
    } else {
        follower->inside -= follower->inside > 0;
        ct__deinterlacer_send(&follower->deinterlacer, frame);
    }
    return true;
}

static struct ct_frame_info describe(const struct ct__follower *follower, int64_t pts_ns)
{
    struct ct_frame_info info = {follower->number, pts_ns, ct__now_ns(), ct__wall_ns()};
    for (unsigned i = 1; i <= CT__FOLLOWER_ARRIVALS && i <= follower->arrival; i++) {
        const struct ct_frame_info *arrival =
            &follower->arrivals[(follower->arrival - i) % CT__FOLLOWER_ARRIVALS];
        if (arrival->pts_ns != pts_ns)
            continue;
        info.capture_ns = arrival->capture_ns;
        info.wall_ns = arrival->wall_ns;
        break;
    }
    if (follower->last_ns != CT_NO_TIME &&
        (pts_ns == AV_NOPTS_VALUE || pts_ns <= follower->last_ns))
        info.pts_ns = follower->last_ns + 1;
    return info;
}

static int deliver(struct ct__follower *follower, struct ct__pool *pool, struct ct__shell *shell,
                   ct_frame **out)
{
    ct_frame *frame = NULL;
    struct ct_frame_info info = describe(follower, shell->frame->pts);
    int error = ct__outlet_frame(&follower->outlet, pool, shell, &frame);
    if (error)
        return error;
    ct_frame_set_info(frame, &info);
    follower->last_ns = info.pts_ns;
    follower->number++;
    *out = frame;
    return CT_OK;
}

int ct__follower_read(struct ct__follower *follower, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__shell *shell = NULL;
    int received, error = ct__shell_take(follower->outlet.shells, &shell);
    if (error)
        return error;
    do
        received = ct__deinterlacer_receive(&follower->deinterlacer, shell->frame);
    while (received == AVERROR(EAGAIN) && decode(follower, shell->frame));
    if (received == 0)
        return deliver(follower, pool, shell, frame);
    ct__shell_release(shell);
    return received == AVERROR(EAGAIN)
               ? CT_OK
               : ct__fail(CT_ERROR_FORMAT, follower->scope, "cannot be deinterlaced");
}
