// SPDX-License-Identifier: Apache-2.0
// Metrics are read from the counters that the engine keeps anyway. Each is copied with the lock
// held and written with the lock given up, so that a scrape holds up nobody: a stream's counters at
// once, histograms perhaps a frame later. Streams are pinned meanwhile.
#include "pipeline/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
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

// A stream that there was when the text began, pinned, and how it did then.
struct seen {
    struct ct__stream *stream;
    struct ct_stream_info info;
};

struct view {
    ct_engine *engine;
    struct seen *seen;
    int count;
};

static bool pin_streams(ct_engine *engine, struct view *view)
{
    int most = ct_engine_stream_count(engine);
    *view =
        (struct view){.engine = engine, .seen = ct__calloc((size_t)most + 1, sizeof *view->seen)};
    for (int i = 0; view->seen && i < most; i++) {
        struct seen *seen = &view->seen[view->count];
        seen->stream = ct__engine_pin(engine, i);
        if (!seen->stream)
            continue;
        ct__engine_describe(seen->stream, &seen->info);
        view->count++;
    }
    return view->seen != NULL;
}

static void unpin_streams(struct view *view)
{
    for (int i = 0; i < view->count; i++)
        ct__engine_unpin(view->seen[i].stream);
    ct__free(view->seen);
}

static const char *camera_of(const struct ct__stream *stream)
{
    return stream->name ? stream->name : stream->shown;
}

// Two streams may have one name, but a metric must not be there twice.
static struct label stream_label(const struct view *view, const char *name, int index)
{
    const char *camera = camera_of(view->seen[index].stream);
    struct label label = {.name = name, .text = camera};
    for (int i = 0; i < index && !label.number; i++)
        label.number =
            strcmp(camera_of(view->seen[i].stream), camera) ? 0 : view->seen[index].info.number;
    return label;
}

static double up(const struct ct_stream_info *info)
{
    return info->state == CT_STREAM_LIVE;
}

// A metric with one value a stream: a counter at `offset` of its statistics, or what `read` says.
static const struct row {
    const char *name, *type, *label, *help;
    size_t offset;
    double (*read)(const struct ct_stream_info *info);
} rows[] = {
    {"chiton_frames_total", "counter", "camera", "Frames that the input gave.",
     offsetof(struct ct_stream_stats, read), NULL},
    {"chiton_frames_skipped_total", "counter", "camera",
     "Frames that were not looked at because fewer are wanted.",
     offsetof(struct ct_stream_stats, skipped), NULL},
    {"chiton_frames_undecoded_total", "counter", "camera",
     "Of the frames skipped, those that were not even decoded.",
     offsetof(struct ct_stream_stats, undecoded), NULL},
    {"chiton_frames_lost_total", "counter", "camera",
     "Frames missing in the camera's own numbering.", offsetof(struct ct_stream_stats, lost), NULL},
    {"chiton_results_total", "counter", "camera", "Frames that were answered.",
     offsetof(struct ct_stream_stats, results), NULL},
    {"chiton_results_unwritten_total", "counter", "camera",
     "Results that an output could not write in time.", offsetof(struct ct_stream_stats, unwritten),
     NULL},
    {"chiton_errors_total", "counter", "scope",
     "Frames that could not be read, answered or written.",
     offsetof(struct ct_stream_stats, failed), NULL},
    {"chiton_stream_up", "gauge", "camera", "1 while frames come.", 0, up},
};

static void put_row(const struct view *view, struct ct__text *text, const struct row *row)
{
    put_head(text, row->name, row->type, row->help);
    for (int i = 0; i < view->count; i++) {
        struct label label = stream_label(view, row->label, i);
        const struct ct_stream_info *info = &view->seen[i].info;
        const char *stats = (const char *)&info->stats;
        uint64_t count = row->read ? (uint64_t)row->read(info)
                                   : *(const uint64_t *)(const void *)(stats + row->offset);
        put_count(text, row->name, &label, count);
    }
}

static void put_dropped(const struct view *view, struct ct__text *text)
{
    const char *name = "chiton_frames_dropped_total";
    put_head(text, name, "counter", "Frames that were wanted and not looked at.");
    for (int i = 0; i < view->count; i++) {
        struct label label = stream_label(view, "camera", i);
        const struct ct_stream_stats *stats = &view->seen[i].info.stats;
        const struct {
            const char *reason;
            uint64_t count;
        } reasons[] = {{"replaced", stats->dropped},
                       {"stale", stats->stale},
                       {"duplicate", stats->duplicates}};
        for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++) {
            ct__text_printf(text, "%s{", name);
            put_label(text, &label);
            ct__text_printf(text, ",reason=\"%s\"} %" PRIu64 "\n", reasons[r].reason,
                            reasons[r].count);
        }
    }
}

