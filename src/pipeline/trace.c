// SPDX-License-Identifier: Apache-2.0
// Trace events, as "Trace Event Format" describes them: complete events ("X") with times in
// microseconds, metadata events ("M") that name the rows, and flows by bind_id, which need no
// events of their own.
#include "pipeline/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

enum { RING = 8192 }; // some seconds of a busy lane

struct slice {
    enum ct__stage stage;
    int stream;
    uint64_t frame;
    int64_t begin_ns, wall_ns;
};

// Of one thread, which alone adds at `head`; the flusher alone takes at `tail`.
struct row {
    struct ct__trace *trace;
    struct row *next;
    int number;
    bool named; // its name is in the file
    char name[16];
    atomic_ulong head, tail, lost;
    struct slice slices[RING];
};

struct ct__trace {
    struct ct__out out;
    struct ct__text text; // lines in the making, kept from flush to flush
    sem_t *wake;
    int64_t start_ns;
    int error;
    bool finished;
    pthread_mutex_t lock; // guards what follows
    struct row *rows;
    int row_count;
    bool row_missing;
};

static _Thread_local struct row *own_row;

// ---- the side of the threads

void ct__trace_join(struct ct__trace *trace, const char *name)
{
    own_row = NULL;
    if (!trace)
        return;
    struct row *row = ct__calloc(1, sizeof *row);
    pthread_mutex_lock(&trace->lock);
    if (row) {
        row->trace = trace;
        row->next = trace->rows;
        row->number = ++trace->row_count;
        ct__copy_text(row->name, sizeof row->name, name);
        trace->rows = row;
    }
    trace->row_missing |= !row;
    pthread_mutex_unlock(&trace->lock);
    own_row = row;
}

void ct__trace_slice(enum ct__stage stage, const struct ct__span *span, struct ct__mark mark)
{
    struct row *row = own_row;
    if (!row)
        return;
    unsigned long head = atomic_load_explicit(&row->head, memory_order_relaxed);
    unsigned long used = head - atomic_load_explicit(&row->tail, memory_order_acquire);
    if (used == RING) {
        atomic_fetch_add_explicit(&row->lost, 1, memory_order_relaxed);
        return;
    }
    row->slices[head % RING] =
        (struct slice){stage, mark.stream, mark.frame, span->begin_ns, span->wall_ns};
    atomic_store_explicit(&row->head, head + 1, memory_order_release);
    if (used == RING / 2)
        sem_post(row->trace->wake);
}

// ---- the side of the file

static void write_text(struct ct__trace *trace)
{
    struct ct__text *text = &trace->text;
    if (text->failed && !trace->error)
        trace->error = ct__fail_memory(trace->out.path);
    if (!trace->error && fwrite(text->data, 1, text->length, trace->out.file) != text->length)
        trace->error = ct__fail(CT_ERROR_IO, trace->out.path, "cannot write: %s", strerror(errno));
    ct__text_clear(text);
}

// A flow is drawn between slices of the same bind_id. Stages that follow another of the same frame
// on the same thread need none.
static void put_flow(struct ct__text *text, const struct slice *slice)
{
    static const bool enters[CT__STAGE_COUNT] = {
        [CT__STAGE_PREPARE] = true, [CT__STAGE_WRITE] = true, [CT__STAGE_ENCODE] = true};
    static const bool leaves[CT__STAGE_COUNT] = {
        [CT__STAGE_DECODE] = true, [CT__STAGE_PREPARE] = true, [CT__STAGE_WRITE] = true};
    bool in = enters[slice->stage], out = leaves[slice->stage];
    if (in || out)
        ct__text_printf(text, ",\"bind_id\":\"0x%" PRIx64 "\"",
                        (uint64_t)(slice->stream + 1) << 40 | (slice->frame & 0xffffffffff));
    if (in)
        ct__text_puts(text, ",\"flow_in\":true");
    if (out)
        ct__text_puts(text, ",\"flow_out\":true");
}

