// SPDX-License-Identifier: Apache-2.0
// The status line of a running job: frames, frames a second, time left, failures.
#ifndef CT_CLI_PROGRESS_H
#define CT_CLI_PROGRESS_H

#include <chiton/engine.h>

struct ct__progress {
    ct_engine *engine;
    int64_t every, max_frames; // as in ct_stream_params
    int64_t start_ns, next_ns;
};

// Sets engine and start; `every` and `max_frames` are the caller's to set.
void ct__progress_start(struct ct__progress *progress, ct_engine *engine);

// How many frames were looked at so far, answered or not.
double ct__progress_done(const struct ct_stream_stats *stats);

// For ct_stream_params.on_result, with the progress as `opaque`: redraws the line at most five
// times a second.
int ct__progress_result(void *opaque, const struct ct_result *result, ct_frame *frame);

// Draws the last state and leaves it standing.
void ct__progress_end(const struct ct__progress *progress);

// The line itself, apart from the terminal; `seconds` since the start.
void ct__progress_text(const struct ct__progress *progress, const struct ct_stream_stats *stats,
                       double seconds, char *text, size_t size);

#endif
