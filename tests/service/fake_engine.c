// SPDX-License-Identifier: Apache-2.0
#include "fake_engine.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <chiton/fleet.h>

#include "base/clock.h"

struct ct_jpeg {
    atomic_int references;
    struct ct_frame_info info;
    size_t size;
    uint8_t data[];
};

struct ct_watch {
    ct_engine *engine;
    struct ct_watch_params params;
    struct ct_watch *next;
};

struct ct_engine {
    pthread_mutex_t lock, calling;
    struct ct_stream_info streams[FAKE_STREAMS];
    int removed[FAKE_STREAMS];
    int count, refusal, width;
    struct ct_watch *watches;
    uint64_t results;
};

static atomic_int jpegs;
static atomic_size_t padding;

ct_engine *fake_create(void)
{
    ct_engine *engine = calloc(1, sizeof(*engine));
    assert_non_null(engine);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->calling, NULL);
    padding = 0;
    return engine;
}

void fake_destroy(ct_engine *engine)
{
    assert_null(engine->watches);
    assert_int_equal(atomic_load(&jpegs), 0);
    pthread_mutex_destroy(&engine->lock);
    pthread_mutex_destroy(&engine->calling);
    free(engine);
}

int fake_add(ct_engine *engine, const char *name, enum ct_stream_state state)
{
    pthread_mutex_lock(&engine->lock);
    int number = engine->count++;
    struct ct_stream_info *info = &engine->streams[number];
    *info = (struct ct_stream_info){.number = number,
                                    .state = state,
                                    .width = 640,
                                    .height = 360,
                                    .source_fps = 30,
                                    .wanted_fps = 10,
                                    .allowed_fps = 10,
                                    .result_fps = 9.98,
                                    .age_s = .04,
                                    .latency_p50_ms = 21.5,
                                    .latency_p99_ms = 33.25,
                                    .stats = {.read = 100, .results = 34, .skipped = 66}};
    snprintf(info->name, sizeof info->name, "%s", name);
    snprintf(info->input, sizeof info->input, "rtsp://camera/%s", name);
    pthread_mutex_unlock(&engine->lock);
    return number;
}

void fake_state(ct_engine *engine, int stream, enum ct_stream_state state, const char *reason)
{
    pthread_mutex_lock(&engine->lock);
    engine->streams[stream].state = state;
    engine->streams[stream].retry_s = state == CT_STREAM_WAITING ? 4 : 0;
    snprintf(engine->streams[stream].reason, sizeof engine->streams[stream].reason, "%s", reason);
    pthread_mutex_unlock(&engine->lock);
}

void fake_remove(ct_engine *engine, int stream)
{
    pthread_mutex_lock(&engine->lock);
    engine->removed[stream] = 1;
    pthread_mutex_unlock(&engine->lock);
}

void fake_refuse(ct_engine *engine, int error)
{
    pthread_mutex_lock(&engine->lock);
    engine->refusal = error;
    pthread_mutex_unlock(&engine->lock);
}

void fake_padding(ct_engine *engine, size_t bytes)
{
    (void)engine;
    padding = bytes;
}

// ---- delivery: as in the real engine no callback runs once ct_engine_unwatch() has returned

void fake_result(ct_engine *engine, int stream, uint64_t frame)
{
    const struct ct_result result = {.source = engine->streams[stream].name, .frame = frame};
    pthread_mutex_lock(&engine->calling);
    for (struct ct_watch *watch = engine->watches; watch; watch = watch->next)
        if (watch->params.on_result)
            watch->params.on_result(watch->params.opaque, stream, &result);
    engine->results++;
    pthread_mutex_unlock(&engine->calling);
}

void fake_picture(ct_engine *engine, int stream, uint64_t frame, size_t size, char fill)
{
    ct_jpeg *jpeg = malloc(sizeof(*jpeg) + size);
    assert_non_null(jpeg);
    atomic_init(&jpeg->references, 1);
    atomic_fetch_add(&jpegs, 1);
    jpeg->size = size;
    jpeg->info = (struct ct_frame_info){.number = frame, .capture_ns = ct__now_ns()};
    memset(jpeg->data, fill, size);
    pthread_mutex_lock(&engine->calling);
    for (struct ct_watch *watch = engine->watches; watch; watch = watch->next)
        if (watch->params.on_jpeg && watch->params.stream == stream)
            watch->params.on_jpeg(watch->params.opaque, stream, jpeg);
    pthread_mutex_unlock(&engine->calling);
    ct_jpeg_unref(&jpeg);
}

