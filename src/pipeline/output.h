// SPDX-License-Identifier: Apache-2.0
// An output of a stream: a sink, and for slow ones the thread that works it off.
#ifndef CT_PIPELINE_OUTPUT_H
#define CT_PIPELINE_OUTPUT_H

#include "pipeline/stages.h"
#include "pipeline/trace.h"
#include "sinks/sink.h"

struct ct__output;

// Creates the sink, so that what cannot be created is told here. `trace` may be NULL.
int ct__output_open(struct ct__output **out, const char *spec, const struct ct__sink_params *params,
                    struct ct__trace *trace);
bool ct__output_wants_pixels(const struct ct__output *output);

// Whether its sink turns results into bytes on the lanes; and does it, on the calling thread. Any
// thread, several at once.
bool ct__output_encodes(const struct ct__output *output);
int ct__output_encode(struct ct__output *output, const struct ct__sink_item *item,
                      struct ct__text *bytes);

// Whether the input at `path` is wanted. By the thread that reads.
bool ct__output_wants(struct ct__output *output, const char *path);

// Whether a write failed for good: nothing is written any more.
bool ct__output_is_dead(const struct ct__output *output);

// Writes an item at once, or hands it to the output's thread: then the frame is referenced, the
// result copied, and the caller waits while the queue is full. Called by one thread at a time, in
// order. Returns 0 or the error of a write at once.
//
// An output of a live stream never lets the caller wait: it always has a thread, and what finds the
// queue full, or the output broken, is not written, which a return of 1 tells. A broken output is
// opened again after a while: a full disk may have room again.
int ct__output_write(struct ct__output *output, const struct ct__sink_item *item,
                     struct ct__mark mark);

// Works off what waits, closes the sink, and returns the first error of the output's whole life.
// The times of its own thread are added to *stages and its failed writes to *failed, if not NULL.
// NULL is accepted.
int ct__output_close(struct ct__output **output, bool complete, struct ct__stages *stages,
                     uint64_t *failed);

#endif