static void put_live(const struct view *view, struct ct__text *text)
{
    put_head(text, "chiton_detect_fps", "gauge", "Results a second, lately.");
    for (int i = 0; i < view->count; i++) {
        struct label label = stream_label(view, "camera", i);
        ct__text_puts(text, "chiton_detect_fps{");
        put_label(text, &label);
        ct__text_printf(text, "} %.3f\n", view->seen[i].info.result_fps);
    }
    put_head(text, "chiton_stream_reconnects_total", "counter",
             "How often the input was opened again.");
    for (int i = 0; i < view->count; i++) {
        struct label label = stream_label(view, "camera", i);
        put_count(text, "chiton_stream_reconnects_total", &label, view->seen[i].info.reconnects);
    }
}

// Labels that were seen; of those that are the same text, the later ones have their number behind.
static void put_step_objects(struct ct__text *text, const struct ct__step *step,
                             const struct label *camera)
{
    const struct ct_model_info *info = ct_model_info(step->slot->model);
    for (int c = 0; c < step->class_count; c++) {
        uint64_t count = atomic_load_explicit(&step->class_objects[c], memory_order_relaxed);
        if (!count)
            continue;
        struct label label = {.name = "label", .text = info->labels[c]};
        for (int i = 0; i < c && !label.number; i++)
            label.number = strcmp(info->labels[i], info->labels[c]) ? 0 : c;
        ct__text_puts(text, "chiton_objects_total{");
        put_label(text, camera);
        ct__text_puts(text, ",");
        put_label(text, &label);
        if (step->name) {
            struct label name = {.name = "step", .text = step->name};
            ct__text_puts(text, ",");
            put_label(text, &name);
        }
        ct__text_printf(text, "} %" PRIu64 "\n", count);
    }
}

static void put_objects(const struct view *view, struct ct__text *text)
{
    put_head(text, "chiton_objects_total", "counter", "Objects in results.");
    for (int i = 0; i < view->count; i++) {
        const struct label camera = stream_label(view, "camera", i);
        const struct ct__stream *stream = view->seen[i].stream;
        for (int s = 0; s < stream->step_count; s++)
            put_step_objects(text, &stream->steps[s], &camera);
    }
}

static void put_latency(const struct view *view, struct ct__text *text)
{
    const char *name = "chiton_end_to_end_latency_seconds";
    put_head(text, name, "histogram", "From a frame's capture to its result.");
    for (int i = 0; i < view->count; i++) {
        struct label label = stream_label(view, "camera", i);
        struct ct__histogram latency = copy_histogram(view->engine, &view->seen[i].stream->latency);
        put_histogram(text, name, &label, &latency);
    }
}

static void put_streams(ct_engine *engine, struct ct__text *text)
{
    struct view view;
    if (!pin_streams(engine, &view)) {
        text->failed = true;
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        put_row(&view, text, &rows[i]);
    put_dropped(&view, text);
    put_live(&view, text);
    put_objects(&view, text);
    put_latency(&view, text);
    unpin_streams(&view);
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

// One model at a time with the lock held, since it may go; false behind the last.
static bool read_model(ct_engine *engine, int index, char *path, size_t size, int *number,
                       struct ct__histogram *runs)
{
    pthread_mutex_lock(&engine->lock);
    bool there = index < engine->slot_count;
    struct ct__slot *slot = there ? engine->slots[index] : NULL;
    *path = 0;
    *number = 0;
    if (slot && slot->model) {
        ct__copy_text(path, size, ct_model_info(slot->model)->path);
        *runs = slot->inference;
        for (int i = 0; i < index && !*number; i++) {
            const ct_model *other = engine->slots[i]->model;
            *number = other && strcmp(ct_model_info(other)->path, path) == 0 ? index : 0;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    return there;
}

// A model opened twice, with other parameters, has its number behind its path.
static void put_inference(ct_engine *engine, struct ct__text *text)
{
    const char *name = "chiton_inference_duration_seconds";
    char path[PATH_MAX];
    struct label label = {.name = "model", .text = path};
    struct ct__histogram runs;
    put_head(text, name, "histogram", "Wall time of one run of a model.");
    for (int i = 0; read_model(engine, i, path, sizeof path, &label.number, &runs); i++)
        if (*path)
            put_histogram(text, name, &label, &runs);
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

static void put_all(ct_engine *engine, struct ct__text *text)
{
    put_streams(engine, text);
    put_stages(engine, text);
    put_inference(engine, text);
    put_lanes(engine, text);
    put_head(text, "chiton_cpu_seconds_total", "counter", "CPU time of the process.");
    ct__text_printf(text, "chiton_cpu_seconds_total %.6f\n", (double)ct__process_cpu_ns() / 1e9);
}

int64_t ct_engine_metrics(ct_engine *engine, char *buffer, size_t size)
{
    struct ct__text text = {0};
    put_all(engine, &text);
    return ct__text_hand_out(&text, "metrics", buffer, size);
}

int ct__metrics_save(ct_engine *engine, const char *path)
{
    struct ct__text text = {0};
    struct ct__out out = {0};
    put_all(engine, &text);
    int error = text.failed ? ct__fail_memory(path) : ct__out_open(&out, path);
    if (!error && fwrite(text.data, 1, text.length, out.file) != text.length)
        error = ct__fail(CT_ERROR_IO, path, "cannot write: %s", strerror(errno));
    ct__text_finish(&text);
    if (error)
        ct__out_discard(&out);
    return error ? error : ct__out_commit(&out);
}