int fake_watchers(ct_engine *engine, int stream)
{
    int count = 0;
    pthread_mutex_lock(&engine->calling);
    for (struct ct_watch *watch = engine->watches; watch; watch = watch->next)
        count += watch->params.stream == stream;
    pthread_mutex_unlock(&engine->calling);
    return count;
}

int fake_width(ct_engine *engine)
{
    pthread_mutex_lock(&engine->calling);
    int width = engine->width;
    pthread_mutex_unlock(&engine->calling);
    return width;
}

// ---- what the service calls

int ct_engine_stream_count(ct_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    int count = engine->count;
    pthread_mutex_unlock(&engine->lock);
    return count;
}

int ct_engine_stream_info(ct_engine *engine, int stream, struct ct_stream_info *info)
{
    int error = CT_ERROR_NOT_FOUND;
    pthread_mutex_lock(&engine->lock);
    if (stream >= 0 && stream < engine->count && !engine->removed[stream]) {
        *info = engine->streams[stream];
        error = CT_OK;
    }
    pthread_mutex_unlock(&engine->lock);
    return error;
}

int ct_engine_lane_load(ct_engine *engine, int lane, double *load)
{
    (void)engine;
    *load = .25 * (lane + 1);
    return lane < 2 ? CT_OK : CT_ERROR_NOT_FOUND;
}

void ct_engine_stats(ct_engine *engine, struct ct_engine_stats *stats)
{
    (void)engine;
    *stats = (struct ct_engine_stats){.lanes = 2,
                                      .total = {.read = 200, .results = 68},
                                      .latency_p50_ms = 20,
                                      .latency_p99_ms = 40,
                                      .stage_count = 1,
                                      .stages = {{.name = "run", .count = 68, .mean_ms = 12.5}}};
}

int64_t ct_engine_metrics(ct_engine *engine, char *text, size_t size)
{
    (void)engine;
    int length = snprintf(text, size,
                          "# HELP chiton_frames_total Frames.\n# TYPE chiton_frames_total "
                          "counter\nchiton_frames_total{camera=\"door\"} 34\n%*s",
                          (int)padding, "");
    return length;
}

int64_t ct_fleet_schema(char *text, size_t size)
{
    return snprintf(text, size, "{\"title\":\"fleet\"}");
}

int64_t ct_result_json(const struct ct_result *result, char *text, size_t size)
{
    return snprintf(text, size, "{\"source\":\"%s\",\"frame\":%llu,\"padding\":\"%*s\"}",
                    result->source, (unsigned long long)result->frame, (int)padding, "");
}

const char *ct_stream_state_name(enum ct_stream_state state)
{
    static const char *const names[] = {"new",     "connecting", "live", "stalled",
                                        "waiting", "failed",     "ended"};
    return names[state];
}

int ct_engine_watch(ct_engine *engine, const struct ct_watch_params *params, ct_watch **out)
{
    pthread_mutex_lock(&engine->lock);
    int refusal = engine->refusal;
    pthread_mutex_unlock(&engine->lock);
    if (refusal)
        return refusal;
    struct ct_watch *watch = malloc(sizeof(*watch));
    assert_non_null(watch);
    pthread_mutex_lock(&engine->calling);
    *watch = (struct ct_watch){.engine = engine, .params = *params, .next = engine->watches};
    engine->watches = watch;
    engine->width = params->max_width;
    pthread_mutex_unlock(&engine->calling);
    *out = watch;
    return CT_OK;
}

void ct_engine_unwatch(ct_watch **watch)
{
    if (!*watch)
        return;
    ct_engine *engine = (*watch)->engine;
    pthread_mutex_lock(&engine->calling);
    struct ct_watch **link = &engine->watches;
    while (*link != *watch)
        link = &(*link)->next;
    *link = (*watch)->next;
    pthread_mutex_unlock(&engine->calling);
    free(*watch);
    *watch = NULL;
}

const uint8_t *ct_jpeg_data(const ct_jpeg *jpeg, size_t *size)
{
    *size = jpeg->size;
    return jpeg->data;
}

const struct ct_frame_info *ct_jpeg_info(const ct_jpeg *jpeg)
{
    return &jpeg->info;
}

ct_jpeg *ct_jpeg_ref(ct_jpeg *jpeg)
{
    atomic_fetch_add(&jpeg->references, 1);
    return jpeg;
}

void ct_jpeg_unref(ct_jpeg **jpeg)
{
    if (*jpeg && atomic_fetch_sub(&(*jpeg)->references, 1) == 1) {
        atomic_fetch_sub(&jpegs, 1);
        free(*jpeg);
    }
    *jpeg = NULL;
}
