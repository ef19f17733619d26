// SPDX-License-Identifier: Apache-2.0
// What becomes of a result: it is tracked, told, written, and counted.
#include "pipeline/delivery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "pipeline/engine.h"
#include "pipeline/viewer.h"

static const int64_t recent_window_ns = INT64_C(10000000000);

static bool all_outputs_dead(const struct ct__stream *stream)
{
    for (int i = 0; i < stream->output_count; i++) {
        if (!ct__output_is_dead(stream->outputs[i]))
            return false;
    }
    return stream->output_count > 0;
}

// Gives the objects their ids. Another clip begins with no tracks: its pictures do not follow those
// of the last one. Still pictures are followed as one sequence.
static int track(struct ct__stream *stream, struct ct__job *job)
{
    struct ct__result *result = &job->result;
    const struct ct__item *item = &job->item;
    if (item->part != stream->tracked_part && item->rate_num > 0)
        ct__tracker_reset(stream->tracker);
    stream->tracked_part = item->part;
    if (result->view.error)
        return CT_OK;
    struct ct__tracker_time time = {.pts_ns = item->info.pts_ns};
    if (item->rate_num > 0 && item->rate_den > 0)
        time.fps = (double)item->rate_num / item->rate_den / (double)stream->every;
    return ct__tracker_update(stream->tracker, &time, result->objects, job->own_count);
}

static struct ct__sink_item item_of(const struct ct__job *job)
{
    const struct ct__item *item = &job->item;
    return (struct ct__sink_item){.result = &job->result.view,
                                  .path = item->path,
                                  .frame = item->frame,
                                  .company = item->frame ? item->frame->company : job->company,
                                  .rate_num = item->rate_num,
                                  .rate_den = item->rate_den,
                                  .part = item->part};
}

static int make_encoded(struct ct__stream *stream, struct ct__job *job)
{
    if (!job->encoded)
        job->encoded = ct__calloc((size_t)stream->output_count, sizeof *job->encoded);
    job->encoded_count = job->encoded ? stream->output_count : 0;
    return job->encoded ? CT_OK : ct__fail_memory(stream->input);
}

struct ct__span ct__stream_encode(struct ct__stream *stream, struct ct__job *job, bool show,
                                  const struct ct__parallel *parallel)
{
    struct ct__span begin = ct__span_begin();
    struct ct__sink_item item = item_of(job);
    item.parallel = parallel;
    int error = make_encoded(stream, job);
    for (int i = 0; i < job->encoded_count; i++) {
        struct ct__encoded *encoded = &job->encoded[i];
        ct__text_clear(&encoded->bytes);
        encoded->error = error;
        if (!error && ct__output_encodes(stream->outputs[i]))
            encoded->error = ct__output_encode(stream->outputs[i], &item, &encoded->bytes);
    }
    if (!show) {
        job->company = ct__company_ref(job->item.frame->company);
        ct_frame_unref(&job->item.frame);
    }
    struct ct__span span = ct__span_end(begin);
    ct__trace_slice(CT__STAGE_ENCODE, &span, job->item.mark);
    return span;
}

// To one output, unless what it would write could not be made.
static int hand_to(struct ct__stream *stream, struct ct__job *job, int i)
{
    struct ct__sink_item item = item_of(job);
    if (!ct__output_encodes(stream->outputs[i]))
        return ct__output_write(stream->outputs[i], &item, job->item.mark);
    if (item.result->error)
        return CT_OK; // counted as it is
    if (!job->encoded)
        return CT_ERROR_MEMORY;
    item.bytes = &job->encoded[i].bytes;
    return job->encoded[i].error ? job->encoded[i].error
                                 : ct__output_write(stream->outputs[i], &item, job->item.mark);
}

