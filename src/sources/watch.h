// SPDX-License-Identifier: Apache-2.0
// Waiting for further files in a folder and all that are in it, through inotify. One thread at a
// time.
#ifndef CT_SOURCES_WATCH_H
#define CT_SOURCES_WATCH_H

#include <stdatomic.h>

struct ct__watch;

// Begins to watch; what comes from now on is told. Links to folders are not followed.
// CT_ERROR_NOT_FOUND, CT_ERROR_IO, CT_ERROR_LIMIT (the system's), CT_ERROR_MEMORY, logged.
int ct__watch_open(struct ct__watch **out, const char *folder);

// Waits until files were completed or moved there and calls found() with the path of each, hidden
// ones left out. CT_ERROR_STOPPED soon after `stop` or `outer` (or NULL) is set; an error of
// found() is returned.
int ct__watch_wait(struct ct__watch *watch, const atomic_bool *stop, const atomic_bool *outer,
                   int (*found)(void *opaque, const char *path), void *opaque);

// Accepts NULL, sets NULL.
void ct__watch_close(struct ct__watch **watch);

#endif
