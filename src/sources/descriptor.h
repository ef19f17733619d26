// SPDX-License-Identifier: Apache-2.0
// Reading what may make one wait: a pipe, a FIFO, standard input.
#ifndef CT_SOURCES_DESCRIPTOR_H
#define CT_SOURCES_DESCRIPTOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// Whether a read of this input may wait for somebody else.
bool ct__descriptor_waits(const char *path);

// An open one. Whoever owns it closes it; either flag ends a wait.
struct ct__descriptor {
    int number; // -1: not open
    const char *path;
    const atomic_bool *stop, *outer_stop; // the second may be NULL
};

// Opens its path for reading, "-" as standard input; CT_ERROR_NOT_FOUND, CT_ERROR_IO, logged.
int ct__descriptor_open(struct ct__descriptor *descriptor);

// Reads at most `size` bytes once some are there; *count is 0 at the end. CT_ERROR_STOPPED soon
// after a flag was set; CT_ERROR_IO is logged under the path.
int ct__descriptor_read(const struct ct__descriptor *from, void *to, size_t size, size_t *count);
bool ct__descriptor_stopped(const struct ct__descriptor *descriptor);

// Leaves standard input open; closing twice is allowed.
void ct__descriptor_close(struct ct__descriptor *descriptor);

#endif
