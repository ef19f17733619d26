// SPDX-License-Identifier: Apache-2.0
// Watching. No two of its locks are held together, nor with the engine's. A list's lock is held
// while its callbacks run, so that a watch that was closed is called no more; results and pictures
// have a list each, since drawing takes its time. `lock` is for the newest frame of each stream.
#include "pipeline/viewer.h"

#include <stdatomic.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "frame/result.h"
#include "pipeline/engine.h"
#include "pipeline/painter.h"

enum kind { RESULTS, PICTURES, KINDS };

struct ct_watch {
    ct_engine *engine;
    struct ct_watch_params params;
    ct_watch *next[KINDS]; // in the lists of what it wants
};

// Who wants one kind of thing.
struct list {
    pthread_mutex_t lock;
    ct_watch *first;
    atomic_int count; // read without the lock, so that nobody costs nothing
};

// The newest frame of a stream that is looked at, and its result.
struct shown {
    int stream;
    ct_frame *frame; // NULL: drawn already
    struct ct_result *result;
    size_t capacity;
    struct shown *next;
};

struct ct__viewer {
    ct_engine *engine;
    struct list lists[KINDS];

    pthread_mutex_t lock; // guards what follows
    pthread_cond_t changed;
    struct shown *shown;
    bool running, ending;
    pthread_t thread;

    // For the thread alone.
    struct ct__painter painter;
    struct ct_result *result; // of the frame being drawn
    size_t capacity;
};

// ---- showing

static bool wants_same(const ct_watch *a, const ct_watch *b)
{
    return a->params.max_width == b->params.max_width && a->params.quality == b->params.quality;
}

static bool was_served(const ct_watch *first, const ct_watch *watch, int stream)
{
    for (; first != watch; first = first->next[PICTURES])
        if (first->params.stream == stream && wants_same(first, watch))
            return true;
    return false;
}

// Draws a frame once for each wish, and tells all who have it.
static void show_frame(struct ct__viewer *viewer, int stream, const ct_frame *frame)
{
    struct list *list = &viewer->lists[PICTURES];
    pthread_mutex_lock(&list->lock);
    for (ct_watch *watch = list->first; watch; watch = watch->next[PICTURES]) {
        ct_jpeg *jpeg = NULL;
        if (watch->params.stream != stream || was_served(list->first, watch, stream) ||
            ct__painter_paint(&viewer->painter, frame, viewer->result, &watch->params, &jpeg))
            continue;
        for (ct_watch *other = watch; other; other = other->next[PICTURES])
            if (other->params.stream == stream && wants_same(other, watch))
                other->params.on_jpeg(other->params.opaque, stream, jpeg);
        ct_jpeg_unref(&jpeg);
    }
    pthread_mutex_unlock(&list->lock);
}

// Takes the next frame that was not drawn, with its result; NULL if there is none. The lock is
// held. Streams take turns: who was served goes to the end of the list.
static ct_frame *next_frame(struct ct__viewer *viewer, int *stream)
{
    struct shown **link = &viewer->shown;
    while (*link && !(*link)->frame)
        link = &(*link)->next;
    struct shown *found = *link;
    if (!found)
        return NULL;
    ct_frame *frame = found->frame;
    found->frame = NULL;
    *stream = found->stream;
    struct ct_result *result = viewer->result;
    size_t capacity = viewer->capacity;
    viewer->result = found->result;
    viewer->capacity = found->capacity;
    found->result = result;
    found->capacity = capacity;
    *link = found->next;
    while (*link)
        link = &(*link)->next;
    *link = found;
    found->next = NULL;
    return frame;
}

static void *view_main(void *argument)
{
    struct ct__viewer *viewer = argument;
    pthread_mutex_lock(&viewer->lock);
    while (!viewer->ending) {
        int stream = 0;
        ct_frame *frame = next_frame(viewer, &stream);
        if (!frame) {
            pthread_cond_wait(&viewer->changed, &viewer->lock);
            continue;
        }
        pthread_mutex_unlock(&viewer->lock);
        show_frame(viewer, stream, frame);
        ct_frame_unref(&frame);
        pthread_mutex_lock(&viewer->lock);
    }
    pthread_mutex_unlock(&viewer->lock);
    return NULL;
}

