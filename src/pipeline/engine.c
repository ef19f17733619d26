// SPDX-License-Identifier: Apache-2.0
// The engine: the one owner of threads. It starts readers and lanes, waits until the streams have
// ended, and takes everything down in the opposite order.
#include "pipeline/engine.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/lane.h"
#include "pipeline/metrics.h"
#include "pipeline/reader.h"

enum { MOST_LANES = 1024, MOST_STREAMS = 65536 };

static const int64_t metrics_every_ns = INT64_C(5000000000);

// One thread decodes some 450 full-HD frames a second: enough for four lanes of a small model.
static void choose_threads(ct_engine *engine, const struct ct_engine_params *params)
{
    struct ct__cores cores;
    ct__cores_read("", &cores);
    engine->lane_count = params->lanes > 0 ? params->lanes : cores.usable;
    int quarter = engine->lane_count / 4;
    engine->decoder_threads = quarter < 1 ? 1 : quarter > 8 ? 8 : quarter;
    // Not a matter of lanes: an encoder's bytes depend on its threads.
    engine->encoder_threads = cores.usable > 8 ? 8 : cores.usable;
}

static int prepare_observing(ct_engine *engine, const struct ct_engine_params *params)
{
    if (params->metrics && !(engine->metrics = ct__strdup(params->metrics)))
        return ct__fail_memory(params->metrics);
    return params->trace ? ct__trace_open(&engine->trace, params->trace, &engine->wake) : CT_OK;
}

int ct_engine_create(ct_engine **out, const struct ct_engine_params *params)
{
    static const struct ct_engine_params defaults;
    params = params ? params : &defaults;
    if (params->lanes < 0 || params->lanes > MOST_LANES)
        return ct__fail(CT_ERROR_INVALID, "engine", "lanes = %d: expected 0 to %d", params->lanes,
                        MOST_LANES);
    ct_engine *engine = ct__calloc(1, sizeof *engine);
    if (!engine)
        return ct__fail_memory("engine");
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->ready, NULL);
    sem_init(&engine->wake, 0, 0);
    atomic_init(&engine->stop, false);
    choose_threads(engine, params);
    int error = prepare_observing(engine, params);
    if (error)
        ct_engine_destroy(&engine);
    else
        *out = engine;
    return error;
}

// ---- streams

// The engine's own reference to the model that a stream asks for; equal wishes share one.
static int find_model(ct_engine *engine, const struct ct_stream_params *params, int *index)
{
    for (int i = 0; i < engine->model_count; i++) {
        if (ct__model_matches(engine->models[i], params->model, &params->model_params)) {
            *index = i;
            return CT_OK;
        }
    }
    ct_model **models =
        ct__realloc_array(engine->models, (size_t)engine->model_count + 1, sizeof *models);
    if (!models)
        return ct__fail_memory(params->model);
    engine->models = models;
    struct ct__histogram *inference =
        ct__realloc_array(engine->inference, (size_t)engine->model_count + 1, sizeof *inference);
    if (!inference)
        return ct__fail_memory(params->model);
    engine->inference = inference;
    inference[engine->model_count] = (struct ct__histogram){0};
    int error = ct_model_open(&models[engine->model_count], params->model, &params->model_params);
    if (!error)
        *index = engine->model_count++;
    return error;
}

static int check_stream(const ct_engine *engine, const char *input,
                        const struct ct_stream_params *params)
{
    if (!input || !*input)
        return ct__fail(CT_ERROR_INVALID, "stream", "no input given");
    if (!params || !params->model)
        return ct__fail(CT_ERROR_INVALID, input, "no model given");
    if (engine->ran)
        return ct__fail(CT_ERROR_INVALID, input, "the engine has run already");
    if (params->segment_s != 0 && !(params->segment_s >= 0.001 && params->segment_s <= 1e6))
        return ct__fail(CT_ERROR_INVALID, input, "segment_s = %g: expected 0.001 to 1000000, or 0",
                        params->segment_s);
    if (params->every < 0)
        return ct__fail(CT_ERROR_INVALID, input, "every = %d: expected 0 or more", params->every);
    if (engine->stream_count == MOST_STREAMS)
        return ct__fail(CT_ERROR_LIMIT, input, "more than %d streams", MOST_STREAMS);
    return CT_OK;
}

