// SPDX-License-Identifier: Apache-2.0
// An output: quick sinks are written by whoever runs the tail; slow ones have a thread with a short
// queue, so that encoding overlaps with inference and memory stays bounded.
#include "pipeline/output.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "frame/result.h"

enum { DEPTH = 4, NO_ROOM = 1 };

static const int64_t retry_after_ns = INT64_C(10000000000);

struct entry {
    struct ct__sink_item item;
    struct ct__mark mark;
    // The tail uses its result again, so the queue has its own, with memory that stays.
    struct ct_result *result;
    size_t capacity;
};

struct ct__output {
    struct ct__sink *sink; // of the output's thread, once there is one; NULL: it could not reopen
    char *spec;
    struct ct__sink_params params;
    struct ct__trace *trace;
    const struct ct__sink_class *class;
    atomic_bool dead;
    atomic_llong retry_ns; // of a live stream: when a dead output is opened again
    pthread_mutex_t lock;  // guards all that follows, for slow sinks
    pthread_cond_t changed;
    pthread_t thread;
    bool threaded, ending;
    struct entry queue[DEPTH];
    int head, count;
    struct ct__stages stages;
    uint64_t failed;
    int error;
};

int ct__output_open(struct ct__output **out, const char *spec, const struct ct__sink_params *params,
                    struct ct__trace *trace)
{
    struct ct__output *output = ct__calloc(1, sizeof *output);
    char *copy = ct__strdup(spec);
    int error = output && copy ? CT_OK : ct__fail_memory(spec);
    error = error ? error : ct__sink_open(&output->sink, spec, params);
    if (error) {
        ct__free(copy);
        ct__free(output);
        return error;
    }
    output->class = output->sink->class;
    output->spec = copy;
    output->params = *params;
    output->params.inputs = NULL; // borrowed until here
    output->params.cutout = NULL;
    output->trace = trace;
    pthread_mutex_init(&output->lock, NULL);
    pthread_cond_init(&output->changed, NULL);
    *out = output;
    return CT_OK;
}

bool ct__output_wants_pixels(const struct ct__output *output)
{
    return output->class->wants_pixels;
}

bool ct__output_encodes(const struct ct__output *output)
{
    return output->class->encode != NULL;
}

int ct__output_encode(struct ct__output *output, const struct ct__sink_item *item,
                      struct ct__text *bytes)
{
    if (ct__output_is_dead(output))
        return CT_OK;
    return output->class->encode(output->sink, item, bytes);
}

bool ct__output_wants(struct ct__output *output, const char *path)
{
    return !output->class->wants || output->class->wants(output->sink, path);
}

bool ct__output_is_dead(const struct ct__output *output)
{
    return atomic_load(&output->dead);
}

// Opens a broken output of a live stream again, now and then.
static void revive(struct ct__output *output)
{
    if (ct__now_ns() < atomic_load(&output->retry_ns))
        return;
    ct__sink_close(&output->sink, false);
    if (ct__sink_open_as(&output->sink, output->class, output->spec, &output->params))
        atomic_store(&output->retry_ns, ct__now_ns() + retry_after_ns);
    else
        atomic_store(&output->dead, false);
}

// One write; remembers the first error, and that the sink is beyond help after CT_ERROR_IO.
static int write_item(struct ct__output *output, const struct ct__sink_item *item)
{
    if (ct__output_is_dead(output) && output->params.live && !output->class->encode)
        revive(output);
    if (ct__output_is_dead(output))
        return output->params.live ? CT_ERROR_IO : CT_OK;
    int error = output->class->write(output->sink, item);
    if (error == CT_ERROR_IO) {
        atomic_store(&output->retry_ns, ct__now_ns() + retry_after_ns);
        atomic_store(&output->dead, true);
    }
    return error;
}

static void *work(void *argument)
{
    struct ct__output *output = argument;
    ct__trace_join(output->trace, "ct-output");
    pthread_mutex_lock(&output->lock);
    for (;;) {
        while (!output->count && !output->ending)
            pthread_cond_wait(&output->changed, &output->lock);
        if (!output->count)
            break;
        struct entry *entry = &output->queue[output->head];
        pthread_mutex_unlock(&output->lock);
        struct ct__span begin = ct__span_begin();
        int error = write_item(output, &entry->item);
        ct_frame_unref(&entry->item.frame);
        struct ct__span span = ct__span_end(begin);
        ct__trace_slice(CT__STAGE_ENCODE, &span, entry->mark);
        pthread_mutex_lock(&output->lock);
        ct__stages_add(&output->stages, CT__STAGE_ENCODE, span);
        output->failed += error < 0;
        output->error = output->error ? output->error : error;
        output->head = (output->head + 1) % DEPTH;
        output->count--;
        pthread_cond_broadcast(&output->changed);
    }
    pthread_mutex_unlock(&output->lock);
    return NULL;
}

static int enqueue(struct ct__output *output, const struct ct__sink_item *item,
                   struct ct__mark mark)
{
    pthread_mutex_lock(&output->lock);
    int error = CT_OK;
    if (!output->threaded) {
        error = ct__thread_start(&output->thread, "ct-output", work, output);
        output->threaded = !error;
    }
    while (!error && output->count == DEPTH && !output->params.live)
        pthread_cond_wait(&output->changed, &output->lock);
    if (output->count == DEPTH) {
        pthread_mutex_unlock(&output->lock);
        return error ? error : NO_ROOM;
    }
    struct entry *entry = &output->queue[(output->head + output->count) % DEPTH];
    error = error ? error : ct__result_copy(&entry->result, &entry->capacity, item->result);
    if (!error) {
        entry->item = *item;
        entry->mark = mark;
        entry->item.result = entry->result;
        if (item->frame)
            ct_frame_ref(item->frame);
        output->count++;
        pthread_cond_broadcast(&output->changed);
    }
    pthread_mutex_unlock(&output->lock);
    return error;
}

int ct__output_write(struct ct__output *output, const struct ct__sink_item *item,
                     struct ct__mark mark)
{
    bool live = output->params.live;
    if (ct__output_is_dead(output) && !live)
        return CT_OK;
    if (live && ct__output_is_dead(output) && ct__now_ns() < atomic_load(&output->retry_ns))
        return NO_ROOM;
    // What was encoded on the lane is only stored.
    bool apart = output->class->slow || (live && !output->class->encode);
    int error = apart ? enqueue(output, item, mark) : write_item(output, item);
    if (error < 0) {
        pthread_mutex_lock(&output->lock);
        output->error = output->error ? output->error : error;
        pthread_mutex_unlock(&output->lock);
    }
    return error;
}

int ct__output_close(struct ct__output **pointer, bool complete, struct ct__stages *stages,
                     uint64_t *failed)
{
    struct ct__output *output = *pointer;
    if (!output)
        return CT_OK;
    *pointer = NULL;
    if (output->threaded) {
        pthread_mutex_lock(&output->lock);
        output->ending = true;
        pthread_cond_broadcast(&output->changed);
        pthread_mutex_unlock(&output->lock);
        pthread_join(output->thread, NULL);
    }
    if (stages)
        ct__stages_merge(stages, &output->stages);
    if (failed)
        *failed += output->failed;
    int closed = ct__sink_close(&output->sink, complete);
    int error = output->error ? output->error : closed;
    for (int i = 0; i < DEPTH; i++)
        ct_result_destroy(&output->queue[i].result);
    pthread_cond_destroy(&output->changed);
    pthread_mutex_destroy(&output->lock);
    ct__free(output->spec);
    ct__free(output);
    return error;
}
