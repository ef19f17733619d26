// SPDX-License-Identifier: Apache-2.0
// A lane: one compute thread that carries a frame of any stream from picture to result.
#ifndef CT_PIPELINE_LANE_H
#define CT_PIPELINE_LANE_H

#include "pipeline/engine.h"

// A lane's own way to run a model, and the model that it is for: a slot may get another.
struct ct__hand {
    struct ct__worker *worker;
    ct_model *model; // a reference, or NULL
};

struct ct__lane {
    ct_engine *engine;
    pthread_t thread;
    char name[16];
    bool running;
    struct ct__crew *crew; // who helps it to encode, made at first use, or NULL
    const int *cores;      // to which it is bound with those
    int core_count;        // 0: it is not
    // Guarded by the engine's lock: since when it works, how long it waited for frames, and since
    // when it waits now, or 0; both as they were at the last looks at its load.
    int64_t begin_ns, waited_ns, waits_since_ns;
    int64_t look_ns[2], look_waited_ns[2];
    struct ct__hand *hands; // by slot, made at first use
    int hand_count;
    unsigned retired; // of the engine, when the hands were last looked through
};

// Starts the thread; it ends when engine->ending is set and no frame is left.
int ct__lane_start(struct ct__lane *lane, ct_engine *engine, int index);

// The share of its time until `now_ns` in which the lane had work. The lock is held.
double ct__lane_busy(const struct ct__lane *lane, int64_t now_ns);

// The same of the last seconds, since the look before the last. The lock is held.
double ct__lane_load(struct ct__lane *lane, int64_t now_ns);

// Waits for the thread and frees the workers.
void ct__lane_finish(struct ct__lane *lane);

#endif
