// SPDX-License-Identifier: Apache-2.0
// Who looks on while the engine runs. Results are told by whoever delivers them; pictures are drawn
// and encoded by one thread for all streams, the newest of each, once for all who want the same.
// While nobody watches there is no such thread and nothing is kept.
#ifndef CT_PIPELINE_VIEWER_H
#define CT_PIPELINE_VIEWER_H

#include <chiton/engine.h>

struct ct__stream;
struct ct__viewer;

int ct__viewer_create(struct ct__viewer **out, ct_engine *engine);

// Tells a delivered result to who watches; the frame, which may be NULL, is referenced. Called
// without the engine's lock.
void ct__viewer_show(struct ct__viewer *viewer, struct ct__stream *stream,
                     const struct ct_result *result, ct_frame *frame);

// Forgets what is left of a stream that goes.
void ct__viewer_forget(struct ct__viewer *viewer, int stream);

// All watches must be closed. Accepts NULL.
void ct__viewer_destroy(struct ct__viewer **viewer);

#endif
