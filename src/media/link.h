// SPDX-License-Identifier: Apache-2.0
// Bytes from an http: or https: address, through libav's protocols: they answer basic and digest
// authentication from the address, and follow at most 8 redirections, to the same protocols only.
// What blocks ends within 0.1 s of a stop, at once where a signal to the thread follows it.
#ifndef CT_MEDIA_LINK_H
#define CT_MEDIA_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct__link;

struct ct__link_params {
    const char *scope;                    // for messages, without user and password; borrowed
    const atomic_bool *stop, *outer_stop; // either ends what blocks; may be NULL
};

// Asks for an address and waits for its answer, until deadline_ns of the monotonic clock. Errors
// are logged: CT_ERROR_IO, CT_ERROR_NOT_FOUND, or CT_ERROR_STOPPED, which is not.
int ct__link_open(struct ct__link **out, const char *address, const struct ct__link_params *params,
                  int64_t deadline_ns);

// The answer's Content-Type, "" if it has none.
const char *ct__link_type(const struct ct__link *link);

// Reads at most `size` bytes once some are there; *count is 0 at the end. Errors as of open.
int ct__link_read(struct ct__link *link, void *to, size_t size, size_t *count, int64_t deadline_ns);
void ct__link_close(struct ct__link **link);

#endif
