// SPDX-License-Identifier: Apache-2.0
// A trace: who did what when, as a file of Chrome trace events (Perfetto and chrome://tracing open
// it). A row for each thread, a slice for each stage of each frame, and a flow that leads a frame
// from thread to thread.
//
// A thread writes its slices into a ring of its own, without locks or allocations; whoever waits
// for the engine empties the rings into the file. What no longer fits is counted, not waited for.
#ifndef CT_PIPELINE_TRACE_H
#define CT_PIPELINE_TRACE_H

#include <semaphore.h>

#include "pipeline/stages.h"

struct ct__trace;

// Which frame a slice is about: the stream's number, and how many it read before.
struct ct__mark {
    int stream;
    uint64_t frame;
};

// Begins the file, which appears under its name when it is complete. `wake` is posted when a ring
// is half full. CT_ERROR_IO, CT_ERROR_MEMORY.
int ct__trace_open(struct ct__trace **out, const char *path, sem_t *wake);

// Gives the calling thread a row, or none where `trace` is NULL. Without memory its slices are
// missing, which ct__trace_finish() tells.
void ct__trace_join(struct ct__trace *trace, const char *name);

// Adds a slice to the row of the calling thread; nothing where it has none.
void ct__trace_slice(enum ct__stage stage, const struct ct__span *span, struct ct__mark mark);

// Writes what the rings hold; by one thread at a time. Accepts NULL.
void ct__trace_flush(struct ct__trace *trace);

// Writes the end of the file and gives it its name; returns the first error of the trace's life.
// Threads may still add slices, which are lost. Accepts NULL.
int ct__trace_finish(struct ct__trace *trace);

// Frees everything, once no thread that joined can add any more. Accepts NULL.
void ct__trace_destroy(struct ct__trace **trace);

#endif
