// SPDX-License-Identifier: Apache-2.0
// The thread of a camera. Capturing never waits for anything but the camera: a frame that nobody
// took makes place for the next.
#include "pipeline/live.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "base/thread.h"
#include "pipeline/engine.h"

#define SECOND INT64_C(1000000000)

enum { TIMEOUT_MS = 5000, STALENESS_MS = 1000, LONGEST_MS = 86400000 };

static const int64_t stalled_ns = 2 * SECOND;
static const int64_t jump_ns = SECOND; // more than this between two clocks: they are set anew

// ---- parameters

static int check_ms(const char *scope, const char *name, int64_t value)
{
    if (value >= 0 && value <= LONGEST_MS)
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, scope, "%s = %lld: expected 0 to %d", name, (long long)value,
                    LONGEST_MS);
}

static int check_number(const char *scope, const char *name, double value, double most)
{
    if (value >= 0 && value <= most)
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, scope, "%s = %g: expected 0 to %g", name, value, most);
}

int ct__live_init(struct ct__live *live, const char *scope, const struct ct_live_params *params)
{
    int error = check_number(scope, "fps", params->fps, 1000);
    error = error ? error : check_number(scope, "rate", params->rate, 1000);
    error = error ? error : check_number(scope, "every_s", params->every_s, 86400);
    error = error ? error : check_ms(scope, "max_staleness_ms", params->max_staleness_ms);
    error = error ? error : check_ms(scope, "timeout_ms", params->timeout_ms);
    if (error)
        return error;
    live->params = *params;
    live->params.size = NULL;
    if (!live->params.max_staleness_ms)
        live->params.max_staleness_ms = STALENESS_MS;
    if (!live->params.timeout_ms)
        live->params.timeout_ms = TIMEOUT_MS;
    if (params->size && !(live->params.size = ct__strdup(params->size)))
        return ct__fail_memory(scope);
    atomic_init(&live->stop, false);
    return CT_OK;
}

void ct__live_finish(struct ct__live *live)
{
    ct__free((char *)live->params.size);
    live->params.size = NULL;
}

// ---- states

enum ct_stream_state ct__live_state(const struct ct__stream *stream, int64_t now_ns)
{
    const struct ct__live *live = &stream->live;
    if (stream->stats.ended && live->state != CT_STREAM_FAILED)
        return CT_STREAM_ENDED; // its thread may still be on its way out
    bool quiet = live->state == CT_STREAM_LIVE && now_ns - live->came_ns > stalled_ns;
    return quiet ? CT_STREAM_STALLED : live->state;
}

double ct__live_wish(const struct ct__stream *stream)
{
    const struct ct__live *live = &stream->live;
    double share = stream->engine->governor.share, fps = live->params.fps;
    if (!stream->step_count && !stream->output_count && !stream->watched)
        return -1;
    if (share >= 1)
        return fps;
    return share * (fps > 0 ? fps : ct__meter_rate(&live->came, ct__now_ns()));
}

static void set_state(struct ct__stream *stream, enum ct_stream_state state)
{
    pthread_mutex_lock(&stream->engine->lock);
    stream->live.state = state;
    pthread_mutex_unlock(&stream->engine->lock);
}

// Waits until a moment of our clock, or the end of the stream: then false.
static bool wait_until(struct ct__stream *stream, int64_t at_ns)
{
    pthread_mutex_t *lock = &stream->engine->lock;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t left = at_ns - ct__now_ns();
    int64_t deadline = (int64_t)until.tv_sec * SECOND + until.tv_nsec + (left > 0 ? left : 0);
    until = (struct timespec){.tv_sec = deadline / SECOND, .tv_nsec = deadline % SECOND};
    pthread_mutex_lock(lock);
    while (!stream->inbox.ended && left > 0 &&
           !pthread_cond_timedwait(&stream->inbox.space, lock, &until)) {
    }
    bool goes_on = !stream->inbox.ended;
    pthread_mutex_unlock(lock);
    return goes_on;
}

// ---- one frame

