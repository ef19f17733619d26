// SPDX-License-Identifier: Apache-2.0
// A lane reads or takes a frame, prepares, runs, decodes and delivers it, all on one thread: no
// hand-off, nothing that spins. It holds the engine's lock only to take and to finish.
#include "pipeline/lane.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "pipeline/reader.h"

// The spans of one frame, in the order of the stages.
struct spans {
    struct ct__span of[CT__STAGE_COUNT];
    bool measured, encoded;
};

// Reads the next frame of a file on this thread, with the lock given up meanwhile. The place in the
// order is taken first and given back at the end of the input.
static bool read_frame(ct_engine *engine, struct ct__stream *stream, struct ct__job **job)
{
    struct ct__job *next = ct__tail_take(&stream->tail);
    stream->reading = true;
    pthread_mutex_unlock(&engine->lock);
    bool more = ct__stream_next(stream, &next->item);
    pthread_mutex_lock(&engine->lock);
    stream->reading = false;
    if (!more || stream->inbox.ended) {
        if (more)
            ct_frame_unref(&next->item.frame);
        stream->tail.taken--;
        stream->inbox.ended = true;
        ct__engine_settle(engine, stream);
        return false;
    }
    pthread_cond_signal(&engine->ready); // the file is free for another lane
    *job = next;
    return true;
}

static bool take_frame(ct_engine *engine, struct ct__stream *stream, struct ct__job **job)
{
    if (!ct__tail_has_room(&stream->tail))
        return false;
    if (!stream->waits)
        return !stream->inbox.ended && !stream->reading && read_frame(engine, stream, job);
    if (!stream->inbox.count)
        return false;
    *job = ct__tail_take(&stream->tail);
    ct__inbox_take(&stream->inbox, &(*job)->item);
    return true;
}

// Streams take turns, so that none starves while another has many frames.
static struct ct__stream *find_frame(ct_engine *engine, struct ct__job **job)
{
    for (int i = 0; i < engine->stream_count; i++) {
        struct ct__stream *stream = engine->streams[(engine->turn + i) % engine->stream_count];
        if (take_frame(engine, stream, job)) {
            engine->turn = (engine->turn + i + 1) % engine->stream_count;
            return stream;
        }
    }
    return NULL;
}

// Waits for a frame; NULL when the engine ends. The lock is held.
static struct ct__stream *take(struct ct__lane *lane, struct ct__job **job)
{
    ct_engine *engine = lane->engine;
    for (;;) {
        struct ct__stream *stream = find_frame(engine, job);
        if (stream || engine->ending)
            return stream;
        lane->waits_since_ns = ct__now_ns();
        pthread_cond_wait(&engine->ready, &engine->lock);
        lane->waited_ns += ct__now_ns() - lane->waits_since_ns;
        lane->waits_since_ns = 0;
    }
}

static void begin_result(struct ct__job *job)
{
    const struct ct__item *item = &job->item;
    ct__result_clear(&job->result);
    struct ct_result *view = &job->result.view;
    view->source = item->source;
    view->frame = item->info.number;
    view->pts_ns = item->info.pts_ns;
    view->wall_ns = item->info.wall_ns;
    view->width = item->width;
    view->height = item->height;
}

static void fail_result(struct ct__job *job, int error, const char *reason)
{
    struct ct__result *result = &job->result;
    ct__copy_text(result->reason, sizeof result->reason, reason);
    result->view.error = error;
    result->view.reason = result->reason;
    result->view.count = 0;
}

// Runs the model on the job's frame. The decoder gets its picture back before inference, if nobody
// reads it later.
static int infer(struct ct__lane *lane, struct ct__stream *stream, struct ct__job *job,
                 struct spans *spans)
{
    struct ct__worker **worker = &lane->workers[stream->model_index];
    int error = *worker ? CT_OK : ct__worker_create(worker, stream->model);
    struct ct__span begin = ct__span_begin();
    error = error ? error : ct__worker_prepare(*worker, job->item.frame);
    spans->of[CT__STAGE_PREPARE] = ct__span_end(begin);
    if (!stream->keeps_frames)
        ct_frame_unref(&job->item.frame);
    begin = ct__span_begin();
    error = error ? error : ct__worker_run(*worker);
    spans->of[CT__STAGE_RUN] = ct__span_end(begin);
    if (error)
        return error;
    int64_t decode_ns = 0, nms_ns = 0;
    int64_t begin_ns = ct__now_ns();
    error = ct__worker_result(*worker, &job->result, &decode_ns, &nms_ns);
    spans->of[CT__STAGE_OUTPUTS] = (struct ct__span){begin_ns, decode_ns, decode_ns};
    spans->of[CT__STAGE_NMS] = (struct ct__span){begin_ns + decode_ns, nms_ns, nms_ns};
    spans->measured = !error;
    return error;
}

