// SPDX-License-Identifier: Apache-2.0
// A client that reads slowly gets the picture that is newest when it has taken the one before.
#include "service/show.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "service/streams.h"

static const int64_t patience_ns = INT64_C(2000000000);

// Reads ?key=, a number from 0; where it is not there `value` stays. False was answered.
static bool read_number(struct ct__request *request, const char *key, int64_t most, int64_t *value)
{
    const char *text = ct__request_query(request, key);
    if (!text || (ct__parse_int(text, value) && *value >= 0 && *value <= most))
        return true;
    ct__answer_error(request, 400, "bad_request", "%s=%.40s: expected a number from 0 to %lld", key,
                     text, (long long)most);
    return false;
}

// Finds the stream and begins to look at it. False was answered.
static bool open_view(struct ct__pictures *pictures, ct_engine *engine, struct ct__request *request,
                      const char *name, struct ct_stream_info *info, struct ct__view **view)
{
    int64_t width = 0;
    if (ct__streams_find(engine, name, info) != CT_OK) {
        ct__answer_error(request, 404, "no_camera", "no camera is called %.128s", name);
        return false;
    }
    if (!read_number(request, "width", 65535, &width))
        return false;
    if (ct__view_open(pictures, info->number, (int)width, view) == CT_OK)
        return true;
    ct__answer_error(request, 503, "unavailable", "%.128s cannot be watched", name);
    return false;
}

// ---- one picture

struct latest {
    struct ct__waiter waiter;
    struct ct__view *view;
    int stream;
    int64_t after, deadline_ns;
};

static bool latest_ready(struct ct__waiter *waiter)
{
    return ct__view_has_news(((struct latest *)waiter)->view);
}

static void latest_finish(struct ct__waiter *waiter)
{
    struct latest *latest = (struct latest *)waiter;
    ct__view_close(&latest->view);
    ct__free(latest);
}

static void release(void *opaque)
{
    ct_jpeg *jpeg = opaque;
    ct_jpeg_unref(&jpeg);
}

static void answer_jpeg(struct ct__request *request, ct_jpeg *jpeg)
{
    char text[32];
    size_t size;
    const uint8_t *data = ct_jpeg_data(jpeg, &size);
    const struct ct_frame_info *info = ct_jpeg_info(jpeg);
    snprintf(text, sizeof text, "%llu", (unsigned long long)info->number);
    ct__answer_header(request, "Chiton-Frame", text);
    snprintf(text, sizeof text, "%lld", (long long)(ct__now_ns() - info->capture_ns) / 1000000);
    ct__answer_header(request, "Chiton-Age-Ms", text);
    ct__answer_data(request, 200, "image/jpeg", data, size, release, jpeg);
}

// Why there is no picture, for programs too.
static void answer_none(struct ct__request *request, const struct ct_stream_info *info)
{
    char retry[16];
    struct ct__text text = {0}, why = {0};
    struct ct__json json;
    const char *state = ct_stream_state_name(info->state);
    snprintf(retry, sizeof retry, "%d", info->retry_s > 2 ? (int)info->retry_s : 2);
    ct__text_printf(&why, "%s is %s%s%s: there is no picture of now", info->name, state,
                    info->reason[0] ? ": " : "", info->reason);
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "error");
    ct__json_begin_object(&json);
    ct__json_key(&json, "code");
    ct__json_string(&json, "no_picture");
    ct__json_key(&json, "message");
    ct__json_string(&json, why.data);
    ct__json_key(&json, "state");
    ct__json_string(&json, state);
    ct__json_key(&json, "reason");
    ct__json_string(&json, info->reason);
    ct__json_key(&json, "retry_s");
    ct__json_number(&json, info->retry_s, 1);
    ct__json_end_object(&json);
    ct__json_end_object(&json);
    ct__text_puts(&text, "\n");
    text.failed = text.failed || why.failed;
    ct__text_finish(&why);
    ct__answer_header(request, "Retry-After", retry);
    ct__answer_text(request, 503, "application/json", &text);
}

// Whether frames may come within a moment.
static bool is_alive(const struct ct_stream_info *info)
{
    return info->state != CT_STREAM_WAITING && info->state != CT_STREAM_FAILED &&
           info->state != CT_STREAM_ENDED;
}

// A picture that the client does not have yet, or NULL.
static ct_jpeg *take_other(struct latest *latest)
{
    ct_jpeg *jpeg = ct__view_take(latest->view);
    if (jpeg && (int64_t)ct_jpeg_info(jpeg)->number == latest->after)
        ct_jpeg_unref(&jpeg);
    return jpeg;
}

