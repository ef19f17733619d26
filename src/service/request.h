// SPDX-License-Identifier: Apache-2.0
// What stands behind a request, for http.c and request.c alone: the one runs the server, the other
// has what handlers see of it.
#ifndef CT_SERVICE_REQUEST_H
#define CT_SERVICE_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "service/http.h"

enum {
    CT__MOST_HEADERS = 8,
    CT__PIECE = 32768, // of a feed's body
};

// A TCP connection: how long it may take until it has said what it wants, or has taken its answer.
struct ct__link {
    int fd;
    int64_t until_ns; // 0 while an answer is made, and of one without an end
    struct ct__link *next, **link;
};

struct ct__header {
    const char *name;
    char value[512];
};

struct ct__request {
    struct ct__waiting *waiting; // of the server
    struct MHD_Connection *connection;
    struct ct__link *link;
    const char *method, *path;
    size_t uri_length, body_length, body_limit;
    bool broken, begun, keeps_body;
    struct ct__text body; // what was kept of it
    int result;           // of the answer that was queued, in libmicrohttpd's terms
    struct ct__header headers[CT__MOST_HEADERS];
    int header_count;
    struct ct__waiter *waiter;
};

// What a waiter needs of its server.
struct ct__waiting {
    struct ct__waiter *first;
    atomic_bool stopping; // feeds end
    int64_t patience_ns;  // with a request, and with an answer beside the time that its size takes
};

// Suspends the connection of a waiter until ct__waiter_resume(). Finishing a waiter takes it out of
// the list.
void ct__waiter_suspend(struct ct__waiter *waiter);
void ct__waiter_resume(struct ct__waiter *waiter);
void ct__waiter_finish(void *waiter);

#endif