// When a frame of a file is due: at its own time or at the stated rate, counted from when the
// source was opened, which is put off by less than an interval so that files that play side by side
// do not give their frames all at once; a loop goes on where the last one ended. What is late by
// much is not caught up with.
static int64_t due_time(struct ct__stream *stream, const struct ct_frame_info *info)
{
    struct ct__live *live = &stream->live;
    int rate, base;
    stream->source->class->rate(stream->source, &rate, &base);
    double fps = live->params.rate > 0  ? live->params.rate
                 : rate > 0 && base > 0 ? (double)rate / base
                                        : 1;
    int64_t own = live->params.rate > 0 || info->pts_ns == CT_NO_TIME
                      ? (int64_t)((double)live->session * (double)SECOND / fps)
                      : info->pts_ns;
    int64_t now = ct__now_ns();
    if (!live->session) {
        double interval = (double)SECOND / fps;
        int64_t next = live->due_ns ? live->due_ns + (int64_t)interval
                                    : ct__pacer_point(now, interval, live->pacer.phase);
        live->offset_ns = (next > now ? next : now) - own;
    }
    if (own + live->offset_ns < now - jump_ns)
        live->offset_ns = now - own;
    live->due_ns = own + live->offset_ns;
    return live->due_ns;
}

// The frame's time in the stream: the source's own, which is steadier than when a network brought
// it, as long as both clocks agree. It never stands still or goes back.
static int64_t place(struct ct__live *live, const struct ct_frame_info *info)
{
    if (!live->begin_ns)
        live->begin_ns = info->capture_ns;
    int64_t real = info->capture_ns - live->begin_ns;
    int64_t own = info->pts_ns == CT_NO_TIME || live->params.rate > 0 ? real : info->pts_ns;
    int64_t time = own + live->shift_ns;
    if (!live->session || time > real + jump_ns || time < real - jump_ns) {
        live->shift_ns = real - own;
        time = real;
    }
    if (live->number && time <= live->time_ns)
        time = live->time_ns + 1;
    live->time_ns = time;
    return time;
}

static void describe(struct ct__stream *stream, struct ct__item *item)
{
    const struct ct__live *live = &stream->live;
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    item->width = picture->width;
    item->height = picture->height;
    item->source = item->path = stream->name ? stream->name : stream->shown;
    item->frame->name = NULL; // that of a folder's file goes with its source, which frames outlive
    item->mark = (struct ct__mark){stream->number, item->info.number};
    stream->source->class->rate(stream->source, &item->rate_num, &item->rate_den);
    if (live->params.fps > 0 || live->params.rate > 0) {
        double fps = live->params.fps > 0 ? live->params.fps : live->params.rate;
        item->rate_num = (int)lround(fps * 1000);
        item->rate_den = 1000;
    }
}

// Which further models look at a frame that the first looks at.
static unsigned choose_steps(struct ct__stream *stream, const struct ct_frame_info *info)
{
    unsigned steps = 0;
    for (int i = 1; i < stream->step_count; i++)
        if (ct__pacer_wants(&stream->steps[i].pacer, info->pts_ns, info->capture_ns,
                            stream->steps[i].fps))
            steps |= 1U << i;
    return steps;
}

// Puts a wanted frame where lanes find it. The lock is held.
static void offer(struct ct__stream *stream, struct ct__item *item)
{
    ct_engine *engine = stream->engine;
    struct ct__inbox *inbox = &stream->inbox;
    if (inbox->count)
        item->steps |= inbox->items[inbox->head].steps; // their turn comes with the newer frame
    else
        ct__turn_begin(&stream->live.turn, engine->served);
    int dropped = ct__inbox_renew(inbox, item);
    if (dropped > 0)
        stream->stats.dropped++;
    else if (dropped == 0)
        pthread_cond_signal(&engine->ready);
}

// Pictures come, wanted or not. The lock is held.
static void note_life(struct ct__live *live)
{
    live->state = CT_STREAM_LIVE;
    live->reason[0] = 0;
    live->good_ns = ct__now_ns();
}

// What the source passed over by itself. The lock is held.
static void count_passed(struct ct__stream *stream)
{
    struct ct__live *live = &stream->live;
    const struct ct__source *source = stream->source;
    uint64_t undecoded = source->undecoded - live->undecoded;
    uint64_t damaged = source->damaged - live->damaged;
    stream->stats.lost += source->lost - live->lost;
    stream->stats.read += undecoded + damaged;
    stream->stats.skipped += undecoded;
    stream->stats.undecoded += undecoded;
    stream->stats.dropped += damaged;
    live->number += undecoded + damaged;
    live->undecoded = source->undecoded;
    live->damaged = source->damaged;
    live->lost = source->lost;
    if (undecoded)
        note_life(live);
    if (undecoded + damaged) {
        live->came_ns = ct__now_ns();
        ct__meter_add(&live->came, live->came_ns, undecoded + damaged);
    }
}

