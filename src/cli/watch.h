// SPDX-License-Identifier: Apache-2.0
// Noticing that a file was written anew, however an editor or a tool does it.
#ifndef CT_CLI_WATCH_H
#define CT_CLI_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct ct__file_watch {
    const char *path;
    int descriptor; // readable when something happened in the file's folder; -1: not watched
    int64_t due_ns; // when it is looked at, after some quiet; 0: nothing happened
    struct stat seen;
};

// Begins to watch; the path is borrowed. CT_ERROR_IO, logged.
int ct__file_watch_start(struct ct__file_watch *watch, const char *path);

// Takes what happened; call it when the descriptor is readable.
void ct__file_watch_take(struct ct__file_watch *watch, int64_t now_ns);

// Whether it is time, and the file is another one or has other content than before.
bool ct__file_watch_changed(struct ct__file_watch *watch, int64_t now_ns);

void ct__file_watch_end(struct ct__file_watch *watch);

#endif
