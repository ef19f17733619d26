// SPDX-License-Identifier: Apache-2.0
// Where time goes: a histogram of wall time and a sum of CPU time for each stage of the path.
#ifndef CT_PIPELINE_STAGES_H
#define CT_PIPELINE_STAGES_H

#include "base/stats.h"

#include <chiton/engine.h>

enum ct__stage {
    CT__STAGE_DECODE,  // a read of the source
    CT__STAGE_PREPARE, // picture to tensor
    CT__STAGE_RUN,     // the session
    CT__STAGE_OUTPUTS, // tensors to candidates
    CT__STAGE_NMS,
    CT__STAGE_TRACK,
    CT__STAGE_WRITE,  // callback and quick outputs
    CT__STAGE_ENCODE, // outputs with a thread of their own, or that encode on the lanes
    CT__STAGE_COUNT,
};

// When one piece of work began and how long it took.
struct ct__span {
    int64_t begin_ns, wall_ns, cpu_ns;
};

const char *ct__stage_name(enum ct__stage stage); // "decode"

// Begins a span on the calling thread: remembers both clocks.
struct ct__span ct__span_begin(void);

// The time since `begin` on the same thread.
struct ct__span ct__span_end(struct ct__span begin);

// Zero-initialise. Not locked: the owner's lock guards it.
struct ct__stages {
    struct ct__histogram wall[CT__STAGE_COUNT];
    int64_t cpu_ns[CT__STAGE_COUNT];
};

void ct__stages_add(struct ct__stages *stages, enum ct__stage stage, struct ct__span span);

// Adds all of `from`.
void ct__stages_merge(struct ct__stages *into, const struct ct__stages *from);

// Fills the public rows of the stages that happened at all; returns how many.
int ct__stages_report(const struct ct__stages *stages, struct ct_stage *rows);

#endif