int ct_engine_add_stream(ct_engine *engine, const char *input,
                         const struct ct_stream_params *params)
{
    int error = check_stream(engine, input, params);
    int model = 0;
    error = error ? error : find_model(engine, params, &model);
    if (error)
        return error;
    struct ct__stream **streams =
        ct__realloc_array(engine->streams, (size_t)engine->stream_count + 1, sizeof *streams);
    if (!streams)
        return ct__fail_memory(input);
    engine->streams = streams;
    // A slow frame must not stop the other lanes: each may be a frame ahead of it.
    unsigned window = 2 * (unsigned)engine->lane_count + 2;
    error = ct__stream_create(&streams[engine->stream_count], engine, input, params,
                              engine->models[model], window);
    if (error)
        return error;
    streams[engine->stream_count]->model_index = model;
    streams[engine->stream_count]->number = engine->stream_count;
    return engine->stream_count++;
}

void ct__engine_settle(ct_engine *engine, struct ct__stream *stream)
{
    bool ended = stream->inbox.ended && !stream->inbox.count && ct__tail_is_empty(&stream->tail) &&
                 !stream->tail.busy;
    if (!ended || stream->stats.ended)
        return;
    stream->stats.ended = 1;
    sem_post(&engine->wake);
}

// ---- running

static int start_threads(ct_engine *engine)
{
    struct ct__lane *lanes = ct__calloc((size_t)engine->lane_count, sizeof *lanes);
    if (!lanes)
        return ct__fail_memory("lanes");
    pthread_mutex_lock(&engine->lock);
    engine->lanes = lanes;
    pthread_mutex_unlock(&engine->lock);
    for (int i = 0; i < engine->lane_count; i++) {
        int error = ct__lane_start(&engine->lanes[i], engine, i);
        if (error)
            return error;
    }
    for (int i = 0; i < engine->stream_count; i++) {
        bool waits = engine->streams[i]->waits;
        int error = waits ? ct__stream_read_apart(engine->streams[i]) : CT_OK;
        if (error)
            return error;
    }
    return CT_OK;
}

static void cut_streams(ct_engine *engine)
{
    for (int i = 0; i < engine->stream_count; i++) {
        struct ct__stream *stream = engine->streams[i];
        if (!stream->stats.ended)
            ct__stream_cut(stream, CT_OK);
        ct__engine_settle(engine, stream);
    }
}

// Closes what has ended, with the lock given up meanwhile; returns how many streams are still at
// work.
static int tidy_streams(ct_engine *engine)
{
    int left = 0;
    for (int i = 0; i < engine->stream_count; i++) {
        struct ct__stream *stream = engine->streams[i];
        if (!stream->stats.ended) {
            left++;
        } else if (stream->output_count) {
            pthread_mutex_unlock(&engine->lock);
            ct__stream_close_outputs(stream, !atomic_load(&engine->stop));
            pthread_mutex_lock(&engine->lock);
        }
    }
    return left;
}

// Metrics that cannot be written are told once.
static void save_metrics(ct_engine *engine)
{
    if (!engine->metrics_error)
        engine->metrics_error = ct__metrics_save(engine, engine->metrics);
    engine->metrics_at_ns = ct__now_ns() + metrics_every_ns;
}