// Whether a frame is to be looked at.
static bool choose(struct ct__stream *stream, const struct ct_frame_info *info)
{
    struct ct__live *live = &stream->live;
    if (live->wanted < 0 || stream->source->picked)
        return live->wanted >= 0;
    return ct__pacer_wants(&live->pacer, info->pts_ns, info->capture_ns, live->wanted);
}

// Counts a frame that came, and offers it if it is wanted. Takes the frame.
static void take_frame(struct ct__stream *stream, struct ct__item *item, struct ct__span span)
{
    ct_engine *engine = stream->engine;
    struct ct__live *live = &stream->live;
    bool same =
        live->session && item->info.pts_ns != CT_NO_TIME && item->info.pts_ns == live->pts_ns;
    live->pts_ns = item->info.pts_ns;
    item->info.pts_ns = place(live, &item->info);
    item->info.wall_ns = item->info.wall_ns == CT_NO_TIME ? ct__wall_ns() : item->info.wall_ns;
    live->session++;
    pthread_mutex_lock(&engine->lock);
    count_passed(stream);
    item->info.number = live->number++;
    describe(stream, item);
    ct_frame_set_info(item->frame, &item->info);
    ct__stages_add(&engine->stages, CT__STAGE_DECODE, span);
    note_life(live);
    live->came_ns = live->good_ns;
    live->width = item->width;
    live->height = item->height;
    ct__meter_add(&live->came, live->came_ns, 1);
    stream->stats.read++;
    bool wanted = !same && choose(stream, &item->info);
    stream->stats.duplicates += same;
    stream->stats.skipped += !same && !wanted;
    if (wanted) {
        item->steps = choose_steps(stream, &item->info);
        offer(stream, item);
    }
    pthread_mutex_unlock(&engine->lock);
    ct__trace_slice(CT__STAGE_DECODE, &span, item->mark);
    ct_frame_unref(&item->frame);
}

// ---- one connection

static void tell_wish(struct ct__stream *stream)
{
    struct ct__live *live = &stream->live;
    const struct ct__source_class *class = stream->source->class;
    pthread_mutex_lock(&stream->engine->lock);
    double wish = ct__live_wish(stream);
    pthread_mutex_unlock(&stream->engine->lock);
    live->wanted = wish;
    // A source need not hear of every breath of the governor.
    if (wish >= 0 && live->told >= 0 && fabs(wish - live->told) <= .02 * wish)
        return;
    live->told = wish;
    if (class->want)
        class->want(stream->source, wish);
}

static int open_source(struct ct__stream *stream)
{
    struct ct__live *live = &stream->live;
    struct ct__source *source = NULL;
    struct ct__source_params params = stream->source_params;
    params.stop = &live->stop;
    params.fps = live->params.fps;
    params.phase = live->pacer.phase;
    set_state(stream, CT_STREAM_CONNECTING);
    int error = ct__source_open(&source, stream->input, &params);
    if (error)
        return error;
    pthread_mutex_lock(&stream->engine->lock);
    stream->source = source;
    bool ended = stream->inbox.ended;
    pthread_mutex_unlock(&stream->engine->lock);
    live->session = live->undecoded = live->damaged = live->lost = 0;
    live->told = params.fps;
    return ended ? CT_ERROR_STOPPED : CT_OK;
}

static void close_source(struct ct__stream *stream)
{
    struct ct__source *source = stream->source;
    pthread_mutex_lock(&stream->engine->lock);
    if (source)
        count_passed(stream);
    stream->source = NULL;
    pthread_mutex_unlock(&stream->engine->lock);
    ct__source_close(&source);
}

// Reads until the source ends or fails; returns why.
static int read_frames(struct ct__stream *stream)
{
    for (;;) {
        struct ct__item item = {0};
        const char *failed = NULL;
        tell_wish(stream);
        struct ct__span span = ct__span_begin();
        int error = stream->source->class->read(stream->source, stream->pool, &item.frame, &failed);
        span = ct__span_end(span);
        if (error)
            return error;
        if (!item.frame) {
            pthread_mutex_lock(&stream->engine->lock);
            count_passed(stream);
            pthread_mutex_unlock(&stream->engine->lock);
            continue;
        }
        item.info = *ct_frame_info(item.frame);
        if (!stream->source->paced) {
            if (!wait_until(stream, due_time(stream, &item.info))) {
                ct_frame_unref(&item.frame);
                return CT_ERROR_STOPPED;
            }
            item.info.capture_ns = ct__now_ns();
        }
        take_frame(stream, &item, span);
    }
}

