// SPDX-License-Identifier: Apache-2.0
// Reading a stream. A file is read by the lane that wants a frame: it decodes, and goes on with
// what it decoded, so that no thread waits between the two and a picture is looked at while it is
// fresh. What waits for somebody else (a pipe, a network) has a thread that fills the inbox.
#include "pipeline/reader.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "pipeline/engine.h"

// Completes an item from what the source gave: its name, and which file of the stream it is from.
static void describe(struct ct__stream *stream, struct ct__item *item, const char *failed)
{
    struct ct__progress *progress = &stream->progress;
    const char *own = item->frame ? item->frame->name : failed;
    const char *file = own ? own : stream->source->name;
    bool same = progress->begun && progress->file == file;
    if (item->frame) {
        const struct ct_picture *picture = ct_frame_picture(item->frame);
        item->info = *ct_frame_info(item->frame);
        item->width = picture->width;
        item->height = picture->height;
        same = same && item->info.number;
    } else {
        item->info = (struct ct_frame_info){.number = same ? progress->next_number : 0,
                                            .pts_ns = CT_NO_TIME,
                                            .capture_ns = ct__now_ns(),
                                            .wall_ns = CT_NO_TIME};
    }
    progress->part += progress->begun && !same;
    progress->begun = true;
    progress->file = file;
    progress->next_number = item->info.number + 1;
    item->source = stream->name ? stream->name : file;
    item->path = file;
    item->part = progress->part;
    item->mark = (struct ct__mark){stream->number, progress->read++};
}

// Reads one item, wanted or not; false at the end.
static bool read_item(struct ct__stream *stream, struct ct__item *item, struct ct__span *span)
{
    const struct ct__source_class *class = stream->source->class;
    const char *failed = NULL;
    *item = (struct ct__item){0};
    struct ct__span begin = ct__span_begin();
    item->error = class->read(stream->source, stream->pool, &item->frame, &failed);
    *span = ct__span_end(begin);
    if (item->error == CT_ERROR_END || item->error == CT_ERROR_STOPPED)
        return false;
    if (item->error)
        ct__last_failure(item->reason, sizeof item->reason);
    class->rate(stream->source, &item->rate_num, &item->rate_den);
    describe(stream, item, failed);
    ct__trace_slice(CT__STAGE_DECODE, span, item->mark);
    return true;
}

// Counts an item, and drops it if nobody wants it; whether it is wanted.
static bool count_item(struct ct__stream *stream, struct ct__item *item, struct ct__span span)
{
    ct_engine *engine = stream->engine;
    bool wanted = item->error || item->info.number % stream->every == 0;
    double expected = stream->source->class->expected(stream->source);
    pthread_mutex_lock(&engine->lock);
    ct__stages_add(&engine->stages, CT__STAGE_DECODE, span);
    stream->stats.read++;
    stream->stats.skipped += !wanted;
    stream->stats.expected = expected;
    pthread_mutex_unlock(&engine->lock);
    if (!wanted)
        ct_frame_unref(&item->frame);
    return wanted;
}

bool ct__stream_next(struct ct__stream *stream, struct ct__item *item)
{
    struct ct__span span;
    if (stream->progress.wanted == stream->max_frames)
        return false;
    do {
        if (!read_item(stream, item, &span))
            return false;
    } while (!count_item(stream, item, span));
    stream->progress.wanted++;
    return true;
}

static void *read_main(void *argument)
{
    struct ct__stream *stream = argument;
    ct_engine *engine = stream->engine;
    struct ct__item item;
    bool more = true;
    ct__trace_join(engine->trace, "ct-reader");
    ct__thread_admit(engine->wake_signal);
    while (more && ct__stream_next(stream, &item)) {
        pthread_mutex_lock(&engine->lock);
        more = ct__inbox_put(&stream->inbox, &engine->lock, &item);
        pthread_cond_signal(&engine->ready);
        pthread_mutex_unlock(&engine->lock);
    }
    pthread_mutex_lock(&engine->lock);
    ct__inbox_end(&stream->inbox, false);
    ct__engine_settle(engine, stream);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

int ct__stream_read_apart(struct ct__stream *stream)
{
    int error = ct__thread_start(&stream->reader, "ct-reader", read_main, stream);
    stream->has_reader = !error;
    return error;
}
