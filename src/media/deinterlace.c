// SPDX-License-Identifier: Apache-2.0
// Interlaced pictures made whole by libavfilter's bwdif. The graph exists from the first interlaced
// picture on and is made anew when size or format change.
#include "media/deinterlace.h"

#include "base/log.h"

int ct__deinterlacer_init(struct ct__deinterlacer *deinterlacer, const char *scope, AVRational unit)
{
    *deinterlacer = (struct ct__deinterlacer){.scope = scope, .unit = unit};
    deinterlacer->held = av_frame_alloc();
    return deinterlacer->held ? CT_OK : ct__fail_memory(scope);
}

void ct__deinterlacer_finish(struct ct__deinterlacer *deinterlacer)
{
    ct__filter_close(&deinterlacer->filter);
    av_frame_free(&deinterlacer->held);
}

static bool is_interlaced(const AVFrame *frame)
{
#ifdef AV_FRAME_FLAG_INTERLACED
    return frame->flags & AV_FRAME_FLAG_INTERLACED;
#else
    return frame->interlaced_frame;
#endif
}

// bwdif looks at the lines above and below.
static bool can_filter(const AVFrame *frame)
{
    return frame->width >= 4 && frame->height >= 4 && ct__filter_ready();
}

// Without a filter the two fields stay in one picture. Either way it is said once.
static void start_filter(struct ct__deinterlacer *deinterlacer)
{
    const AVFrame *like = deinterlacer->held;
    deinterlacer->off =
        !can_filter(like) ||
        ct__filter_open(&deinterlacer->filter, deinterlacer->scope,
                        "bwdif=mode=send_frame:deint=interlaced", like, deinterlacer->unit);
    deinterlacer->width = like->width;
    deinterlacer->height = like->height;
    deinterlacer->format = like->format;
    if (deinterlacer->off)
        ct__log(CT_LOG_WARN, deinterlacer->scope, "interlaced, and left so: no libavfilter");
    else if (!deinterlacer->said)
        ct__log(CT_LOG_INFO, deinterlacer->scope, "interlaced: deinterlaced with bwdif");
    deinterlacer->said = true;
}

// Gives the filter the held picture. One that is not like those before waits until they are out.
static int feed(struct ct__deinterlacer *deinterlacer)
{
    AVFrame *held = deinterlacer->held;
    if (held->width != deinterlacer->width || held->height != deinterlacer->height ||
        held->format != deinterlacer->format)
        return ct__filter_send(deinterlacer->filter, NULL);
    deinterlacer->holds = false;
    return ct__filter_send(deinterlacer->filter, held);
}

void ct__deinterlacer_send(struct ct__deinterlacer *deinterlacer, AVFrame *frame)
{
    deinterlacer->ended = !frame;
    deinterlacer->holds = frame != NULL;
    if (!frame && deinterlacer->filter)
        ct__filter_send(deinterlacer->filter, NULL);
    if (!frame)
        return;
    frame->pts = frame->best_effort_timestamp;
    av_frame_move_ref(deinterlacer->held, frame);
}

// Takes from the filter; at its end it is closed.
static int receive_filtered(struct ct__deinterlacer *deinterlacer, AVFrame *frame)
{
    int error = ct__filter_receive(deinterlacer->filter, frame);
    if (error == 0 && frame->pts != AV_NOPTS_VALUE)
        frame->pts =
            av_rescale_q(frame->pts, ct__filter_unit(deinterlacer->filter), deinterlacer->unit);
    if (error == AVERROR_EOF)
        ct__filter_close(&deinterlacer->filter);
    return error;
}

int ct__deinterlacer_receive(struct ct__deinterlacer *deinterlacer, AVFrame *frame)
{
    for (;;) {
        int error = AVERROR(EAGAIN);
        if (deinterlacer->filter)
            error = receive_filtered(deinterlacer, frame);
        if (error == AVERROR_EOF)
            continue;
        if (error != AVERROR(EAGAIN))
            return error;
        if (!deinterlacer->holds)
            return deinterlacer->ended && !deinterlacer->filter ? AVERROR_EOF : AVERROR(EAGAIN);
        if (!deinterlacer->filter && !deinterlacer->off && is_interlaced(deinterlacer->held))
            start_filter(deinterlacer);
        if (!deinterlacer->filter) {
            av_frame_move_ref(frame, deinterlacer->held);
            deinterlacer->holds = false;
            return 0;
        }
        error = feed(deinterlacer);
        if (error < 0)
            return error;
    }
}