// ---- what is delivered

// The place of a stream's newest frame. The lock is held.
static struct shown *find_shown(struct ct__viewer *viewer, int stream)
{
    struct shown *shown = viewer->shown;
    while (shown && shown->stream != stream)
        shown = shown->next;
    if (shown || !(shown = ct__calloc(1, sizeof *shown)))
        return shown;
    shown->stream = stream;
    shown->next = viewer->shown;
    viewer->shown = shown;
    return shown;
}

static void keep_frame(struct ct__viewer *viewer, int stream, const struct ct_result *result,
                       ct_frame *frame)
{
    pthread_mutex_lock(&viewer->lock);
    struct shown *shown = find_shown(viewer, stream);
    if (shown) {
        ct_frame_unref(&shown->frame);
        if (!ct__result_copy(&shown->result, &shown->capacity, result))
            shown->frame = ct_frame_ref(frame);
        pthread_cond_signal(&viewer->changed);
    }
    pthread_mutex_unlock(&viewer->lock);
}

static void tell_result(struct ct__viewer *viewer, int stream, const struct ct_result *result)
{
    struct list *list = &viewer->lists[RESULTS];
    pthread_mutex_lock(&list->lock);
    for (ct_watch *watch = list->first; watch; watch = watch->next[RESULTS])
        if (watch->params.stream < 0 || watch->params.stream == stream)
            watch->params.on_result(watch->params.opaque, stream, result);
    pthread_mutex_unlock(&list->lock);
}

void ct__viewer_show(struct ct__viewer *viewer, struct ct__stream *stream,
                     const struct ct_result *result, ct_frame *frame)
{
    if (atomic_load_explicit(&viewer->lists[RESULTS].count, memory_order_relaxed))
        tell_result(viewer, stream->number, result);
    if (frame && atomic_load_explicit(&stream->watched, memory_order_relaxed))
        keep_frame(viewer, stream->number, result, frame);
}

void ct__viewer_forget(struct ct__viewer *viewer, int stream)
{
    pthread_mutex_lock(&viewer->lock);
    struct shown **link = &viewer->shown;
    while (*link && (*link)->stream != stream)
        link = &(*link)->next;
    struct shown *gone = *link;
    if (gone)
        *link = gone->next;
    pthread_mutex_unlock(&viewer->lock);
    if (gone) {
        ct_frame_unref(&gone->frame);
        ct_result_destroy(&gone->result);
    }
    ct__free(gone);
}

// ---- watches

static int check_watch(const struct ct_watch_params *params)
{
    if (!params || (!params->on_result && !params->on_jpeg))
        return ct__fail(CT_ERROR_INVALID, "watch", "no callback given");
    if (params->on_jpeg && params->stream < 0)
        return ct__fail(CT_ERROR_INVALID, "watch", "pictures are of one stream");
    if (params->quality < 0 || params->quality > 100)
        return ct__fail(CT_ERROR_INVALID, "watch", "quality = %d: expected 0 to 100",
                        params->quality);
    if (params->max_width < 0)
        return ct__fail(CT_ERROR_INVALID, "watch", "max_width = %d: expected 0 or more",
                        params->max_width);
    return CT_OK;
}

static int start_thread(struct ct__viewer *viewer)
{
    pthread_mutex_lock(&viewer->lock);
    int error =
        viewer->running ? CT_OK : ct__thread_start(&viewer->thread, "ct-viewer", view_main, viewer);
    viewer->running |= !error;
    pthread_mutex_unlock(&viewer->lock);
    return error;
}

