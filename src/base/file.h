// SPDX-License-Identifier: Apache-2.0
// Files read whole, and files written whole or not at all.
#ifndef CT_BASE_FILE_H
#define CT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Reads a regular file, pipe or "-" (standard input) of at most `limit` bytes into *data (ct__free;
// 64 zero bytes follow the content). CT_ERROR_NOT_FOUND, CT_ERROR_LIMIT, CT_ERROR_IO,
// CT_ERROR_MEMORY, each logged with the path as scope.
int ct__file_read(const char *path, size_t limit, uint8_t **data, size_t *size);

// Reads the one word of a file of at most 4 KiB, a token say, into *word (ct__free); blanks around
// it do not count. CT_ERROR_INVALID, logged with the path as scope, where there is none, or several
// are, or it is not printable ASCII; and as ct__file_read().
int ct__file_read_word(const char *path, char **word);

// A file under construction: a temporary name in the same folder, hidden ("." in front) and with
// the same ending, that becomes `path` on commit. What goes to a pipe or device (/dev/stdout,
// /dev/full, a FIFO) or to "-" goes there directly. Zero-initialise.
struct ct__out {
    FILE *file;
    char *path;      // the target, links resolved
    char *temporary; // NULL where the target is written directly
};

// Missing folders above `path` are made. CT_ERROR_IO with the reason, logged under the path.
int ct__out_open(struct ct__out *out, const char *path);

// As ct__out_open(), but for a writer that opens files by itself: makes the temporary as an empty
// file and leaves `file` NULL. The writer opens `temporary`, or `path` where that is NULL.
int ct__out_reserve(struct ct__out *out, const char *path);

// Opens a file to which lines are added while others read it: no temporary, what is there stays.
// *size is how long it was, -1 where that means nothing (pipes and devices).
int ct__out_append(struct ct__out *out, const char *path, int64_t *size);

// Flushes, closes and renames; on failure removes the temporary, logs, returns CT_ERROR_IO. Leaves
// `out` empty.
int ct__out_commit(struct ct__out *out);

// Closes and removes the temporary. Leaves `out` empty; harmless on an empty one.
void ct__out_discard(struct ct__out *out);

// Makes a folder and those above it; CT_OK if it exists.
int ct__folder_make(const char *path);

#endif
