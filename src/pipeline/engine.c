// SPDX-License-Identifier: Apache-2.0
// The engine: the one owner of threads. It starts readers and lanes, waits until the streams have
// ended, and takes everything down in the opposite order.
#include "pipeline/engine.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/lane.h"
#include "pipeline/metrics.h"
#include "pipeline/slots.h"
#include "pipeline/viewer.h"

enum { MOST_LANES = 1024, MOST_STREAMS = 65536 };

static const int64_t metrics_every_ns = INT64_C(5000000000);
static const int64_t govern_every_ns = INT64_C(900000000);

// The cores that lanes share.
static int choose_cores(ct_engine *engine, const char *list)
{
    if (!list)
        return CT_OK;
    engine->cores = ct__calloc(MOST_LANES, sizeof *engine->cores);
    if (!engine->cores)
        return ct__fail_memory("engine");
    int count = ct__cores_parse(list, engine->cores, MOST_LANES);
    engine->core_count = count > 0 ? count : 0;
    return count < 0 ? count : CT_OK;
}

// One thread decodes some 450 full-HD frames a second: enough for four lanes of a small model.
static void choose_threads(ct_engine *engine, const struct ct_engine_params *params)
{
    struct ct__cores cores;
    ct__cores_read("", &cores);
    if (engine->core_count && engine->core_count < cores.usable)
        cores.usable = engine->core_count;
    engine->lane_count = params->lanes > 0 ? params->lanes : cores.usable;
    int quarter = engine->lane_count / 4;
    engine->decoder_threads = quarter < 1 ? 1 : quarter > 8 ? 8 : quarter;
    // Not a matter of lanes: an encoder's bytes depend on its threads.
    engine->encoder_threads = cores.usable > 8 ? 8 : cores.usable;
}

// Without a handler the signal would do nothing, or end the program.
static int check_signal(int number)
{
    struct sigaction action;
    if (!number)
        return CT_OK;
    if (sigaction(number, NULL, &action))
        return ct__fail(CT_ERROR_INVALID, "engine", "wake_signal = %d: no signal", number);
    bool handled = action.sa_flags & SA_SIGINFO ||
                   (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    return handled ? CT_OK
                   : ct__fail(CT_ERROR_INVALID, "engine", "wake_signal = %d: it has no handler",
                              number);
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
    if (!(params->cpu_budget >= 0 && params->cpu_budget <= 1e6))
        return ct__fail(CT_ERROR_INVALID, "engine", "cpu_budget = %g: expected 0 to 1000000",
                        params->cpu_budget);
    int error = check_signal(params->wake_signal);
    if (error)
        return error;
    ct_engine *engine = ct__calloc(1, sizeof *engine);
    if (!engine)
        return ct__fail_memory("engine");
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->change, NULL);
    pthread_cond_init(&engine->ready, NULL);
    pthread_cond_init(&engine->closed, NULL);
    sem_init(&engine->wake, 0, 0);
    atomic_init(&engine->stop, false);
    engine->keep_running = params->keep_running != 0;
    engine->wake_signal = params->wake_signal;
    engine->governor = (struct ct__governor){.budget = params->cpu_budget, .share = 1};
    error = choose_cores(engine, params->cpus);
    choose_threads(engine, params);
    error = error ? error : ct__viewer_create(&engine->viewer, engine);
    error = error ? error : prepare_observing(engine, params);
    if (error)
        ct_engine_destroy(&engine);
    else
        *out = engine;
    return error;
}

// ---- streams

static int check_steps(const char *input, const struct ct_stream_params *params)
{
    if (params->step_count < 0 || params->step_count >= CT__MOST_STEPS)
        return ct__fail(CT_ERROR_INVALID, input, "%d further models: expected 0 to %d",
                        params->step_count, CT__MOST_STEPS - 1);
    if (params->step_count && (!params->live.enabled || !params->model))
        return ct__fail(CT_ERROR_INVALID, input,
                        "further models are for live streams that have a first");
    for (int i = 0; i < params->step_count; i++) {
        const struct ct_step_params *step = &params->steps[i];
        if (!step->name || !step->model)
            return ct__fail(CT_ERROR_INVALID, input, "a further model lacks a name or a path");
        if (!(step->fps >= 0 && step->fps <= 1000))
            return ct__fail(CT_ERROR_INVALID, input, "%s: fps = %g: expected 0 to 1000", step->name,
                            step->fps);
    }
    return CT_OK;
}

static bool has_run(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    bool over = engine->ran && !engine->running;
    pthread_mutex_unlock(&engine->lock);
    return over;
}

