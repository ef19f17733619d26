// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd without a thread of its own: ours polls its epoll descriptor and an eventfd. A
// connection that waits is suspended, so that it costs nothing; its waiter stands in a list.
// Suspended connections never time out, and libmicrohttpd does not look at them, so everybody is
// resumed once a second, and whoever has hung up is sent away.
#include "service/http.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "service/request.h"

#define SCOPE "http"

enum {
    POOL = 2 * CT__PIECE, // memory of a connection, which holds headers and a piece
    SECOND_MS = 1000,
    GAP_MS = 20,        // between two rounds of asking who waits
    GOODBYE_MS = 300,   // for feeds to send their end when the server stops
    GOODBYES = 5,       // rounds of it at least: a busy machine may sleep for all that time
    BODY_LIMIT = 65536, // of a request that has no use for one
};

struct ct__http {
    struct MHD_Daemon *daemon;
    struct ct__http_handler handler;
    int epoll_fd, event_fd;
    atomic_bool woken;
    struct ct__waiting waiting;
    struct ct__link *links;
    bool ticking, started;
    pthread_t thread;
};

// A client that only closed its own direction counts as gone too: who wants to look on for ever
// does not.
static bool has_hung_up(const struct ct__waiter *waiter)
{
    char byte;
    return recv(waiter->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void resume(struct ct__http *http, bool everybody)
{
    struct ct__waiter *next;
    for (struct ct__waiter *waiter = http->waiting.first; waiter; waiter = next) {
        next = waiter->next;
        if (!everybody && !waiter->ready(waiter))
            continue;
        waiter->gone = everybody && has_hung_up(waiter);
        ct__waiter_resume(waiter);
    }
}

// ---- what libmicrohttpd calls

// The address as it came, before anything else of the request. An own copy is not needed: the
// server keeps it.
static void *request_begin(void *opaque, const char *uri, struct MHD_Connection *connection)
{
    struct ct__request *request = ct__calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    request->waiting = &((struct ct__http *)opaque)->waiting;
    request->connection = connection;
    request->uri_length = strlen(uri);
    request->broken = strstr(uri, "%00") != NULL;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->link = info ? info->socket_context : NULL;
    return request;
}

static void request_end(void *opaque, struct MHD_Connection *connection, void **context,
                        enum MHD_RequestTerminationCode why)
{
    (void)opaque, (void)connection, (void)why;
    struct ct__request *request = *context;
    if (!request)
        return;
    if (request->waiter)
        ct__waiter_finish(request->waiter);
    if (request->link)
        request->link->until_ns = ct__now_ns() + request->waiting->patience_ns;
    ct__text_finish(&request->body);
    ct__free(request);
    *context = NULL;
}

static bool has_large_body(const struct ct__request *request)
{
    int64_t length;
    const char *header = ct__request_header(request, "Content-Length");
    return header &&
           (!ct__parse_int(header, &length) || length < 0 || (size_t)length > request->body_limit);
}

static enum MHD_Result refuse_body(struct ct__request *request)
{
    ct__answer_error(request, 413, "body", "a body may have %zu bytes at most",
                     request->body_limit);
    return (enum MHD_Result)request->result;
}

static enum MHD_Result begin_body(struct ct__http *http, struct ct__request *request)
{
    const struct ct__http_handler *handler = &http->handler;
    bool asks = handler->admit && !atomic_load(&http->waiting.stopping);
    request->begun = true;
    request->result = MHD_NO;
    int64_t limit = asks ? handler->admit(handler->opaque, request) : 0;
    if (limit < 0)
        return (enum MHD_Result)request->result;
    request->keeps_body = limit > 0;
    request->body_limit = limit > 0 ? (size_t)limit : BODY_LIMIT;
    return has_large_body(request) ? refuse_body(request) : MHD_YES;
}

// A body whose length nobody has announced can be refused only when it is complete: until then what
// is too much is thrown away.
static enum MHD_Result take_body(struct ct__request *request, const char *body, size_t length)
{
    request->body_length += length;
    bool too_long = request->body_length > request->body_limit;
    if (!request->keeps_body)
        return too_long ? MHD_NO : MHD_YES;
    if (too_long)
        ct__text_finish(&request->body);
    else
        ct__text_append(&request->body, body, length);
    return MHD_YES;
}

// Called with the headers, then with each piece of the body, then at its end; and again when a
// request that waited is resumed.
static enum MHD_Result answer(void *opaque, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body,
                              size_t *body_length, void **context)
{
    (void)connection, (void)version;
    struct ct__http *http = opaque;
    struct ct__request *request = *context;
    if (!request)
        return MHD_NO;
    request->method = method;
    request->path = url;
    if (!request->begun)
        return begin_body(http, request);
    if (*body_length > 0) {
        size_t length = *body_length;
        *body_length = 0;
        return take_body(request, body, length);
    }
    if (request->body_length > request->body_limit)
        return refuse_body(request);
    if (request->link)
        request->link->until_ns = 0;
    if (atomic_load(&http->waiting.stopping))
        return MHD_NO;
    request->result = MHD_NO;
    http->handler.handle(http->handler.opaque, request);
    return (enum MHD_Result)request->result;
}

static void link_begin(struct ct__http *http, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct ct__link *link = info ? ct__calloc(1, sizeof(*link)) : NULL;
    *context = link;
    if (!link)
        return;
    http->ticking = true;
    link->fd = info->connect_fd;
    link->until_ns = ct__now_ns() + http->waiting.patience_ns;
    link->next = http->links;
    link->link = &http->links;
    if (link->next)
        link->next->link = &link->next;
    http->links = link;
}

static void link_notice(void *opaque, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code)
{
    struct ct__link *link = *context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        link_begin(opaque, connection, context);
    } else if (link) {
        *link->link = link->next;
        if (link->next)
            link->next->link = link->link;
        ct__free(link);
        *context = NULL;
    }
}

// libmicrohttpd's own time-out begins anew with each byte; a client that sends or takes one byte at
// a time would stay for ever. The connection is only shut down here: libmicrohttpd sees its end.
static void links_check(struct ct__http *http)
{
    int64_t now_ns = ct__now_ns();
    for (struct ct__link *link = http->links; link; link = link->next)
        if (link->until_ns && now_ns > link->until_ns)
            shutdown(link->fd, SHUT_RDWR);
}

__attribute__((format(printf, 2, 0))) static void complain(void *opaque, const char *format,
                                                           va_list arguments)
{
    (void)opaque;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = 0;
    ct__log(CT_LOG_DEBUG, SCOPE, "%s", text);
}

// ---- the thread

void ct__http_wake(struct ct__http *http)
{
    if (!atomic_exchange(&http->woken, true))
        eventfd_write(http->event_fd, 1);
}

// When somebody was last asked, and when all were.
struct rounds {
    int64_t asked_ns, second_ns;
};

// How long there is nothing to do, in milliseconds; -1: until something comes.
static int idle_ms(struct ct__http *http, const struct rounds *rounds)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    int64_t least_ms = -1, now_ns = ct__now_ns();
    if (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES)
        least_ms = wait_ms > SECOND_MS ? SECOND_MS : (int64_t)wait_ms;
    if (http->ticking) {
        int64_t rest_ms = SECOND_MS - (now_ns - rounds->second_ns) / 1000000;
        if (least_ms < 0 || rest_ms < least_ms)
            least_ms = rest_ms < 0 ? 0 : rest_ms;
    }
    if (atomic_load(&http->woken)) {
        int64_t rest_ms = GAP_MS - (now_ns - rounds->asked_ns) / 1000000;
        if (least_ms < 0 || rest_ms < least_ms)
            least_ms = rest_ms < 0 ? 0 : rest_ms;
    }
    return (int)least_ms;
}

