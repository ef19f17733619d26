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
#include "pipeline/crew.h"
#include "pipeline/delivery.h"
#include "pipeline/reader.h"

static const int64_t look_every_ns = INT64_C(2000000000);

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

// The live stream whose frame waits and that had the least of what it wishes; of equals the one
// whose frame is older. What is too old is dropped here.
static struct ct__stream *most_urgent(ct_engine *engine)
{
    struct ct__stream *best = NULL;
    int64_t now = ct__now_ns();
    for (int i = 0; i < engine->stream_count; i++) {
        struct ct__stream *stream = engine->streams[i];
        if (!stream || !ct__stream_is_live(stream) || !stream->inbox.count ||
            !ct__tail_has_room(&stream->tail))
            continue;
        const struct ct__item *item = &stream->inbox.items[stream->inbox.head];
        int64_t age_ms = (now - item->info.capture_ns) / 1000000;
        if (age_ms > stream->live.params.max_staleness_ms) {
            struct ct__item stale;
            ct__inbox_take(&stream->inbox, &stale);
            ct_frame_unref(&stale.frame);
            stream->stats.stale++;
            ct__engine_settle(engine, stream);
            continue;
        }
        double start = stream->live.turn.start;
        if (!best || start < best->live.turn.start ||
            (start == best->live.turn.start &&
             item->info.capture_ns < best->inbox.items[best->inbox.head].info.capture_ns))
            best = stream;
    }
    return best;
}

static struct ct__stream *take_urgent(ct_engine *engine, struct ct__job **job)
{
    struct ct__stream *stream = most_urgent(engine);
    if (!stream)
        return NULL;
    double rate = stream->live.params.fps;
    if (rate <= 0)
        rate = ct__meter_rate(&stream->live.came, ct__now_ns());
    engine->served = ct__turn_serve(&stream->live.turn, rate);
    *job = ct__tail_take(&stream->tail);
    ct__inbox_take(&stream->inbox, &(*job)->item);
    return stream;
}

// Cameras come first. Recorded streams take turns, so that none starves while another has many
// frames.
static struct ct__stream *find_frame(ct_engine *engine, struct ct__job **job)
{
    struct ct__stream *urgent = take_urgent(engine, job);
    if (urgent)
        return urgent;
    for (int i = 0; i < engine->stream_count; i++) {
        int number = (engine->turn + i) % engine->stream_count;
        struct ct__stream *stream = engine->streams[number];
        if (stream && !ct__stream_is_live(stream) && take_frame(engine, stream, job)) {
            engine->turn = (number + 1) % engine->stream_count;
            return stream;
        }
    }
    return NULL;
}

static void drop_hand(struct ct__hand *hand)
{
    ct__worker_destroy(&hand->worker);
    ct_model_close(&hand->model);
}

// Lets go of the workers of models that are no more. The lock is held, and given up meanwhile.
static void drop_retired(struct ct__lane *lane)
{
    ct_engine *engine = lane->engine;
    lane->retired = engine->retired;
    for (int i = 0; i < lane->hand_count; i++) {
        if (!lane->hands[i].model || lane->hands[i].model == engine->slots[i]->model)
            continue;
        pthread_mutex_unlock(&engine->lock);
        drop_hand(&lane->hands[i]);
        pthread_mutex_lock(&engine->lock);
    }
}