static int check_stream(ct_engine *engine, const char *input, const struct ct_stream_params *params)
{
    if (!input || !*input)
        return ct__fail(CT_ERROR_INVALID, "stream", "no input given");
    if (!params || (!params->model && !params->live.enabled))
        return ct__fail(CT_ERROR_INVALID, input, "no model given");
    if (has_run(engine))
        return ct__fail(CT_ERROR_INVALID, input, "the engine has run already");
    if (params->segment_s != 0 && !(params->segment_s >= 0.001 && params->segment_s <= 1e6))
        return ct__fail(CT_ERROR_INVALID, input, "segment_s = %g: expected 0.001 to 1000000, or 0",
                        params->segment_s);
    if (params->every < 0)
        return ct__fail(CT_ERROR_INVALID, input, "every = %d: expected 0 or more", params->every);
    if (engine->stream_count == MOST_STREAMS)
        return ct__fail(CT_ERROR_LIMIT, input, "more than %d streams", MOST_STREAMS);
    return check_steps(input, params);
}

// Gives a stream its number. From then on lanes see it. The lock is held.
static int enlist(ct_engine *engine, struct ct__stream *stream)
{
    struct ct__stream **streams =
        ct__realloc_array(engine->streams, (size_t)engine->stream_count + 1, sizeof *streams);
    if (!streams)
        return ct__fail_memory(stream->shown);
    engine->streams = streams;
    stream->number = engine->stream_count;
    streams[engine->stream_count++] = stream;
    pthread_cond_signal(&engine->ready);
    return CT_OK;
}

// Ends a stream and waits until nobody has to do with it. The lock is held.
static void await_end(ct_engine *engine, struct ct__stream *stream)
{
    if (!stream->stats.ended)
        ct__stream_cut(stream, CT_OK);
    ct__engine_settle(engine, stream);
    while (engine->running && !stream->closed)
        pthread_cond_wait(&engine->closed, &engine->lock);
    engine->streams[stream->number] = NULL;
    while (stream->pins)
        pthread_cond_wait(&engine->closed, &engine->lock);
}

static void remove_stream(ct_engine *engine, struct ct__stream *stream)
{
    struct ct__slot *slots[CT__MOST_STEPS];
    int count = stream->step_count;
    for (int i = 0; i < count; i++)
        slots[i] = stream->steps[i].slot;
    pthread_mutex_lock(&engine->lock);
    await_end(engine, stream);
    pthread_mutex_unlock(&engine->lock);
    ct__stream_destroy(&stream);
    ct__slots_release(engine, slots, count);
}

static int add_stream(ct_engine *engine, const char *input, const struct ct_stream_params *params)
{
    struct ct__slot *slots[CT__MOST_STEPS];
    struct ct__stream *stream = NULL;
    int slot_count;
    // A slow frame must not stop the other lanes: each may be a frame ahead of it.
    unsigned window = 2 * (unsigned)engine->lane_count + 2;
    int error = ct__slots_find(engine, params, slots, &slot_count);
    if (!error)
        error = ct__stream_create(&stream, engine, input, params, slots, slot_count, window);
    pthread_mutex_lock(&engine->lock);
    error = error ? error : enlist(engine, stream);
    bool starts = !error && engine->running;
    pthread_mutex_unlock(&engine->lock);
    if (error) {
        ct__stream_destroy(&stream);
        ct__slots_release(engine, slots, slot_count);
        return error;
    }
    error = starts ? ct__stream_start(stream) : CT_OK;
    if (!error)
        return stream->number;
    remove_stream(engine, stream);
    return error;
}

int ct_engine_add_stream(ct_engine *engine, const char *input,
                         const struct ct_stream_params *params)
{
    pthread_mutex_lock(&engine->change);
    int error = check_stream(engine, input, params);
    error = error ? error : add_stream(engine, input, params);
    pthread_mutex_unlock(&engine->change);
    return error;
}

struct ct__stream *ct__engine_pin(ct_engine *engine, int number)
{
    pthread_mutex_lock(&engine->lock);
    bool there = number >= 0 && number < engine->stream_count && engine->streams[number];
    struct ct__stream *stream = there ? engine->streams[number] : NULL;
    if (stream)
        stream->pins++;
    pthread_mutex_unlock(&engine->lock);
    return stream;
}

void ct__engine_unpin(struct ct__stream *stream)
{
    ct_engine *engine = stream->engine;
    pthread_mutex_lock(&engine->lock);
    if (--stream->pins == 0)
        pthread_cond_broadcast(&engine->closed);
    pthread_mutex_unlock(&engine->lock);
}

int ct_engine_remove_stream(ct_engine *engine, int number)
{
    pthread_mutex_lock(&engine->change);
    bool there = number >= 0 && number < engine->stream_count && engine->streams[number];
    if (there)
        remove_stream(engine, engine->streams[number]);
    pthread_mutex_unlock(&engine->change);
    return there ? CT_OK
                 : ct__fail(CT_ERROR_NOT_FOUND, "engine", "stream %d: there is none", number);
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
        int error = engine->streams[i] ? ct__stream_start(engine->streams[i]) : CT_OK;
        if (error)
            return error;
    }
    pthread_mutex_lock(&engine->lock);
    engine->running = true;
    pthread_mutex_unlock(&engine->lock);
    return CT_OK;
}

