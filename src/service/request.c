// SPDX-License-Identifier: Apache-2.0
// Requests and answers, as handlers see them.
#include "service/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define SCOPE "http"

enum {
    LONGEST_URI = 2000,
    LONGEST_QUEUE = 131072,
    LEAST_RATE = 131072, // bytes of an answer that a client takes in a second
};

// ---- who waits

void ct__waiter_suspend(struct ct__waiter *waiter)
{
    struct ct__waiting *waiting = waiter->waiting;
    waiter->next = waiting->first;
    waiter->link = &waiting->first;
    if (waiter->next)
        waiter->next->link = &waiter->next;
    waiting->first = waiter;
    MHD_suspend_connection(waiter->connection);
}

static void waiter_unlink(struct ct__waiter *waiter)
{
    if (!waiter->link)
        return;
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

void ct__waiter_finish(void *opaque)
{
    struct ct__waiter *waiter = opaque;
    waiter_unlink(waiter);
    waiter->finish(waiter);
}

void ct__waiter_resume(struct ct__waiter *waiter)
{
    waiter_unlink(waiter);
    MHD_resume_connection(waiter->connection);
}

static void waiter_begin(struct ct__waiter *waiter, struct ct__request *request)
{
    waiter->waiting = request->waiting;
    waiter->connection = request->connection;
    waiter->fd = request->link ? request->link->fd : -1;
}

// ---- what was asked

const char *ct__request_method(const struct ct__request *request)
{
    return strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
}

const char *ct__request_path(const struct ct__request *request)
{
    return request->path;
}

const char *ct__request_header(const struct ct__request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *ct__request_query(const struct ct__request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool ct__request_is_long(const struct ct__request *request)
{
    return request->uri_length > LONGEST_URI;
}

bool ct__request_is_broken(const struct ct__request *request)
{
    return request->broken;
}

struct ct__text ct__request_take_body(struct ct__request *request)
{
    struct ct__text body = request->body;
    request->body = (struct ct__text){0};
    return body;
}

void ct__request_keep(struct ct__request *request, struct ct__waiter *waiter)
{
    request->waiter = waiter;
    waiter_begin(waiter, request);
}

struct ct__waiter *ct__request_waiter(const struct ct__request *request)
{
    return request->waiter;
}

// ---- what is answered

void ct__answer_header(struct ct__request *request, const char *name, const char *value)
{
    struct ct__header *header = &request->headers[request->header_count];
    if (request->header_count == CT__MOST_HEADERS)
        return;
    request->header_count++;
    header->name = name;
    ct__copy_text(header->value, sizeof header->value, value);
}

// Sent with everything: nothing here is for other sites, for guesses about types, or for caches.
static const char *const always[][2] = {
    {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

static bool put_headers(struct ct__request *request, struct MHD_Response *response,
                        const char *type)
{
    bool ok = MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        ok = MHD_add_response_header(response, always[i][0], always[i][1]) == MHD_YES && ok;
    for (int i = 0; i < request->header_count; i++)
        ok = MHD_add_response_header(response, request->headers[i].name,
                                     request->headers[i].value) == MHD_YES &&
             ok;
    return ok;
}

// Takes the response. Where there is none, memory ran out: the connection is closed.
static void queue(struct ct__request *request, int status, const char *type,
                  struct MHD_Response *response)
{
    request->result = MHD_NO;
    if (!response)
        ct__fail_memory(SCOPE);
    else if (put_headers(request, response, type))
        request->result = (int)MHD_queue_response(request->connection, (unsigned)status, response);
    if (response)
        MHD_destroy_response(response);
}

// Who takes an answer slower than this is sent away in the end.
static void expect_taken(struct ct__request *request, size_t size)
{
    if (request->link)
        request->link->until_ns = ct__now_ns() + request->waiting->patience_ns +
                                  (int64_t)(size / LEAST_RATE) * INT64_C(1000000000);
}

void ct__answer_text(struct ct__request *request, int status, const char *type,
                     struct ct__text *text)
{
    static char sorry[] = "{\"error\":{\"code\":\"memory\",\"message\":\"out of memory\"}}\n";
    bool failed = text->failed;
    const char *body = failed ? sorry : text->data ? text->data : "";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        failed ? sizeof sorry - 1 : text->length, (void *)body, MHD_RESPMEM_MUST_COPY);
    expect_taken(request, text->length);
    queue(request, failed ? 503 : status, failed ? "application/json" : type, response);
    ct__text_finish(text);
}

void ct__answer_data(struct ct__request *request, int status, const char *type, const void *data,
                     size_t size, void (*release)(void *opaque), void *opaque)
{
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        size, (void *)(uintptr_t)data, release, opaque);
    if (!response)
        release(opaque);
    expect_taken(request, size);
    queue(request, status, type, response);
}

static void put_error(struct ct__json *json, const char *code, const char *message)
{
    ct__json_begin_object(json);
    ct__json_key(json, "code");
    ct__json_string(json, code);
    ct__json_key(json, "message");
    ct__json_string(json, message);
    ct__json_end_object(json);
}

// The Open Inference Protocol, whose addresses are all below /v2, has an error as one sentence.
static bool is_plain(const struct ct__request *request)
{
    return strncmp(request->path, "/v2", 3) == 0 && (!request->path[3] || request->path[3] == '/');
}

void ct__answer_error(struct ct__request *request, int status, const char *code, const char *format,
                      ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "error");
    if (is_plain(request))
        ct__json_string(&json, message);
    else
        put_error(&json, code, message);
    ct__json_end_object(&json);
    ct__text_puts(&text, "\n");
    ct__answer_text(request, status, "application/json", &text);
}

static ssize_t feed_read(void *opaque, uint64_t position, char *data, size_t size)
{
    (void)position;
    struct ct__feed *feed = opaque;
    if (feed->waiter.gone || atomic_load(&feed->waiter.waiting->stopping))
        return MHD_CONTENT_READER_END_OF_STREAM;
    int64_t length = feed->read(feed, data, size);
    if (length == 0)
        ct__waiter_suspend(&feed->waiter);
    return length < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)length;
}

// What the system holds back for a client that reads slowly is old when it arrives, so that it may
// hold little.
static void keep_queue_short(int fd)
{
    int size = LONGEST_QUEUE;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

void ct__answer_feed(struct ct__request *request, const char *type, struct ct__feed *feed)
{
    waiter_begin(&feed->waiter, request);
    keep_queue_short(feed->waiter.fd);
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, CT__PIECE, feed_read, feed, ct__waiter_finish);
    if (!response)
        feed->waiter.finish(&feed->waiter);
    queue(request, 200, type, response);
}

void ct__answer_later(struct ct__request *request)
{
    ct__waiter_suspend(request->waiter);
    request->result = MHD_YES;
}
