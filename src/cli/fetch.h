// SPDX-License-Identifier: Apache-2.0
// Gets one file whose size and checksum are known from the network.
#ifndef CT_CLI_FETCH_H
#define CT_CLI_FETCH_H

#include <stdbool.h>
#include <stdint.h>

struct ct__fetch {
    const char *name;   // scope of messages
    const char *url;    // http or https; redirects never lead from https to http
    const char *path;   // of the finished file; folders above it are made
    const char *sha256; // 64 hexadecimal digits
    int64_t bytes;
    int64_t stall_seconds; // give up when nothing comes for so long

    // Called some times a second with the bytes that are there; true: stop here.
    bool (*progress)(void *opaque, int64_t have);
    void *opaque;
};

// Fetches the file. Until it is whole and its checksum is right it is called PATH.part; what is
// there of that from an earlier call is not fetched again. While another process fetches the same
// file this one waits, and takes over if that one gave up. A connection that breaks off is made
// anew as long as each brings something. Proxies come from the environment (https_proxy, no_proxy).
//
// CT_ERROR_IO: could not be reached, or broke off (the part stays); CT_ERROR_FORMAT: it is another
// file (nothing stays); CT_ERROR_STOPPED on request of progress() (the part stays).
int ct__fetch_file(const struct ct__fetch *fetch);

#endif