// Waits for a frame; NULL when the engine ends. The lock is held.
static struct ct__stream *take(struct ct__lane *lane, struct ct__job **job)
{
    ct_engine *engine = lane->engine;
    for (;;) {
        if (lane->retired != engine->retired)
            drop_retired(lane);
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
    job->own_count = 0;
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
    result->view.count = job->own_count = 0;
}

// The lane's worker for a model, made when it is first needed.
static int find_worker(struct ct__lane *lane, const struct ct__slot *slot, struct ct__worker **out)
{
    if (slot->index >= lane->hand_count) {
        struct ct__hand *hands =
            ct__realloc_array(lane->hands, (size_t)slot->index + 1, sizeof *hands);
        if (!hands)
            return ct__fail_memory(lane->name);
        lane->hands = hands;
        while (lane->hand_count <= slot->index)
            hands[lane->hand_count++] = (struct ct__hand){0};
    }
    struct ct__hand *hand = &lane->hands[slot->index];
    if (hand->model && hand->model != slot->model)
        drop_hand(hand);
    int error = hand->worker ? CT_OK : ct__worker_create(&hand->worker, slot->model);
    if (!error && !hand->model)
        hand->model = ct__model_ref(slot->model);
    *out = hand->worker;
    return error;
}

// A recurrent model's worker goes with the stream, of which one frame is in work at a time.
static int step_worker(struct ct__lane *lane, struct ct__step *step, struct ct__worker **out)
{
    if (!ct__model_carries(step->slot->model))
        return find_worker(lane, step->slot, out);
    int error = step->worker ? CT_OK : ct__worker_create(&step->worker, step->slot->model);
    *out = step->worker;
    return error;
}

// Runs one model on the job's frame. The decoder gets its picture back before inference, if nobody
// reads it later.
static int run_step(struct ct__lane *lane, struct ct__step *step, struct ct__job *job, bool keep,
                    struct spans *spans)
{
    struct ct__worker *worker = NULL;
    int error = step_worker(lane, step, &worker);
    struct ct__span begin = ct__span_begin();
    if (!error)
        ct__worker_ask(worker, &step->prompts);
    error = error ? error : ct__worker_prepare(worker, job->item.frame);
    spans->of[CT__STAGE_PREPARE] = ct__span_end(begin);
    if (!keep)
        ct_frame_unref(&job->item.frame);
    begin = ct__span_begin();
    error = error ? error : ct__worker_run(worker);
    spans->of[CT__STAGE_RUN] = ct__span_end(begin);
    if (error)
        return error;
    int64_t decode_ns = 0, nms_ns = 0;
    int64_t begin_ns = ct__now_ns();
    error = ct__worker_result(worker, &job->result, &decode_ns, &nms_ns);
    spans->of[CT__STAGE_OUTPUTS] = (struct ct__span){begin_ns, decode_ns, decode_ns};
    spans->of[CT__STAGE_NMS] = (struct ct__span){begin_ns + decode_ns, nms_ns, nms_ns};
    spans->measured = !error;
    return error;
}

static void count_spans(ct_engine *engine, struct ct__slot *slot, const struct spans *spans)
{
    for (int i = CT__STAGE_PREPARE; spans->measured && i <= CT__STAGE_NMS; i++)
        ct__stages_add(&engine->stages, i, spans->of[i]);
    if (spans->measured)
        ct__histogram_add(&slot->inference, spans->of[CT__STAGE_RUN].wall_ns);
}

static void trace_spans(const struct spans *spans, struct ct__mark mark)
{
    for (int i = CT__STAGE_PREPARE; spans->measured && i <= CT__STAGE_NMS; i++)
        ct__trace_slice(i, &spans->of[i], mark);
}

// Runs the further models whose turn it is; their objects follow those of the first.
static int run_further(struct ct__lane *lane, struct ct__stream *stream, struct ct__job *job,
                       bool keep)
{
    int error = CT_OK;
    unsigned left = job->item.steps;
    for (int i = 1; !error && i < stream->step_count; i++) {
        struct spans spans = {.measured = false};
        if (!(left & 1U << i))
            continue;
        left &= ~(1U << i);
        error = run_step(lane, &stream->steps[i], job, keep || left, &spans);
        trace_spans(&spans, job->item.mark);
        pthread_mutex_lock(&lane->engine->lock);
        count_spans(lane->engine, stream->steps[i].slot, &spans);
        pthread_mutex_unlock(&lane->engine->lock);
    }
    return error;
}

static int infer(struct ct__lane *lane, struct ct__stream *stream, struct ct__job *job, bool keep,
                 struct spans *spans)
{
    if (!stream->step_count)
        return CT_OK;
    int error = run_step(lane, &stream->steps[0], job, keep || job->item.steps, spans);
    trace_spans(spans, job->item.mark);
    job->own_count = job->result.view.count;
    return error || !job->item.steps ? error : run_further(lane, stream, job, keep);
}

// Who helps to encode for this stream, or NULL; without memory for them the lane does it alone.
static const struct ct__parallel *helpers(struct ct__lane *lane, const struct ct__stream *stream)
{
    if (stream->helpers > 1 && !lane->crew && ct__crew_create(&lane->crew, stream->helpers))
        ct__log(CT_LOG_WARN, lane->name, "no threads to help it: it works alone");
    return stream->helpers > 1 && lane->crew ? ct__crew_parallel(lane->crew) : NULL;
}

static void work(struct ct__lane *lane, struct ct__stream *stream, struct ct__job *job, bool keep,
                 bool show, struct spans *spans)
{
    begin_result(job);
    spans->measured = spans->encoded = false;
    if (job->item.error) {
        fail_result(job, job->item.error, job->item.reason);
        return;
    }
    const struct ct__truth *truth = &job->item.frame->truth;
    int error = truth->known ? ct__result_set_truth(&job->result, truth->items, truth->count) : 0;
    error = error ? error : infer(lane, stream, job, keep, spans);
    if (error) {
        char reason[256];
        ct__last_failure(reason, sizeof reason);
        fail_result(job, error, reason);
    }
    spans->encoded = stream->encodes && !error;
    if (spans->encoded)
        spans->of[CT__STAGE_ENCODE] = ct__stream_encode(stream, job, show, helpers(lane, stream));
}

static void finish(ct_engine *engine, struct ct__stream *stream, struct ct__job *job,
                   const struct spans *spans)
{
    if (stream->step_count)
        count_spans(engine, stream->steps[0].slot, spans);
    if (spans->encoded)
        ct__stages_add(&engine->stages, CT__STAGE_ENCODE, spans->of[CT__STAGE_ENCODE]);
    bool was_full = !ct__tail_has_room(&stream->tail);
    unsigned delivered =
        ct__tail_finish(&stream->tail, job, &engine->lock, ct__stream_deliver, stream);
    if (was_full && delivered && !ct__stream_is_live(stream))
        pthread_cond_broadcast(&engine->ready); // this lane itself looks at live streams next
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
    if (lane->core_count)
        ct__thread_bind(lane->cores, lane->core_count);
    pthread_mutex_lock(&engine->lock);
    lane->begin_ns = ct__now_ns();
    while ((stream = take(lane, &job))) {
        bool keep = ct__stream_keeps_frames(stream), show = ct__stream_shows_frames(stream);
        pthread_mutex_unlock(&engine->lock);
        ct__log_calm(ct__stream_is_live(stream));
        work(lane, stream, job, keep, show, &spans);
        pthread_mutex_lock(&engine->lock);
        finish(engine, stream, job, &spans);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

// As many cores for each lane as there are; where there are more lanes, one each in turn.
static void share_cores(struct ct__lane *lane, const ct_engine *engine, int index)
{
    int cores = engine->core_count, lanes = engine->lane_count;
    if (!cores)
        return;
    int first = cores > lanes ? index * cores / lanes : index % cores;
    int end = cores > lanes ? (index + 1) * cores / lanes : first + 1;
    lane->cores = engine->cores + first;
    lane->core_count = end - first;
}

int ct__lane_start(struct ct__lane *lane, ct_engine *engine, int index)
{
    snprintf(lane->name, sizeof lane->name, "ct-lane-%d", index % 1000);
    lane->engine = engine;
    share_cores(lane, engine, index);
    int error = ct__thread_start(&lane->thread, lane->name, lane_main, lane);
    lane->running = !error;
    return error;
}

static int64_t waited_until(const struct ct__lane *lane, int64_t now_ns)
{
    return lane->waited_ns + (lane->waits_since_ns ? now_ns - lane->waits_since_ns : 0);
}

double ct__lane_busy(const struct ct__lane *lane, int64_t now_ns)
{
    int64_t all = lane->begin_ns ? now_ns - lane->begin_ns : 0;
    return all > 0 ? (double)(all - waited_until(lane, now_ns)) / (double)all : 0;
}

double ct__lane_load(struct ct__lane *lane, int64_t now_ns)
{
    int64_t waited = waited_until(lane, now_ns);
    if (!lane->begin_ns)
        return 0;
    if (!lane->look_ns[1])
        lane->look_ns[0] = lane->look_ns[1] = lane->begin_ns;
    if (now_ns - lane->look_ns[1] > look_every_ns) {
        lane->look_ns[0] = lane->look_ns[1];
        lane->look_waited_ns[0] = lane->look_waited_ns[1];
        lane->look_ns[1] = now_ns;
        lane->look_waited_ns[1] = waited;
    }
    int64_t all = now_ns - lane->look_ns[0];
    return all > 0 ? (double)(all - (waited - lane->look_waited_ns[0])) / (double)all : 0;
}

void ct__lane_finish(struct ct__lane *lane)
{
    if (lane->running)
        pthread_join(lane->thread, NULL);
    lane->running = false;
    for (int i = 0; i < lane->hand_count; i++)
        drop_hand(&lane->hands[i]);
    ct__crew_destroy(&lane->crew);
    ct__free(lane->hands);
    lane->hands = NULL;
    lane->hand_count = 0;
}
