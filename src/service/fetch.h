// SPDX-License-Identifier: Apache-2.0
// A file from an address that a stranger has named. Only the public internet is asked, whatever
// names resolve to and wherever redirects lead: what counts is the address that each connection
// goes to. Blocks; any thread. Like cli/fetch.c the only place that sees libcurl.
#ifndef CT_SERVICE_FETCH_H
#define CT_SERVICE_FETCH_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/text.h"

enum { CT__MOST_REDIRECTS = 5 };

struct ct__fetch {
    size_t max_bytes;
    int64_t until_ns;                               // on the monotonic clock
    bool (*allows)(const struct sockaddr *address); // NULL: ct__address_is_public()
    // Asked from time to time; true gives up with CT_ERROR_STOPPED. NULL: never.
    bool (*stops)(void *opaque);
    void *opaque;
};

// Appends what http(s)://... holds to `bytes`. Nothing is logged; on failure `why` gets a sentence.
// CT_ERROR_INVALID for an address that is no such one or that may not be asked, CT_ERROR_LIMIT,
// CT_ERROR_STOPPED (time is over too), CT_ERROR_MEMORY, CT_ERROR_IO for all else.
int ct__fetch_run(const struct ct__fetch *fetch, const char *url, struct ct__text *bytes, char *why,
                  size_t size);

#endif
