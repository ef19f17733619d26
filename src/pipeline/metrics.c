// SPDX-License-Identifier: Apache-2.0
// Metrics are read from the counters that the engine keeps anyway. Each is copied with the lock
// held and written with the lock given up, so that a scrape holds up nobody; the metrics of one
// text may be a frame apart.
#include "pipeline/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "pipeline/engine.h"
#include "pipeline/lane.h"

// A label of which `text` belongs to somebody else. Where an earlier thing has the same name,
// `number` tells them apart.
struct label {
    const char *name, *text;
    int number;
};

static void put_head(struct ct__text *text, const char *name, const char *type, const char *help)
{
    ct__text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

// The format's own escapes; bytes that are no UTF-8 become U+FFFD, since one would spoil the whole
// text.
static void put_label(struct ct__text *text, const struct label *label)
{
    ct__text_printf(text, "%s=\"", label->name);
    const char *at = label->text;
    while (*at) {
        size_t length = ct__utf8_length(at);
        if (*at == '\\' || *at == '"')
            ct__text_append(text, "\\", 1);
        if (*at == '\n')
            ct__text_puts(text, "\\n");
        else if (length)
            ct__text_append(text, at, length);
        else
            ct__text_puts(text, "\xef\xbf\xbd");
        at += length ? length : 1;
    }
    if (label->number)
        ct__text_printf(text, "#%d", label->number);
    ct__text_puts(text, "\"");
}

static void put_count(struct ct__text *text, const char *name, const struct label *label,
                      uint64_t count)
{
    ct__text_printf(text, "%s{", name);
    put_label(text, label);
    ct__text_printf(text, "} %" PRIu64 "\n", count);
}

// ---- histograms

static const struct {
    const char *text;
    int64_t ns;
} bounds[] = {
    {"0.0005", 500000},  {"0.001", 1000000},  {"0.0025", 2500000}, {"0.005", 5000000},
    {"0.01", 10000000},  {"0.025", 25000000}, {"0.05", 50000000},  {"0.1", 100000000},
    {"0.25", 250000000}, {"0.5", 500000000},  {"1", 1000000000},   {"2.5", 2500000000},
    {"5", 5000000000},   {"10", 10000000000},
};

static void put_bucket(struct ct__text *text, const char *name, const struct label *label,
                       const char *bound, uint64_t count)
{
    ct__text_printf(text, "%s_bucket{", name);
    put_label(text, label);
    ct__text_printf(text, ",le=\"%s\"} %" PRIu64 "\n", bound, count);
}

static void put_histogram(struct ct__text *text, const char *name, const struct label *label,
                          const struct ct__histogram *histogram)
{
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        put_bucket(text, name, label, bounds[i].text, ct__histogram_below(histogram, bounds[i].ns));
    put_bucket(text, name, label, "+Inf", histogram->count);
    ct__text_printf(text, "%s_sum{", name);
    put_label(text, label);
    ct__text_printf(text, "} %.9f\n%s_count{", (double)histogram->sum_ns / 1e9, name);
    put_label(text, label);
    ct__text_printf(text, "} %" PRIu64 "\n", histogram->count);
}

static struct ct__histogram copy_histogram(ct_engine *engine, const struct ct__histogram *histogram)
{
    pthread_mutex_lock(&engine->lock);
    struct ct__histogram copy = *histogram;
    pthread_mutex_unlock(&engine->lock);
    return copy;
}

// ---- by stream

static const char *camera_of(const struct ct__stream *stream)
{
    return stream->name ? stream->name : stream->input;
}

// Two streams may have one name, but a metric must not be there twice.
static struct label stream_label(const ct_engine *engine, const char *name, int index)
{
    const char *camera = camera_of(engine->streams[index]);
    struct label label = {.name = name, .text = camera};
    for (int i = 0; i < index && !label.number; i++)
        label.number = strcmp(camera_of(engine->streams[i]), camera) ? 0 : index;
    return label;
}

enum counter { FRAMES, SKIPPED, FAILED, UP };

static uint64_t read_counter(const struct ct_stream_stats *stats, enum counter counter)
{
    switch (counter) {
    case FRAMES:
        return stats->read;
    case SKIPPED:
        return stats->skipped;
    case FAILED:
        return stats->failed;
    default:
        return !stats->ended;
    }
}

static void put_counters(ct_engine *engine, struct ct__text *text)
{
    static const struct {
        const char *name, *type, *label, *help;
    } rows[] = {
        [FRAMES] = {"chiton_frames_total", "counter", "camera", "Frames that the input gave."},
        [SKIPPED] = {"chiton_frames_skipped_total", "counter", "camera",
                     "Frames that were not looked at because of --every."},
        [FAILED] = {"chiton_errors_total", "counter", "scope",
                    "Frames that could not be read, answered or written."},
        [UP] = {"chiton_stream_up", "gauge", "camera", "1 until the stream has ended."},
    };
    for (enum counter counter = FRAMES; counter <= UP; counter++) {
        put_head(text, rows[counter].name, rows[counter].type, rows[counter].help);
        for (int i = 0; i < engine->stream_count; i++) {
            struct label label = stream_label(engine, rows[counter].label, i);
            struct ct_stream_stats stats;
            ct_engine_stream_stats(engine, i, &stats);
            put_count(text, rows[counter].name, &label, read_counter(&stats, counter));
        }
    }
}

// Labels that were seen; of those that are the same text, the later ones have their number behind.
static void put_stream_objects(ct_engine *engine, struct ct__text *text, int index)
{
    struct ct__stream *stream = engine->streams[index];
    const struct ct_model_info *info = ct_model_info(stream->model);
    const struct label camera = stream_label(engine, "camera", index);
    for (int c = 0; c < stream->class_count; c++) {
        uint64_t count = atomic_load_explicit(&stream->class_objects[c], memory_order_relaxed);
        if (!count)
            continue;
        struct label label = {.name = "label", .text = info->labels[c]};
        for (int i = 0; i < c && !label.number; i++)
            label.number = strcmp(info->labels[i], info->labels[c]) ? 0 : c;
        ct__text_puts(text, "chiton_objects_total{");
        put_label(text, &camera);
        ct__text_puts(text, ",");
        put_label(text, &label);
        ct__text_printf(text, "} %" PRIu64 "\n", count);
    }
}

static void put_objects(ct_engine *engine, struct ct__text *text)
{
    put_head(text, "chiton_objects_total", "counter", "Objects in results.");
    for (int i = 0; i < engine->stream_count; i++)
        put_stream_objects(engine, text, i);
}

static void put_latency(ct_engine *engine, struct ct__text *text)
{
    const char *name = "chiton_end_to_end_latency_seconds";
    put_head(text, name, "histogram", "From a frame's capture to its result.");
    for (int i = 0; i < engine->stream_count; i++) {
        struct label label = stream_label(engine, "camera", i);
        struct ct__histogram latency = copy_histogram(engine, &engine->streams[i]->latency);
        put_histogram(text, name, &label, &latency);
    }
}

// ---- by stage, model and lane

static void put_stages(ct_engine *engine, struct ct__text *text)
{
    const char *name = "chiton_stage_duration_seconds";
    put_head(text, name, "histogram", "Wall time of one piece of work.");
    for (int i = 0; i < CT__STAGE_COUNT; i++) {
        struct label label = {.name = "stage", .text = ct__stage_name((enum ct__stage)i)};
        struct ct__histogram wall = copy_histogram(engine, &engine->stages.wall[i]);
        if (wall.count)
            put_histogram(text, name, &label, &wall);
    }
}

// A model opened twice, with other parameters, has its number behind its path.
static void put_inference(ct_engine *engine, struct ct__text *text)
{
    const char *name = "chiton_inference_duration_seconds";
    put_head(text, name, "histogram", "Wall time of one run of a model.");
    for (int i = 0; i < engine->model_count; i++) {
        struct label label = {.name = "model", .text = ct_model_info(engine->models[i])->path};
        for (int j = 0; j < i && !label.number; j++)
            label.number = strcmp(ct_model_info(engine->models[j])->path, label.text) ? 0 : i;
        struct ct__histogram runs = copy_histogram(engine, &engine->inference[i]);
        put_histogram(text, name, &label, &runs);
    }
}

static void put_lanes(ct_engine *engine, struct ct__text *text)
{
    put_head(text, "chiton_lane_busy_ratio", "gauge",
             "Share of its time so far in which a lane did not wait for a frame.");
    pthread_mutex_lock(&engine->lock);
    int count = engine->lanes ? engine->lane_count : 0;
    pthread_mutex_unlock(&engine->lock);
    for (int i = 0; i < count; i++) {
        pthread_mutex_lock(&engine->lock);
        double busy = ct__lane_busy(&engine->lanes[i], ct__now_ns());
        pthread_mutex_unlock(&engine->lock);
        ct__text_printf(text, "chiton_lane_busy_ratio{lane=\"%d\"} %.4f\n", i, busy);
    }
}

void ct__metrics_put(ct_engine *engine, struct ct__text *text)
{
    put_counters(engine, text);
    put_objects(engine, text);
    put_stages(engine, text);
    put_inference(engine, text);
    put_latency(engine, text);
    put_lanes(engine, text);
    put_head(text, "chiton_cpu_seconds_total", "counter", "CPU time of the process.");
    ct__text_printf(text, "chiton_cpu_seconds_total %.6f\n", (double)ct__process_cpu_ns() / 1e9);
}

int64_t ct_engine_metrics(ct_engine *engine, char *buffer, size_t size)
{
    struct ct__text text = {0};
    ct__metrics_put(engine, &text);
    if (text.failed) {
        ct__text_finish(&text);
        return ct__fail_memory("metrics");
    }
    int64_t length = (int64_t)text.length;
    if (size)
        ct__copy_text(buffer, size, text.data);
    ct__text_finish(&text);
    return length;
}

int ct__metrics_save(ct_engine *engine, const char *path)
{
    struct ct__text text = {0};
    struct ct__out out = {0};
    ct__metrics_put(engine, &text);
    int error = text.failed ? ct__fail_memory(path) : ct__out_open(&out, path);
    if (!error && fwrite(text.data, 1, text.length, out.file) != text.length)
        error = ct__fail(CT_ERROR_IO, path, "cannot write: %s", strerror(errno));
    ct__text_finish(&text);
    if (error)
        ct__out_discard(&out);
    return error ? error : ct__out_commit(&out);
}
