// SPDX-License-Identifier: Apache-2.0
// Names of the files that a folder of outputs gets: those of the inputs, each once.
#ifndef CT_SINKS_NAMES_H
#define CT_SINKS_NAMES_H

#include "sinks/sink.h"

// The names that were given so far, by their hashes. Zero-initialise.
struct ct__names {
    uint64_t *slots; // 0: free
    size_t count, capacity;
};

// What an item's files are named after: the picture's own name, else that of the stream. Borrowed
// from the item.
const char *ct__names_source(const struct ct__sink_item *item);

// What an item was read from. Borrowed from the item.
const char *ct__names_path(const struct ct__sink_item *item);

// Writes the path of a file in `folder` that is named after `source`, ends in `ending`, and was not
// given before: the second "a.jpg" is "a-2.jpg". CT_ERROR_MEMORY, logged.
int ct__names_take(struct ct__names *names, const char *folder, const char *source,
                   const char *ending, struct ct__text *path);
void ct__names_finish(struct ct__names *names);

// Whether an output is a folder, by the slash at its end or because there is one.
bool ct__names_is_folder(const char *output);

// Makes a folder for outputs and loses the slashes at the end of its name; CT_ERROR_IO, logged,
// where nothing can be written into it.
int ct__names_folder(char *folder);

// CT_ERROR_INVALID, logged, if `path` is the very file that the item is read from.
int ct__names_guard(const char *path, const struct ct__sink_item *item);

#endif