// Sleeps until libmicrohttpd has something to do, the time is over or, unless one is being put off
// already, somebody calls.
static void sleep_until_called(struct ct__http *http, int wait_ms)
{
    struct pollfd files[2] = {{.fd = http->epoll_fd, .events = POLLIN},
                              {.fd = http->event_fd, .events = POLLIN}};
    eventfd_t count;
    if (poll(files, atomic_load(&http->woken) ? 1 : 2, wait_ms) > 0 && files[1].revents)
        eventfd_read(http->event_fd, &count);
}

static void look_round(struct ct__http *http, struct rounds *rounds)
{
    int64_t now_ns = ct__now_ns();
    if (now_ns - rounds->second_ns >= SECOND_MS * INT64_C(1000000)) {
        rounds->second_ns = rounds->asked_ns = now_ns;
        links_check(http);
        // Once more after the last has gone: what is left then decides.
        http->ticking = http->handler.tick(http->handler.opaque) || http->links;
        resume(http, true);
    }
    if (atomic_load(&http->woken) && now_ns - rounds->asked_ns >= GAP_MS * INT64_C(1000000)) {
        rounds->asked_ns = now_ns;
        // Taken back before anybody is asked: who calls from here on is not overheard.
        atomic_store(&http->woken, false);
        resume(http, false);
    }
}