// Callback first, then outputs and who watches; returns a callback's wish to stop, notes failed
// writes in *failed, and counts those in *unwritten that a slow output had no room for.
static int hand_out(struct ct__stream *stream, struct ct__job *job, int *failed,
                    uint64_t *unwritten)
{
    const struct ct_result *result = &job->result.view;
    int stop = stream->on_result ? stream->on_result(stream->opaque, result, job->item.frame) : 0;
    for (int i = 0; i < stream->output_count; i++) {
        int error = hand_to(stream, job, i);
        *unwritten += error > 0;
        *failed = *failed || error > 0 ? *failed : error;
    }
    ct__viewer_show(stream->engine->viewer, stream, result, job->item.frame);
    return stop < 0 ? stop : 0;
}

// The step whose label an object has: labels of two models are never at the same place.
static struct ct__step *step_of(struct ct__stream *stream, const struct ct_object *object)
{
    for (int i = 0; i < stream->step_count; i++) {
        struct ct__step *step = &stream->steps[i];
        const struct ct_model_info *info = ct_model_info(step->slot->model);
        int class_id = object->class_id;
        if (class_id >= 0 && class_id < step->class_count &&
            info->labels[class_id] == object->label)
            return step;
    }
    return NULL;
}

static void count_objects(struct ct__stream *stream, const struct ct_result *result)
{
    stream->stats.objects += (uint64_t)result->count;
    for (int i = 0; i < result->count; i++) {
        const struct ct_object *object = &result->objects[i];
        struct ct__step *step = step_of(stream, object);
        if (step)
            atomic_fetch_add_explicit(&step->class_objects[object->class_id], 1,
                                      memory_order_relaxed);
    }
}

// What one result took, over all and lately.
static void count_latency(struct ct__stream *stream, int64_t now_ns, int64_t latency_ns)
{
    if (now_ns - stream->recent_ns > recent_window_ns) {
        stream->recent[0] = stream->recent[1];
        stream->recent[1] = (struct ct__histogram){0};
        stream->recent_ns = now_ns;
    }
    ct__histogram_add(&stream->latency, latency_ns);
    ct__histogram_add(&stream->recent[1], latency_ns);
}

// The lock is held.
static void count_result(struct ct__stream *stream, const struct ct__job *job, int failed,
                         uint64_t unwritten)
{
    const struct ct_result *result = &job->result.view;
    int64_t now = ct__now_ns();
    count_latency(stream, now, now - job->item.info.capture_ns);
    ct__meter_add(&stream->live.answered, now, 1);
    stream->live.answered_capture_ns = job->item.info.capture_ns;
    // A frame of a live stream is counted once: that its result was not written is another matter.
    bool live = ct__stream_is_live(stream);
    stream->stats.unwritten += unwritten + (live && failed && !result->error);
    stream->stats.results += !result->error;
    stream->stats.failed += live ? result->error != 0 : failed != 0;
    count_objects(stream, result);
}

void ct__stream_deliver(void *opaque, struct ct__job *job)
{
    struct ct__stream *stream = opaque;
    ct_engine *engine = stream->engine;
    int failed = job->result.view.error;
    uint64_t unwritten = 0;
    struct ct__span begin = ct__span_begin(), tracked = {0};
    if (stream->tracker) {
        int error = track(stream, job);
        failed = failed ? failed : error;
        tracked = ct__span_end(begin);
        begin = ct__span_begin();
    }
    if (job->own_count < job->result.view.count)
        ct__result_sort(&job->result);
    int stop = hand_out(stream, job, &failed, &unwritten);
    ct_frame_unref(&job->item.frame);
    ct__company_unref(&job->company);
    struct ct__span span = ct__span_end(begin);
    ct__trace_slice(CT__STAGE_WRITE, &span, job->item.mark);

    pthread_mutex_lock(&engine->lock);
    if (stream->tracker)
        ct__stages_add(&engine->stages, CT__STAGE_TRACK, tracked);
    ct__stages_add(&engine->stages, CT__STAGE_WRITE, span);
    count_result(stream, job, failed, unwritten);
    bool live = ct__stream_is_live(stream);
    if (!live)
        stream->error = stream->error ? stream->error : failed;
    if (stop || (!live && all_outputs_dead(stream)))
        ct__stream_cut(stream, stop);
    pthread_mutex_unlock(&engine->lock);
}