static void look(ct_engine *engine, struct ct__request *request, struct latest *latest)
{
    struct ct_stream_info info = {0};
    ct_jpeg *jpeg = take_other(latest);
    if (jpeg) {
        answer_jpeg(request, jpeg);
        return;
    }
    if (ct_engine_stream_info(engine, latest->stream, &info) != CT_OK)
        ct__answer_error(request, 404, "no_camera", "the camera was removed");
    else if (!is_alive(&info) || ct__now_ns() >= latest->deadline_ns)
        answer_none(request, &info);
    else
        ct__answer_later(request);
}

void ct__show_latest(struct ct__pictures *pictures, ct_engine *engine, struct ct__request *request,
                     const char *name)
{
    struct latest *latest = (struct latest *)ct__request_waiter(request);
    struct ct_stream_info info;
    int64_t after = -1;
    if (latest) {
        look(engine, request, latest);
        return;
    }
    if (!read_number(request, "after", INT64_MAX, &after))
        return;
    latest = ct__calloc(1, sizeof(*latest));
    if (!latest) {
        ct__answer_error(request, 503, "memory", "out of memory");
        return;
    }
    if (!open_view(pictures, engine, request, name, &info, &latest->view)) {
        ct__free(latest);
        return;
    }
    latest->waiter = (struct ct__waiter){.ready = latest_ready, .finish = latest_finish};
    latest->stream = info.number;
    latest->after = after;
    latest->deadline_ns = ct__now_ns() + patience_ns;
    ct__request_keep(request, &latest->waiter);
    look(engine, request, latest);
}

// ---- one after the other

// Browsers show a part when they see the boundary behind it, so that follows at once.
static const char boundary[] = "\r\n--frame\r\n";

struct show {
    struct ct__feed feed;
    ct_engine *engine;
    struct ct__view *view;
    int stream;
    bool begun;
    ct_jpeg *jpeg;  // on its way, or NULL
    char head[128]; // what stands before it
    size_t sent;    // of head, picture and boundary
};

static bool take_next(struct show *show)
{
    size_t size;
    show->jpeg = ct__view_take(show->view);
    if (!show->jpeg)
        return false;
    ct_jpeg_data(show->jpeg, &size);
    const struct ct_frame_info *info = ct_jpeg_info(show->jpeg);
    snprintf(show->head, sizeof show->head,
             "%sContent-Type: image/jpeg\r\nContent-Length: %zu\r\nChiton-Frame: %llu\r\n\r\n",
             show->begun ? "" : boundary + 2, size, (unsigned long long)info->number);
    show->begun = true;
    show->sent = 0;
    return true;
}

static int64_t show_read(struct ct__feed *feed, char *data, size_t size)
{
    struct show *show = (struct show *)feed;
    struct ct_stream_info info;
    size_t jpeg_size, begin = 0, written = 0;
    if (!show->jpeg && !take_next(show))
        return ct_engine_stream_info(show->engine, show->stream, &info) == CT_OK ? 0 : -1;
    const void *jpeg = ct_jpeg_data(show->jpeg, &jpeg_size);
    const struct {
        const void *data;
        size_t size;
    } parts[] = {
        {show->head, strlen(show->head)}, {jpeg, jpeg_size}, {boundary, sizeof boundary - 1}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; begin += parts[i].size, i++) {
        size_t from = show->sent - begin;
        if (show->sent < begin || from >= parts[i].size)
            continue;
        size_t length = parts[i].size - from;
        if (length > size - written)
            length = size - written;
        memcpy(data + written, (const char *)parts[i].data + from, length);
        show->sent += length;
        written += length;
    }
    if (show->sent == begin)
        ct_jpeg_unref(&show->jpeg);
    return (int64_t)written;
}

static bool show_ready(struct ct__waiter *waiter)
{
    return ct__view_has_news(((struct show *)waiter)->view);
}

static void show_finish(struct ct__waiter *waiter)
{
    struct show *show = (struct show *)waiter;
    ct_jpeg_unref(&show->jpeg);
    ct__view_close(&show->view);
    ct__free(show);
}

void ct__show_stream(struct ct__pictures *pictures, ct_engine *engine, struct ct__request *request,
                     const char *name)
{
    struct ct_stream_info info;
    struct show *show = ct__calloc(1, sizeof(*show));
    if (!show) {
        ct__answer_error(request, 503, "memory", "out of memory");
        return;
    }
    if (!open_view(pictures, engine, request, name, &info, &show->view)) {
        ct__free(show);
        return;
    }
    show->feed = (struct ct__feed){.waiter = {.ready = show_ready, .finish = show_finish},
                                   .read = show_read};
    show->engine = engine;
    show->stream = info.number;
    ct__answer_feed(request, "multipart/x-mixed-replace; boundary=frame", &show->feed);
}