// Waits until a stream ended or stop was asked for. Whoever waits has time to look after trace and
// metrics.
static void wait_a_while(ct_engine *engine)
{
    if (!engine->trace && !engine->metrics) {
        while (sem_wait(&engine->wake) && errno == EINTR) {
        }
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    while (sem_timedwait(&engine->wake, &until) && errno == EINTR) {
    }
    ct__trace_flush(engine->trace);
    if (engine->metrics && ct__now_ns() >= engine->metrics_at_ns)
        save_metrics(engine);
}

static void wait_for_streams(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    while (tidy_streams(engine) > 0) {
        pthread_mutex_unlock(&engine->lock);
        wait_a_while(engine);
        pthread_mutex_lock(&engine->lock);
        if (atomic_load(&engine->stop))
            cut_streams(engine);
    }
    pthread_mutex_unlock(&engine->lock);
}

static void finish_lanes(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->ending = true;
    pthread_cond_broadcast(&engine->ready);
    pthread_mutex_unlock(&engine->lock);
    for (int i = 0; engine->lanes && i < engine->lane_count; i++)
        ct__lane_finish(&engine->lanes[i]);
}

int ct_engine_run(ct_engine *engine)
{
    if (engine->ran || !engine->stream_count)
        return ct__fail(CT_ERROR_INVALID, "engine",
                        engine->ran ? "an engine runs once" : "there is no stream to run");
    engine->ran = true;
    int error = start_threads(engine);
    if (error) {
        // Streams without a reader would never end.
        pthread_mutex_lock(&engine->lock);
        cut_streams(engine);
        pthread_mutex_unlock(&engine->lock);
    }
    wait_for_streams(engine);
    finish_lanes(engine);
    if (engine->metrics)
        save_metrics(engine);
    int traced = ct__trace_finish(engine->trace);
    for (int i = 0; i < engine->stream_count && !error; i++)
        error = engine->streams[i]->error;
    error = error ? error : engine->metrics_error;
    error = error ? error : traced;
    return atomic_load(&engine->stop) ? CT_ERROR_STOPPED : error;
}

void ct_engine_stop(ct_engine *engine)
{
    atomic_store(&engine->stop, true);
    sem_post(&engine->wake);
}

// ---- counters

static void add_stats(struct ct_stream_stats *sum, const struct ct_stream_stats *one)
{
    sum->read += one->read;
    sum->skipped += one->skipped;
    sum->results += one->results;
    sum->failed += one->failed;
    sum->objects += one->objects;
    sum->expected += one->expected;
    sum->ended &= one->ended;
}

void ct_engine_stats(ct_engine *engine, struct ct_engine_stats *stats)
{
    *stats = (struct ct_engine_stats){.lanes = engine->lane_count, .total = {.ended = 1}};
    pthread_mutex_lock(&engine->lock);
    struct ct__histogram latency = {0};
    for (int i = 0; i < engine->stream_count; i++) {
        add_stats(&stats->total, &engine->streams[i]->stats);
        ct__histogram_merge(&latency, &engine->streams[i]->latency);
    }
    stats->stage_count = ct__stages_report(&engine->stages, stats->stages);
    stats->latency_p50_ms = (double)ct__histogram_percentile(&latency, .50) * 1e-6;
    stats->latency_p99_ms = (double)ct__histogram_percentile(&latency, .99) * 1e-6;
    pthread_mutex_unlock(&engine->lock);
}

int ct_engine_stream_stats(ct_engine *engine, int stream, struct ct_stream_stats *stats)
{
    if (stream < 0 || stream >= engine->stream_count)
        return ct__fail(CT_ERROR_NOT_FOUND, "engine", "stream %d: there are %d", stream,
                        engine->stream_count);
    pthread_mutex_lock(&engine->lock);
    *stats = engine->streams[stream]->stats;
    pthread_mutex_unlock(&engine->lock);
    return CT_OK;
}

void ct_engine_destroy(ct_engine **pointer)
{
    ct_engine *engine = pointer ? *pointer : NULL;
    if (!engine)
        return;
    *pointer = NULL;
    finish_lanes(engine);
    for (int i = 0; i < engine->stream_count; i++)
        ct__stream_destroy(&engine->streams[i]);
    for (int i = 0; i < engine->model_count; i++)
        ct_model_close(&engine->models[i]);
    ct__free(engine->streams);
    ct__free(engine->models);
    ct__free(engine->inference);
    ct__trace_destroy(&engine->trace);
    ct__free(engine->metrics);
    ct__free(engine->lanes);
    sem_destroy(&engine->wake);
    pthread_cond_destroy(&engine->ready);
    pthread_mutex_destroy(&engine->lock);
    ct__free(engine);
}