static void work(struct ct__lane *lane, struct ct__stream *stream, struct ct__job *job,
                 struct spans *spans)
{
    begin_result(job);
    spans->measured = spans->encoded = false;
    if (job->item.error) {
        fail_result(job, job->item.error, job->item.reason);
        return;
    }
    const struct ct__truth *truth = &job->item.frame->truth;
    int error = truth->known ? ct__result_set_truth(&job->result, truth->items, truth->count) : 0;
    error = error ? error : infer(lane, stream, job, spans);
    if (error) {
        char reason[256];
        ct__last_failure(reason, sizeof reason);
        fail_result(job, error, reason);
    }
    for (int i = CT__STAGE_PREPARE; spans->measured && i <= CT__STAGE_NMS; i++)
        ct__trace_slice(i, &spans->of[i], job->item.mark);
    spans->encoded = stream->encodes && !error;
    if (spans->encoded)
        spans->of[CT__STAGE_ENCODE] = ct__stream_encode(stream, job);
}

static void finish(ct_engine *engine, struct ct__stream *stream, struct ct__job *job,
                   const struct spans *spans)
{
    for (int i = CT__STAGE_PREPARE; spans->measured && i <= CT__STAGE_NMS; i++)
        ct__stages_add(&engine->stages, i, spans->of[i]);
    if (spans->encoded)
        ct__stages_add(&engine->stages, CT__STAGE_ENCODE, spans->of[CT__STAGE_ENCODE]);
    if (spans->measured)
        ct__histogram_add(&engine->inference[stream->model_index],
                          spans->of[CT__STAGE_RUN].wall_ns);
    bool was_full = !ct__tail_has_room(&stream->tail);
    unsigned delivered =
        ct__tail_finish(&stream->tail, job, &engine->lock, ct__stream_deliver, stream);
    if (was_full && delivered)
        pthread_cond_broadcast(&engine->ready);
    ct__engine_settle(engine, stream);
}

static void *lane_main(void *argument)
{
    struct ct__lane *lane = argument;
    ct_engine *engine = lane->engine;
    struct ct__stream *stream;
    struct ct__job *job;
    struct spans spans;
    ct__trace_join(engine->trace, lane->name);
    pthread_mutex_lock(&engine->lock);
    lane->begin_ns = ct__now_ns();
    while ((stream = take(lane, &job))) {
        pthread_mutex_unlock(&engine->lock);
        work(lane, stream, job, &spans);
        pthread_mutex_lock(&engine->lock);
        finish(engine, stream, job, &spans);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

int ct__lane_start(struct ct__lane *lane, ct_engine *engine, int index)
{
    snprintf(lane->name, sizeof lane->name, "ct-lane-%d", index % 1000);
    lane->engine = engine;
    lane->workers = ct__calloc((size_t)engine->model_count, sizeof(struct ct__worker *));
    if (!lane->workers)
        return ct__fail_memory(lane->name);
    int error = ct__thread_start(&lane->thread, lane->name, lane_main, lane);
    lane->running = !error;
    return error;
}

double ct__lane_busy(const struct ct__lane *lane, int64_t now_ns)
{
    int64_t all = lane->begin_ns ? now_ns - lane->begin_ns : 0;
    int64_t waited = lane->waited_ns;
    if (lane->waits_since_ns)
        waited += now_ns - lane->waits_since_ns;
    return all > 0 ? (double)(all - waited) / (double)all : 0;
}

void ct__lane_finish(struct ct__lane *lane)
{
    if (lane->running)
        pthread_join(lane->thread, NULL);
    lane->running = false;
    for (int i = 0; lane->workers && i < lane->engine->model_count; i++)
        ct__worker_destroy(&lane->workers[i]);
    ct__free(lane->workers);
    lane->workers = NULL;
}
