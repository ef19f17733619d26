// SPDX-License-Identifier: Apache-2.0
// The delivering side of a stream.
#ifndef CT_PIPELINE_DELIVERY_H
#define CT_PIPELINE_DELIVERY_H

#include "pipeline/stream.h"

// Lets the outputs that do so encode a job's result on the calling lane, and lets its frame go
// unless it is shown later. `parallel`, or NULL, helps. The lock is not held. Returns the time that
// it took.
struct ct__span ct__stream_encode(struct ct__stream *stream, struct ct__job *job, bool show,
                                  const struct ct__parallel *parallel);

// Delivers a job's result to callback and outputs: the tail's function. The lock is not held.
void ct__stream_deliver(void *stream, struct ct__job *job);

#endif
