// SPDX-License-Identifier: Apache-2.0
// A channel for each stream and width that is looked at: one watch, and a place for the newest
// picture. A view that is behind takes what is newest then; nothing waits in line. A channel stays
// for a few seconds without views, so that one who asks for picture after picture finds it.
#include "service/pictures.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define SCOPE "pictures"

enum { LINGER_S = 4, QUALITY = 75 };

static const int64_t fresh_ns = INT64_C(1000000000);

// Few widths, so that a picture is drawn few times however many ask; 0: as it is.
static const int widths[] = {160, 320, 480, 640, 960, 1280, 1920};

struct channel {
    struct ct__pictures *pictures;
    int stream, width;
    int views, lonely_s;
    ct_watch *watch;
    pthread_mutex_t lock; // of what follows
    ct_jpeg *newest;
    uint64_t count; // of pictures that came
    struct channel *next;
};

struct ct__pictures {
    ct_engine *engine;
    void (*wake)(void *opaque);
    void *opaque;
    struct channel *channels;
    int views;
};

struct ct__view {
    struct channel *channel;
    uint64_t taken; // the channel's count when this view last took one
};

int ct__pictures_create(struct ct__pictures **out, ct_engine *engine, void (*wake)(void *opaque),
                        void *opaque)
{
    struct ct__pictures *pictures = ct__calloc(1, sizeof(*pictures));
    if (!pictures)
        return ct__fail_memory(SCOPE);
    *pictures = (struct ct__pictures){.engine = engine, .wake = wake, .opaque = opaque};
    *out = pictures;
    return CT_OK;
}

static void channel_close(struct channel *channel)
{
    ct_engine_unwatch(&channel->watch);
    ct_jpeg_unref(&channel->newest);
    pthread_mutex_destroy(&channel->lock);
    ct__free(channel);
}

void ct__pictures_destroy(struct ct__pictures **pictures)
{
    if (!*pictures)
        return;
    while ((*pictures)->channels) {
        struct channel *channel = (*pictures)->channels;
        (*pictures)->channels = channel->next;
        channel_close(channel);
    }
    ct__free(*pictures);
    *pictures = NULL;
}

static void keep(void *opaque, int stream, ct_jpeg *jpeg)
{
    (void)stream;
    struct channel *channel = opaque;
    ct_jpeg *newer = ct_jpeg_ref(jpeg);
    pthread_mutex_lock(&channel->lock);
    ct_jpeg *older = channel->newest;
    channel->newest = newer;
    channel->count++;
    pthread_mutex_unlock(&channel->lock);
    ct_jpeg_unref(&older);
    channel->pictures->wake(channel->pictures->opaque);
}

static int round_up(int width)
{
    for (size_t i = 0; width > 0 && i < sizeof widths / sizeof *widths; i++)
        if (width <= widths[i])
            return widths[i];
    return 0;
}

static int channel_open(struct ct__pictures *pictures, int stream, int width, struct channel **out)
{
    struct channel *channel = ct__calloc(1, sizeof(*channel));
    if (!channel)
        return ct__fail_memory(SCOPE);
    channel->pictures = pictures;
    channel->stream = stream;
    channel->width = width;
    pthread_mutex_init(&channel->lock, NULL);
    const struct ct_watch_params params = {.stream = stream,
                                           .on_jpeg = keep,
                                           .opaque = channel,
                                           .max_width = width,
                                           .quality = QUALITY};
    int error = ct_engine_watch(pictures->engine, &params, &channel->watch);
    if (error) {
        channel_close(channel);
        return error;
    }
    channel->next = pictures->channels;
    pictures->channels = channel;
    *out = channel;
    return CT_OK;
}

// Pictures that came before the view, as long as they are not of now, are as if taken.
static uint64_t count_old(struct channel *channel)
{
    pthread_mutex_lock(&channel->lock);
    uint64_t old = channel->count;
    if (channel->newest && ct__now_ns() - ct_jpeg_info(channel->newest)->capture_ns <= fresh_ns)
        old--;
    pthread_mutex_unlock(&channel->lock);
    return old;
}

int ct__view_open(struct ct__pictures *pictures, int stream, int width, struct ct__view **out)
{
    int error = CT_OK;
    width = round_up(width);
    struct ct__view *view = ct__calloc(1, sizeof(*view));
    if (!view)
        return ct__fail_memory(SCOPE);
    struct channel *channel = pictures->channels;
    while (channel && (channel->stream != stream || channel->width != width))
        channel = channel->next;
    if (!channel)
        error = channel_open(pictures, stream, width, &channel);
    if (error) {
        ct__free(view);
        return error;
    }
    view->channel = channel;
    view->taken = count_old(channel);
    channel->views++;
    channel->lonely_s = 0;
    pictures->views++;
    *out = view;
    return CT_OK;
}

void ct__view_close(struct ct__view **view)
{
    if (!*view)
        return;
    (*view)->channel->views--;
    (*view)->channel->pictures->views--;
    ct__free(*view);
    *view = NULL;
}

bool ct__view_has_news(const struct ct__view *view)
{
    struct channel *channel = view->channel;
    pthread_mutex_lock(&channel->lock);
    bool news = channel->count != view->taken;
    pthread_mutex_unlock(&channel->lock);
    return news;
}

ct_jpeg *ct__view_take(struct ct__view *view)
{
    struct channel *channel = view->channel;
    pthread_mutex_lock(&channel->lock);
    ct_jpeg *jpeg = channel->count != view->taken ? ct_jpeg_ref(channel->newest) : NULL;
    view->taken = channel->count;
    pthread_mutex_unlock(&channel->lock);
    return jpeg;
}

bool ct__pictures_tick(struct ct__pictures *pictures)
{
    struct channel **link = &pictures->channels;
    bool lonely = false;
    while (*link) {
        struct channel *channel = *link;
        channel->lonely_s = channel->views ? 0 : channel->lonely_s + 1;
        if (channel->lonely_s > LINGER_S) {
            *link = channel->next;
            channel_close(channel);
            continue;
        }
        lonely = lonely || !channel->views;
        link = &channel->next;
    }
    return lonely;
}

int ct__pictures_views(const struct ct__pictures *pictures)
{
    return pictures->views;
}
