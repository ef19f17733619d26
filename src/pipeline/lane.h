// SPDX-License-Identifier: Apache-2.0
// A lane: one compute thread that carries a frame of any stream from picture to result.
#ifndef CT_PIPELINE_LANE_H
#define CT_PIPELINE_LANE_H

#include "pipeline/engine.h"

struct ct__lane {
    ct_engine *engine;
    pthread_t thread;
    bool running;
    struct ct__worker **workers; // one for each of the engine's models, made at first use
};

// Starts the thread; it ends when engine->ending is set and no frame is left.
int ct__lane_start(struct ct__lane *lane, ct_engine *engine, int index);

// Waits for the thread and frees the workers.
void ct__lane_finish(struct ct__lane *lane);

#endif