// Counts who wants pictures of a stream; false if there is no such stream (any more).
static bool count_watch(ct_engine *engine, const struct ct_watch_params *params, int change)
{
    struct ct__stream *stream = ct__engine_pin(engine, params->stream);
    if (!stream)
        return false;
    if (params->on_jpeg)
        atomic_fetch_add(&stream->watched, change);
    ct__engine_unpin(stream);
    return true;
}

static void enlist(struct ct__viewer *viewer, ct_watch *watch, enum kind kind)
{
    struct list *list = &viewer->lists[kind];
    pthread_mutex_lock(&list->lock);
    watch->next[kind] = list->first;
    list->first = watch;
    atomic_fetch_add(&list->count, 1);
    pthread_mutex_unlock(&list->lock);
}

static void delist(struct ct__viewer *viewer, const ct_watch *watch, enum kind kind)
{
    struct list *list = &viewer->lists[kind];
    pthread_mutex_lock(&list->lock);
    ct_watch **link = &list->first;
    while (*link && *link != watch)
        link = &(*link)->next[kind];
    if (*link) {
        *link = watch->next[kind];
        atomic_fetch_sub(&list->count, 1);
    }
    pthread_mutex_unlock(&list->lock);
}

int ct_engine_watch(ct_engine *engine, const struct ct_watch_params *params, ct_watch **out)
{
    struct ct__viewer *viewer = engine->viewer;
    int error = check_watch(params);
    if (error)
        return error;
    ct_watch *watch = ct__calloc(1, sizeof *watch);
    if (!watch)
        return ct__fail_memory("watch");
    *watch = (ct_watch){.engine = engine, .params = *params};
    error = params->on_jpeg ? start_thread(viewer) : CT_OK;
    if (!error && params->stream >= 0 && !count_watch(engine, params, 1))
        error = CT_ERROR_NOT_FOUND;
    if (error) {
        ct__free(watch);
        return error;
    }
    if (params->on_result)
        enlist(viewer, watch, RESULTS);
    if (params->on_jpeg)
        enlist(viewer, watch, PICTURES);
    *out = watch;
    return CT_OK;
}

void ct_engine_unwatch(ct_watch **pointer)
{
    ct_watch *watch = pointer ? *pointer : NULL;
    if (!watch)
        return;
    *pointer = NULL;
    for (enum kind kind = RESULTS; kind < KINDS; kind++)
        delist(watch->engine->viewer, watch, kind);
    if (watch->params.stream >= 0)
        count_watch(watch->engine, &watch->params, -1);
    ct__free(watch);
}

// ---- the viewer

int ct__viewer_create(struct ct__viewer **out, ct_engine *engine)
{
    struct ct__viewer *viewer = ct__calloc(1, sizeof *viewer);
    if (!viewer)
        return ct__fail_memory("engine");
    viewer->engine = engine;
    for (int i = 0; i < KINDS; i++)
        pthread_mutex_init(&viewer->lists[i].lock, NULL);
    pthread_mutex_init(&viewer->lock, NULL);
    pthread_cond_init(&viewer->changed, NULL);
    *out = viewer;
    return CT_OK;
}

void ct__viewer_destroy(struct ct__viewer **pointer)
{
    struct ct__viewer *viewer = *pointer;
    if (!viewer)
        return;
    *pointer = NULL;
    pthread_mutex_lock(&viewer->lock);
    viewer->ending = true;
    pthread_cond_signal(&viewer->changed);
    pthread_mutex_unlock(&viewer->lock);
    if (viewer->running)
        pthread_join(viewer->thread, NULL);
    while (viewer->shown)
        ct__viewer_forget(viewer, viewer->shown->stream);
    ct__painter_finish(&viewer->painter);
    ct_result_destroy(&viewer->result);
    pthread_cond_destroy(&viewer->changed);
    pthread_mutex_destroy(&viewer->lock);
    for (int i = 0; i < KINDS; i++)
        pthread_mutex_destroy(&viewer->lists[i].lock);
    ct__free(viewer);
}
