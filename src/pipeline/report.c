// SPDX-License-Identifier: Apache-2.0
// What an engine tells of itself while it runs: counters, states and loads, copied with the lock
// held.
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "pipeline/engine.h"
#include "pipeline/lane.h"

static void add_stats(struct ct_stream_stats *sum, const struct ct_stream_stats *one)
{
    sum->read += one->read;
    sum->skipped += one->skipped;
    sum->dropped += one->dropped;
    sum->duplicates += one->duplicates;
    sum->stale += one->stale;
    sum->results += one->results;
    sum->failed += one->failed;
    sum->objects += one->objects;
    sum->lost += one->lost;
    sum->undecoded += one->undecoded;
    sum->unwritten += one->unwritten;
    sum->expected += one->expected;
    sum->ended &= one->ended;
}

static double ms(const struct ct__histogram *histogram, double share)
{
    return (double)ct__histogram_percentile(histogram, share) * 1e-6;
}

void ct_engine_stats(ct_engine *engine, struct ct_engine_stats *stats)
{
    *stats = (struct ct_engine_stats){.lanes = engine->lane_count, .total = {.ended = 1}};
    pthread_mutex_lock(&engine->lock);
    struct ct__histogram latency = {0};
    for (int i = 0; i < engine->stream_count; i++) {
        if (!engine->streams[i])
            continue;
        add_stats(&stats->total, &engine->streams[i]->stats);
        ct__histogram_merge(&latency, &engine->streams[i]->latency);
    }
    stats->stage_count = ct__stages_report(&engine->stages, stats->stages);
    stats->latency_p50_ms = ms(&latency, .50);
    stats->latency_p99_ms = ms(&latency, .99);
    pthread_mutex_unlock(&engine->lock);
}

int ct_engine_stream_count(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    int count = engine->stream_count;
    pthread_mutex_unlock(&engine->lock);
    return count;
}

int ct_engine_stream_stats(ct_engine *engine, int number, struct ct_stream_stats *stats)
{
    struct ct__stream *stream = ct__engine_pin(engine, number);
    if (!stream)
        return ct__fail(CT_ERROR_NOT_FOUND, "engine", "stream %d: there is none", number);
    pthread_mutex_lock(&engine->lock);
    *stats = stream->stats;
    pthread_mutex_unlock(&engine->lock);
    ct__engine_unpin(stream);
    return CT_OK;
}

// ---- one stream

const char *ct_stream_state_name(enum ct_stream_state state)
{
    static const char *const names[] = {"new",     "connecting", "live", "stalled",
                                        "waiting", "failed",     "ended"};
    return state >= CT_STREAM_NEW && state <= CT_STREAM_ENDED ? names[state] : "unknown";
}

static void describe_live(const struct ct__stream *stream, int64_t now, struct ct_stream_info *info)
{
    const struct ct__live *live = &stream->live;
    info->state = ct__live_state(stream, now);
    ct__copy_text(info->reason, sizeof info->reason, live->reason);
    if (live->state == CT_STREAM_WAITING && live->retry_at_ns > now)
        info->retry_s = (double)(live->retry_at_ns - now) * 1e-9;
    info->width = live->width;
    info->height = live->height;
    info->source_fps = ct__meter_rate(&live->came, now);
    info->wanted_fps = live->params.fps;
    info->allowed_fps = ct__live_wish(stream);
    info->reconnects = live->reconnects;
}

static enum ct_stream_state recorded_state(const struct ct__stream *stream)
{
    if (stream->stats.ended)
        return stream->error ? CT_STREAM_FAILED : CT_STREAM_ENDED;
    return stream->engine->running ? CT_STREAM_LIVE : CT_STREAM_NEW;
}

static void describe(const struct ct__stream *stream, struct ct_stream_info *info)
{
    int64_t now = ct__now_ns();
    *info = (struct ct_stream_info){.number = stream->number, .age_s = -1};
    ct__copy_text(info->name, sizeof info->name, stream->name ? stream->name : stream->shown);
    ct__copy_text(info->input, sizeof info->input, stream->shown);
    info->state = recorded_state(stream);
    if (ct__stream_is_live(stream))
        describe_live(stream, now, info);
    info->result_fps = ct__meter_rate(&stream->live.answered, now);
    if (stream->live.answered_capture_ns)
        info->age_s = (double)(now - stream->live.answered_capture_ns) * 1e-9;
    info->watched = stream->watched;
    struct ct__histogram latency = stream->recent[0];
    ct__histogram_merge(&latency, &stream->recent[1]);
    info->latency_p50_ms = ms(&latency, .50);
    info->latency_p99_ms = ms(&latency, .99);
    info->stats = stream->stats;
}

void ct__engine_describe(struct ct__stream *stream, struct ct_stream_info *info)
{
    pthread_mutex_lock(&stream->engine->lock);
    describe(stream, info);
    pthread_mutex_unlock(&stream->engine->lock);
}

int ct_engine_stream_info(ct_engine *engine, int number, struct ct_stream_info *info)
{
    struct ct__stream *stream = ct__engine_pin(engine, number);
    if (!stream)
        return CT_ERROR_NOT_FOUND;
    ct__engine_describe(stream, info);
    ct__engine_unpin(stream);
    return CT_OK;
}

int ct_engine_lane_load(ct_engine *engine, int lane, double *load)
{
    pthread_mutex_lock(&engine->lock);
    bool there = lane >= 0 && engine->lanes && lane < engine->lane_count;
    if (there)
        *load = ct__lane_load(&engine->lanes[lane], ct__now_ns());
    pthread_mutex_unlock(&engine->lock);
    return there ? CT_OK : CT_ERROR_NOT_FOUND;
}
