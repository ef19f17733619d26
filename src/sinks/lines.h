// SPDX-License-Identifier: Apache-2.0
// A file of text that grows item by item: what the sinks of lines have in common. Each puts its
// text together in `text` and hands it on; an item is written whole or, if memory ran out, not at
// all.
#ifndef CT_SINKS_LINES_H
#define CT_SINKS_LINES_H

#include "base/file.h"
#include "sinks/sink.h"

// Head of such a sink.
struct ct__lines {
    struct ct__sink base;
    struct ct__out out;
    struct ct__text text; // of the item at hand; keeps its memory
    bool failed;          // a write did: the file is lost
    // Of a stream without an end: what is written is there at once, in files that take turns.
    bool live;
    const char *header; // begins each file; NULL: nothing does
    int64_t size;       // of the file at hand, -1 where that means nothing
    int64_t rotate_bytes;
    int rotate_keep;
};

// A match() for the forms "PREFIX:PATH" (`prefix` has its colon) and "PATH.ENDING".
int ct__lines_match(const char *output, const char *prefix, const char *ending);

// Opens the file of an output, with or without the prefix, as a sink of `size` bytes, zeroed, that
// begins with a ct__lines. It begins with `header`, a constant, or NULL. CT_ERROR_INVALID for a
// prefix alone.
//
// Lines of a live stream are added to what the file holds already. Once it has params->rotate_bytes
// it is renamed to PATH.1, an older PATH.1 to PATH.2 and so on, and a new one begins.
int ct__lines_open(struct ct__lines **out, size_t size, const char *output, const char *prefix,
                   const char *header, const struct ct__sink_params *params);

// Begins a new file if the one at hand, of a live stream, holds lines already: they are of another
// run.
int ct__lines_renew(struct ct__lines *lines);

// Writes `text`, whose failed growth is told here: CT_ERROR_MEMORY, and the next item may try
// again.
int ct__lines_put(struct ct__lines *lines);

// Finishes the file and frees the sink; for close().
int ct__lines_close(struct ct__lines *lines);

#endif