static void cut_streams(ct_engine *engine)
{
    for (int i = 0; i < engine->stream_count; i++) {
        struct ct__stream *stream = engine->streams[i];
        if (stream && !stream->stats.ended)
            ct__stream_cut(stream, CT_OK);
        if (stream)
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
        if (!stream || stream->closed)
            continue;
        if (!stream->stats.ended) {
            left++;
            continue;
        }
        pthread_mutex_unlock(&engine->lock);
        ct__stream_close_outputs(stream, !atomic_load(&engine->stop));
        pthread_mutex_lock(&engine->lock);
        stream->closed = true;
        pthread_cond_broadcast(&engine->closed);
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

// Waits until a stream ended or stop was asked for. Whoever waits has time to look after the CPU
// budget, trace and metrics.
static void wait_a_while(ct_engine *engine)
{
    if (!engine->trace && !engine->metrics && !engine->governor.budget) {
        while (sem_wait(&engine->wake) && errno == EINTR) {
        }
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    while (sem_timedwait(&engine->wake, &until) && errno == EINTR) {
    }
    pthread_mutex_lock(&engine->lock);
    if (ct__now_ns() - engine->governor.wall_ns >= govern_every_ns)
        ct__governor_look(&engine->governor, ct__now_ns(), ct__process_cpu_ns());
    pthread_mutex_unlock(&engine->lock);
    ct__trace_flush(engine->trace);
    if (engine->metrics && ct__now_ns() >= engine->metrics_at_ns)
        save_metrics(engine);
}

static bool goes_on(ct_engine *engine)
{
    int left = tidy_streams(engine);
    return left > 0 || (engine->keep_running && !atomic_load(&engine->stop));
}

static void wait_for_streams(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    while (goes_on(engine)) {
        pthread_mutex_unlock(&engine->lock);
        wait_a_while(engine);
        pthread_mutex_lock(&engine->lock);
        if (atomic_load(&engine->stop))
            cut_streams(engine);
    }
    // From here on nobody closes outputs but who destroys them.
    engine->running = false;
    pthread_cond_broadcast(&engine->closed);
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
    pthread_mutex_lock(&engine->change);
    bool ran = engine->ran, runs = !ran && (engine->stream_count || engine->keep_running);
    engine->ran |= runs;
    int error = runs ? start_threads(engine) : CT_OK;
    pthread_mutex_unlock(&engine->change);
    if (!runs)
        return ct__fail(CT_ERROR_INVALID, "engine",
                        ran ? "an engine runs once" : "there is no stream to run");
    if (error) {
        // Streams without a reader would never end.
        engine->keep_running = false;
        pthread_mutex_lock(&engine->lock);
        cut_streams(engine);
        pthread_mutex_unlock(&engine->lock);
    }
    wait_for_streams(engine);
    finish_lanes(engine);
    if (engine->metrics)
        save_metrics(engine);
    int traced = ct__trace_finish(engine->trace);
    pthread_mutex_lock(&engine->change);
    for (int i = 0; i < engine->stream_count && !error; i++)
        error = engine->streams[i] ? engine->streams[i]->error : CT_OK;
    pthread_mutex_unlock(&engine->change);
    error = error ? error : engine->metrics_error;
    error = error ? error : traced;
    return atomic_load(&engine->stop) ? CT_ERROR_STOPPED : error;
}

void ct_engine_stop(ct_engine *engine)
{
    atomic_store(&engine->stop, true);
    sem_post(&engine->wake);
}

void ct_engine_destroy(ct_engine **pointer)
{
    ct_engine *engine = pointer ? *pointer : NULL;
    if (!engine)
        return;
    *pointer = NULL;
    finish_lanes(engine);
    ct__viewer_destroy(&engine->viewer);
    for (int i = 0; i < engine->stream_count; i++)
        ct__stream_destroy(&engine->streams[i]);
    for (int i = 0; i < engine->slot_count; i++) {
        ct_model_close(&engine->slots[i]->model);
        ct__free(engine->slots[i]);
    }
    ct__free(engine->streams);
    ct__free(engine->slots);
    ct__free(engine->cores);
    ct__trace_destroy(&engine->trace);
    ct__free(engine->metrics);
    ct__free(engine->lanes);
    sem_destroy(&engine->wake);
    pthread_cond_destroy(&engine->ready);
    pthread_cond_destroy(&engine->closed);
    pthread_mutex_destroy(&engine->change);
    pthread_mutex_destroy(&engine->lock);
    ct__free(engine);
}
