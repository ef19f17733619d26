// SPDX-License-Identifier: Apache-2.0
// Numbers are copied out of the engine, then written.
#include "service/api.h"

#include <chiton/fleet.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "service/streams.h"

#define JSON "application/json"

// ---- health

void ct__api_word(struct ct__request *request, const char *word)
{
    struct ct__text text = {0};
    ct__text_printf(&text, "%s\n", word);
    ct__answer_text(request, 200, "text/plain; charset=utf-8", &text);
}

void ct__api_health(struct ct__request *request)
{
    ct__api_word(request, "ok");
}

// Models are loaded when a stream is added; streams are new until the engine runs.
void ct__api_ready(ct_engine *engine, struct ct__request *request)
{
    struct ct_stream_info info;
    for (int i = ct_engine_stream_count(engine) - 1; i >= 0; i--)
        if (ct_engine_stream_info(engine, i, &info) == CT_OK && info.state == CT_STREAM_NEW) {
            ct__answer_header(request, "Retry-After", "1");
            ct__answer_error(request, 503, "not_ready", "the engine does not run yet");
            return;
        }
    ct__api_word(request, "ready");
}

// ---- metrics

// Answers with a text that is written as snprintf() does, of unknown length. It may grow between
// two calls.
static void answer_written(struct ct__request *request, const char *type,
                           int64_t (*write)(void *opaque, char *text, size_t size), void *opaque)
{
    struct ct__text text = {0};
    size_t size = 16384;
    int64_t length = CT_ERROR_MEMORY;
    char *data = NULL;
    for (int tries = 0; tries < 4; tries++) {
        data = ct__alloc(size);
        length = data ? write(opaque, data, size) : CT_ERROR_MEMORY;
        if (length < (int64_t)size)
            break;
        size = (size_t)length + 4096;
        ct__free(data);
        data = NULL;
    }
    if (data && length >= 0)
        ct__text_append(&text, data, (size_t)length);
    else
        text.failed = true;
    ct__free(data);
    ct__answer_text(request, 200, type, &text);
}

static int64_t write_metrics(void *opaque, char *text, size_t size)
{
    return ct_engine_metrics(opaque, text, size);
}

void ct__api_metrics(ct_engine *engine, struct ct__request *request)
{
    answer_written(request, "text/plain; version=0.0.4; charset=utf-8", write_metrics, engine);
}

static int64_t write_schema(void *opaque, char *text, size_t size)
{
    (void)opaque;
    return ct_fleet_schema(text, size);
}

void ct__api_schema(struct ct__request *request)
{
    answer_written(request, "application/schema+json", write_schema, NULL);
}

// ---- streams

static void put_frames(struct ct__json *json, const struct ct_stream_stats *stats)
{
    ct__json_key(json, "frames");
    ct__json_begin_object(json);
    ct__member_int(json, "read", stats->read);
    ct__member_int(json, "results", stats->results);
    ct__member_int(json, "skipped", stats->skipped);
    ct__member_int(json, "dropped", stats->dropped);
    ct__member_int(json, "duplicates", stats->duplicates);
    ct__member_int(json, "stale", stats->stale);
    ct__member_int(json, "failed", stats->failed);
    ct__member_int(json, "lost", stats->lost);
    ct__member_int(json, "undecoded", stats->undecoded);
    ct__member_int(json, "unwritten", stats->unwritten);
    ct__json_end_object(json);
    ct__member_int(json, "objects", stats->objects);
}

static void put_latency(struct ct__json *json, double p50_ms, double p99_ms)
{
    ct__json_key(json, "latency_ms");
    ct__json_begin_object(json);
    ct__member_number(json, "p50", p50_ms, 2);
    ct__member_number(json, "p99", p99_ms, 2);
    ct__json_end_object(json);
}

static void put_stream(struct ct__json *json, const struct ct_stream_info *info)
{
    ct__json_begin_object(json);
    ct__member_string(json, "name", info->name);
    ct__member_int(json, "number", (uint64_t)info->number);
    ct__member_string(json, "input", info->input);
    ct__member_string(json, "state", ct_stream_state_name(info->state));
    ct__member_string(json, "reason", info->reason);
    ct__member_number(json, "retry_s", info->retry_s, 1);
    ct__member_int(json, "reconnects", info->reconnects);
    ct__member_int(json, "width", (uint64_t)info->width);
    ct__member_int(json, "height", (uint64_t)info->height);
    ct__member_number(json, "source_fps", info->source_fps, 2);
    ct__member_number(json, "wanted_fps", info->wanted_fps, 2);
    ct__member_number(json, "allowed_fps", info->allowed_fps, 2);
    ct__member_number(json, "result_fps", info->result_fps, 2);
    ct__member_number(json, "age_s", info->age_s, 3);
    ct__member_int(json, "watched", (uint64_t)info->watched);
    put_latency(json, info->latency_p50_ms, info->latency_p99_ms);
    put_frames(json, &info->stats);
    ct__json_end_object(json);
}