// ---- over and over

// Who has been away for long is asked less often: a sixtieth of that time, 1 s to 30 s, and not all
// cameras of a switch at the same moment.
static int64_t back_off(struct ct__stream *stream)
{
    struct ct__live *live = &stream->live;
    int64_t now = ct__now_ns();
    int64_t away = (now - live->good_ns) / 60;
    int64_t wait = away < SECOND ? SECOND : away > 30 * SECOND ? 30 * SECOND : away;
    double jitter = ct__random_unit((uint64_t)now, (uint64_t)stream->number, live->reconnects);
    return now + (int64_t)((double)wait * (.8 + .2 * jitter));
}

static bool is_tried_again(const struct ct__live *live, int error)
{
    if (error == CT_ERROR_STOPPED || error == CT_ERROR_MEMORY)
        return error == CT_ERROR_MEMORY;
    if (error == CT_ERROR_INVALID || error == CT_ERROR_UNSUPPORTED)
        return false; // it would be as wrong the next time
    return live->params.restart == CT_RESTART_ALWAYS ||
           (live->params.restart == CT_RESTART_ON_ERROR && error != CT_ERROR_END);
}

// Notes why a connection ended, and until when to wait for the next.
static void begin_pause(struct ct__stream *stream, int error, int64_t until_ns)
{
    struct ct__live *live = &stream->live;
    pthread_mutex_lock(&stream->engine->lock);
    live->state = CT_STREAM_WAITING;
    live->retry_at_ns = until_ns;
    live->reconnects++;
    if (error == CT_ERROR_END)
        ct__copy_text(live->reason, sizeof live->reason, "the input ended");
    else
        ct__last_failure(live->reason, sizeof live->reason);
    pthread_mutex_unlock(&stream->engine->lock);
}

static int run_once(struct ct__stream *stream)
{
    int error = open_source(stream);
    error = error ? error : read_frames(stream);
    bool again = error == CT_ERROR_END && stream->live.params.loop && stream->live.session;
    close_source(stream);
    return again ? CT_OK : error;
}

static void finish(struct ct__stream *stream, int error)
{
    struct ct__live *live = &stream->live;
    pthread_mutex_lock(&stream->engine->lock);
    bool failed = error != CT_ERROR_END && error != CT_ERROR_STOPPED;
    live->state = failed ? CT_STREAM_FAILED : CT_STREAM_ENDED;
    if (failed) {
        ct__last_failure(live->reason, sizeof live->reason);
        stream->error = stream->error ? stream->error : error;
        stream->stats.failed++;
    }
    ct__inbox_end(&stream->inbox, false);
    ct__engine_settle(stream->engine, stream);
    pthread_mutex_unlock(&stream->engine->lock);
}

static void *live_main(void *argument)
{
    struct ct__stream *stream = argument;
    struct ct__live *live = &stream->live;
    char name[16];
    snprintf(name, sizeof name, "ct-cam-%d", stream->number);
    ct__trace_join(stream->engine->trace, name);
    ct__thread_admit(stream->engine->wake_signal);
    ct__log_calm(true);
    live->good_ns = ct__now_ns();
    int error;
    for (;;) {
        error = run_once(stream);
        if (!error)
            continue;
        if (!is_tried_again(live, error))
            break;
        int64_t until = back_off(stream);
        begin_pause(stream, error, until);
        if (!wait_until(stream, until)) {
            error = CT_ERROR_STOPPED;
            break;
        }
    }
    finish(stream, error);
    return NULL;
}

// Gives the looks at this stream, and those of its further models, their places beside those at
// other streams.
static void spread(struct ct__stream *stream)
{
    stream->live.pacer.phase = ct__pacer_phase(stream->number);
    for (int i = 1; i < stream->step_count; i++)
        stream->steps[i].pacer.phase = ct__pacer_phase(stream->number + i);
}

int ct__live_start(struct ct__stream *stream)
{
    char name[16];
    snprintf(name, sizeof name, "ct-cam-%.8s", stream->name ? stream->name : stream->shown);
    spread(stream);
    int error = ct__thread_start(&stream->reader, name, live_main, stream);
    stream->has_reader = !error;
    return error;
}
