// SPDX-License-Identifier: Apache-2.0
// The reading side of a stream. One thread at a time reads: a lane in passing, or the stream's own
// reader.
#ifndef CT_PIPELINE_READER_H
#define CT_PIPELINE_READER_H

#include "pipeline/stream.h"

// Reads until a frame is wanted, or a failure is to be told; false at the end, for good. The lock
// is not held. The item's frame belongs to the caller.
bool ct__stream_next(struct ct__stream *stream, struct ct__item *item);

// Starts a thread that reads into the inbox, for a source that waits.
int ct__stream_read_apart(struct ct__stream *stream);

#endif