void ct__api_streams(ct_engine *engine, struct ct__request *request)
{
    struct ct__text text = {0};
    struct ct__json json;
    struct ct_stream_info info;
    int count = ct_engine_stream_count(engine);
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "streams");
    ct__json_begin_array(&json);
    for (int i = 0; i < count; i++)
        if (ct_engine_stream_info(engine, i, &info) == CT_OK)
            put_stream(&json, &info);
    ct__json_end_array(&json);
    ct__json_end_object(&json);
    ct__text_puts(&text, "\n");
    ct__answer_text(request, 200, JSON, &text);
}

void ct__api_stream(ct_engine *engine, struct ct__request *request, const char *name)
{
    struct ct__text text = {0};
    struct ct__json json;
    struct ct_stream_info info;
    if (ct__streams_find(engine, name, &info) != CT_OK) {
        ct__answer_error(request, 404, "no_camera", "no camera is called %.128s", name);
        return;
    }
    ct__json_init(&json, &text);
    put_stream(&json, &info);
    ct__text_puts(&text, "\n");
    ct__answer_text(request, 200, JSON, &text);
}

// ---- stats

static void read_usage(struct ct__usage *usage)
{
    int64_t now_ns = ct__now_ns(), cpu_ns = ct__process_cpu_ns();
    int64_t passed_ns = now_ns - usage->since_ns;
    if (passed_ns < INT64_C(900000000))
        return;
    usage->percent = 100.0 * (double)(cpu_ns - usage->cpu_ns) / (double)passed_ns;
    usage->since_ns = now_ns;
    usage->cpu_ns = cpu_ns;
}

static void put_cpu(struct ct__json *json, struct ct__usage *usage)
{
    read_usage(usage);
    ct__json_key(json, "cpu");
    ct__json_begin_object(json);
    ct__member_number(json, "seconds", (double)ct__process_cpu_ns() / 1e9, 3);
    ct__member_number(json, "percent", usage->percent, 1);
    ct__member_int(json, "cores", (uint64_t)usage->cores);
    ct__json_end_object(json);
}

static void put_lanes(struct ct__json *json, ct_engine *engine, int count)
{
    double load;
    ct__json_key(json, "lanes");
    ct__json_begin_array(json);
    for (int i = 0; i < count; i++)
        if (ct_engine_lane_load(engine, i, &load) == CT_OK)
            ct__json_number(json, load, 3);
    ct__json_end_array(json);
}

static void put_stages(struct ct__json *json, const struct ct_engine_stats *stats)
{
    ct__json_key(json, "stages");
    ct__json_begin_array(json);
    for (int i = 0; i < stats->stage_count; i++) {
        const struct ct_stage *stage = &stats->stages[i];
        ct__json_begin_object(json);
        ct__member_string(json, "name", stage->name);
        ct__member_int(json, "count", stage->count);
        ct__member_number(json, "mean_ms", stage->mean_ms, 3);
        ct__member_number(json, "p50_ms", stage->p50_ms, 3);
        ct__member_number(json, "p95_ms", stage->p95_ms, 3);
        ct__member_number(json, "p99_ms", stage->p99_ms, 3);
        ct__member_number(json, "cpu_share", stage->cpu_share, 4);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

void ct__api_stats(ct_engine *engine, struct ct__request *request, struct ct__usage *usage,
                   struct ct__onlookers onlookers)
{
    struct ct__text text = {0};
    struct ct__json json;
    struct ct_engine_stats stats;
    ct_engine_stats(engine, &stats);
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__member_string(&json, "version", ct_version());
    put_cpu(&json, usage);
    put_lanes(&json, engine, stats.lanes);
    put_latency(&json, stats.latency_p50_ms, stats.latency_p99_ms);
    put_frames(&json, &stats.total);
    put_stages(&json, &stats);
    ct__json_key(&json, "clients");
    ct__json_begin_object(&json);
    ct__member_int(&json, "events", (uint64_t)onlookers.events);
    ct__member_int(&json, "pictures", (uint64_t)onlookers.pictures);
    ct__json_end_object(&json);
    ct__json_end_object(&json);
    ct__text_puts(&text, "\n");
    ct__answer_text(request, 200, JSON, &text);
}
