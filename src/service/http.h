// SPDX-License-Identifier: Apache-2.0
// A server of HTTP on one thread. A handler answers at once, waits, or gives a feed that goes on as
// long as the client stays; nothing here blocks. Whoever waits sleeps until ct__http_wake() and
// its `ready`, or for a second. This is the only place that sees libmicrohttpd, and only the
// server's thread calls it: other threads wake that thread.
#ifndef CT_SERVICE_HTTP_H
#define CT_SERVICE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct ct__http;
struct ct__request;

// Something that a connection waits for. The first member of its owner's struct.
struct ct__waiter {
    bool (*ready)(struct ct__waiter *waiter);  // whether it need not wait any longer
    void (*finish)(struct ct__waiter *waiter); // frees it; called once
    struct ct__waiting *waiting;               // the server's own, as is what follows
    void *connection;
    int fd;
    bool gone;                       // its client has hung up
    struct ct__waiter *next, **link; // link is NULL while it does not wait
};

// A body without an end. `read` writes at most `size` bytes and returns how many; 0: nothing now,
// to be called again when `ready` says so, or after a second; -1: that was all.
struct ct__feed {
    struct ct__waiter waiter;
    int64_t (*read)(struct ct__feed *feed, char *data, size_t size);
};

// What answers requests; everything is called on the server's thread and must return at once.
struct ct__http_handler {
    // The headers have come, a body may follow: returns how many bytes of it to keep, more being
    // answered with 413; 0: none, a short one is passed over. -1: it has answered already. The
    // request may be given its waiter here. NULL: no body is kept.
    int64_t (*admit)(void *opaque, struct ct__request *request);
    // The request is complete: answers it with one ct__answer_...(), or waits.
    void (*handle)(void *opaque, struct ct__request *request);
    // Once a second while somebody is connected or it returned true.
    bool (*tick)(void *opaque);
    void *opaque;
};

struct ct__http_params {
    int socket;              // that listens; the server closes it, also when it cannot start
    const char *certificate; // PEM texts, or NULL
    const char *key;
    int max_connections, max_connections_per_address;
    int timeout_ms;
    struct ct__http_handler handler;
};

// Makes a server that does not answer yet. CT_ERROR_MEMORY, CT_ERROR_LIMIT (no descriptor left),
// CT_ERROR_INVALID (certificate and key), CT_ERROR_UNSUPPORTED (TLS).
int ct__http_create(struct ct__http **out, const struct ct__http_params *params);

// Starts its thread. CT_ERROR_LIMIT.
int ct__http_start(struct ct__http *http);

// Ends feeds, closes connections, ends the thread. It may still be woken, for nothing.
void ct__http_stop(struct ct__http *http);

// Stops it and sets the pointer to NULL. Accepts NULL.
void ct__http_destroy(struct ct__http **http);

// Has the server ask who waits whether it is ready: soon, and once for many calls. Any thread;
// costs a system call, or nothing while one is under way.
void ct__http_wake(struct ct__http *http);

// ---- what was asked; strings live as long as the request

const char *ct__request_method(const struct ct__request *request); // HEAD counts as GET
const char *ct__request_path(const struct ct__request *request);   // %41 is A by now
const char *ct__request_header(const struct ct__request *request, const char *name); // or NULL
const char *ct__request_query(const struct ct__request *request, const char *name);  // or NULL
bool ct__request_is_long(const struct ct__request *request);   // its address is beyond the limit
bool ct__request_is_broken(const struct ct__request *request); // its address holds a zero byte

// Hands over the body that was kept, to be finished by the caller; empty the second time.
struct ct__text ct__request_take_body(struct ct__request *request);

// Gives the request a waiter, which is finished with it; and that one when the handler is called
// again, or NULL the first time. A request has one at most.
void ct__request_keep(struct ct__request *request, struct ct__waiter *waiter);
struct ct__waiter *ct__request_waiter(const struct ct__request *request);

// ---- what is answered

// A header of the coming answer; at most 8, values of at most 511 bytes.
void ct__answer_header(struct ct__request *request, const char *name, const char *value);

// The whole answer; `text` is copied, and finished. One that has failed answers 503.
void ct__answer_text(struct ct__request *request, int status, const char *type,
                     struct ct__text *text);

// The whole answer, from memory that lives until `release` was called with `opaque`.
void ct__answer_data(struct ct__request *request, int status, const char *type, const void *data,
                     size_t size, void (*release)(void *opaque), void *opaque);

// {"error":{"code":...,"message":...}}; at addresses below /v2 {"error":MESSAGE}.
__attribute__((format(printf, 4, 5))) void ct__answer_error(struct ct__request *request, int status,
                                                            const char *code, const char *format,
                                                            ...);

// A body that goes on; the feed is finished when the client has gone.
void ct__answer_feed(struct ct__request *request, const char *type, struct ct__feed *feed);

// Not yet: the handler is called again when the request's waiter is ready, or after a second.
void ct__answer_later(struct ct__request *request);

#endif
