// SPDX-License-Identifier: Apache-2.0
// A lane: one compute thread that carries a frame of any stream from picture to result.
#ifndef CT_PIPELINE_LANE_H
#define CT_PIPELINE_LANE_H

#include "pipeline/engine.h"

struct ct__lane {
    ct_engine *engine;
    pthread_t thread;
    char name[16];
    bool running;
    // Guarded by the engine's lock: since when it works, how long it waited for frames, and since
    // when it waits now, or 0.
    int64_t begin_ns, waited_ns, waits_since_ns;
    struct ct__worker **workers; // one for each of the engine's models, made at first use
};

// Starts the thread; it ends when engine->ending is set and no frame is left.
int ct__lane_start(struct ct__lane *lane, ct_engine *engine, int index);

// The share of its time until `now_ns` in which the lane had work. The lock is held.
double ct__lane_busy(const struct ct__lane *lane, int64_t now_ns);

// Waits for the thread and frees the workers.
void ct__lane_finish(struct ct__lane *lane);

#endif