static void put_slice(struct ct__trace *trace, const struct row *row, const struct slice *slice)
{
    struct ct__text *text = &trace->text;
    ct__text_printf(text,
                    ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"name\":\"%s\",\"cat\":\"frame\","
                    "\"ts\":%.3f,\"dur\":%.3f",
                    row->number, ct__stage_name(slice->stage),
                    (double)(slice->begin_ns - trace->start_ns) / 1e3,
                    (double)slice->wall_ns / 1e3);
    put_flow(text, slice);
    ct__text_printf(text, ",\"args\":{\"stream\":%d,\"frame\":%" PRIu64 "}}", slice->stream,
                    slice->frame);
}

static void put_name(struct ct__text *text, const char *what, int number, const char *name)
{
    struct ct__json json;
    ct__text_printf(text, "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"%s\",\"args\":{\"name\":",
                    number, what);
    ct__json_init(&json, text);
    ct__json_string(&json, name);
    ct__text_puts(text, "}}");
}

static void flush_row(struct ct__trace *trace, struct row *row)
{
    enum { LINES = 256 }; // written at once, so that the text stays small
    if (!row->named) {
        ct__text_puts(&trace->text, ",\n");
        put_name(&trace->text, "thread_name", row->number, row->name);
        row->named = true;
    }
    unsigned long head = atomic_load_explicit(&row->head, memory_order_acquire);
    unsigned long tail = atomic_load_explicit(&row->tail, memory_order_relaxed);
    for (; tail != head; tail++) {
        put_slice(trace, row, &row->slices[tail % RING]);
        if (tail % LINES == 0)
            write_text(trace);
    }
    atomic_store_explicit(&row->tail, tail, memory_order_release);
    write_text(trace);
}

static struct row *first_row(struct ct__trace *trace)
{
    pthread_mutex_lock(&trace->lock);
    struct row *row = trace->rows;
    pthread_mutex_unlock(&trace->lock);
    return row;
}

void ct__trace_flush(struct ct__trace *trace)
{
    // Rows are only ever put in front: the list behind the first stays as it is.
    for (struct row *row = trace ? first_row(trace) : NULL; row; row = row->next)
        flush_row(trace, row);
}

int ct__trace_open(struct ct__trace **out, const char *path, sem_t *wake)
{
    struct ct__trace *trace = ct__calloc(1, sizeof *trace);
    if (!trace)
        return ct__fail_memory(path);
    pthread_mutex_init(&trace->lock, NULL);
    trace->wake = wake;
    trace->start_ns = ct__now_ns();
    int error = ct__out_open(&trace->out, path);
    if (error) {
        ct__trace_destroy(&trace);
        return error;
    }
    ct__text_puts(&trace->text, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    put_name(&trace->text, "process_name", 0, "chiton");
    *out = trace;
    return CT_OK;
}

int ct__trace_finish(struct ct__trace *trace)
{
    if (!trace || trace->finished)
        return CT_OK;
    trace->finished = true;
    ct__trace_flush(trace);
    unsigned long lost = 0;
    for (struct row *row = first_row(trace); row; row = row->next)
        lost += atomic_load(&row->lost);
    ct__text_printf(&trace->text, "\n],\"otherData\":{\"lost_slices\":\"%lu\"}}\n", lost);
    write_text(trace);
    if (lost || trace->row_missing)
        ct__log(CT_LOG_WARN, trace->out.path, "%s are missing: %lu did not fit",
                trace->row_missing ? "threads" : "slices", lost);
    int error = trace->error;
    if (error)
        ct__out_discard(&trace->out);
    return error ? error : ct__out_commit(&trace->out);
}

void ct__trace_destroy(struct ct__trace **pointer)
{
    struct ct__trace *trace = *pointer;
    if (!trace)
        return;
    *pointer = NULL;
    while (trace->rows) {
        struct row *row = trace->rows;
        trace->rows = row->next;
        ct__free(row);
    }
    ct__out_discard(&trace->out);
    ct__text_finish(&trace->text);
    pthread_mutex_destroy(&trace->lock);
    ct__free(trace);
}
