// SPDX-License-Identifier: Apache-2.0
// Asks for the addresses of a host, with an end to the wait. The C library's getaddrinfo() waits
// for a silent name server for as long as it likes, and nothing interrupts it: a thread that nobody
// waits for calls it, and frees what it has when it comes back. Who will resolve the name itself
// (libav) has its answer soon once the server has given one here. Any thread.
#ifndef CT_BASE_RESOLVE_H
#define CT_BASE_RESOLVE_H

#include <stdatomic.h>
#include <stdint.h>

struct ct__resolve_params {
    const char *scope;                    // for messages; borrowed for the call
    const atomic_bool *stop, *outer_stop; // either ends the wait; may be NULL
    int64_t deadline_ns;                  // of the monotonic clock; 0: none
};

// Waits until the host of an address ("rtsp://user@door:554/1") is known; CT_OK at once where it is
// a number. Who asks for a host that is asked for already waits for the same answer. CT_ERROR_IO,
// logged: there is no such host, or no answer in time; CT_ERROR_MEMORY; CT_ERROR_LIMIT: no thread.
// CT_ERROR_STOPPED within 0.05 s of a stop.
int ct__resolve(const char *address, const struct ct__resolve_params *params);

#endif