// Everybody is told that it is over; who does not take it in time is cut off.
static void say_goodbye(struct ct__http *http)
{
    int64_t until_ns = ct__now_ns() + GOODBYE_MS * INT64_C(1000000);
    int rounds = 0;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    do {
        resume(http, true);
        MHD_run(http->daemon);
        if (MHD_get_timeout(http->daemon, &wait_ms) != MHD_YES || wait_ms > 0) {
            struct pollfd file = {.fd = http->epoll_fd, .events = POLLIN};
            if (poll(&file, 1, 10) == 0 && !http->waiting.first)
                break;
        }
    } while (http->links && (++rounds < GOODBYES || ct__now_ns() < until_ns));
    resume(http, true);
}

static void *serve(void *argument)
{
    struct ct__http *http = argument;
    struct rounds rounds = {0};
    while (!atomic_load(&http->waiting.stopping)) {
        look_round(http, &rounds);
        MHD_run(http->daemon);
        sleep_until_called(http, idle_ms(http, &rounds));
    }
    say_goodbye(http);
    return NULL;
}

// ---- begin and end

static struct MHD_Daemon *daemon_start(struct ct__http *http, const struct ct__http_params *params)
{
    static char protocols[] = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1";
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)params->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)params->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, protocols},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        params->certificate ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, answer, http,
        MHD_OPTION_EXTERNAL_LOGGER, complain, NULL, MHD_OPTION_LISTEN_SOCKET, params->socket,
        MHD_OPTION_URI_LOG_CALLBACK, request_begin, http, MHD_OPTION_NOTIFY_COMPLETED, request_end,
        http, MHD_OPTION_NOTIFY_CONNECTION, link_notice, http, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)POOL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)params->max_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)params->max_connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((params->timeout_ms + 999) / 1000),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, params->certificate ? tls : none,
        MHD_OPTION_END);
}

static int set_up(struct ct__http *http, const struct ct__http_params *params)
{
    http->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (http->event_fd < 0)
        return ct__fail(CT_ERROR_LIMIT, SCOPE, "no descriptor left: %s", strerror(errno));
    if (params->certificate && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return ct__fail(CT_ERROR_UNSUPPORTED, SCOPE, "libmicrohttpd was built without TLS");
    http->daemon = daemon_start(http, params);
    if (!http->daemon)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "libmicrohttpd %s cannot start%s",
                        MHD_get_version(),
                        params->certificate ? ": is that the certificate's key?" : "");
    http->epoll_fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    return CT_OK;
}

int ct__http_create(struct ct__http **out, const struct ct__http_params *params)
{
    struct ct__http *http = ct__calloc(1, sizeof(*http));
    if (!http) {
        close(params->socket);
        return ct__fail_memory(SCOPE);
    }
    http->handler = params->handler;
    http->waiting.patience_ns = 2 * params->timeout_ms * INT64_C(1000000);
    int error = set_up(http, params);
    if (error && !http->daemon)
        close(params->socket);
    if (error)
        ct__http_destroy(&http);
    else
        *out = http;
    return error;
}

int ct__http_start(struct ct__http *http)
{
    int error = ct__thread_start(&http->thread, "ct-http", serve, http);
    http->started = !error;
    return error;
}

void ct__http_stop(struct ct__http *http)
{
    atomic_store(&http->waiting.stopping, true);
    if (http->started) {
        eventfd_write(http->event_fd, 1);
        pthread_join(http->thread, NULL);
        http->started = false;
    }
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    http->daemon = NULL;
}

void ct__http_destroy(struct ct__http **http)
{
    if (!*http)
        return;
    ct__http_stop(*http);
    if ((*http)->event_fd >= 0)
        close((*http)->event_fd);
    ct__free(*http);
    *http = NULL;
}
