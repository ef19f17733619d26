// SPDX-License-Identifier: Apache-2.0
// The models of an engine: each is there once, however many streams name it, and goes with the last
// of them. Whoever calls holds the engine's `change`.
#ifndef CT_PIPELINE_SLOTS_H
#define CT_PIPELINE_SLOTS_H

#include "pipeline/engine.h"

// The slots of a stream's model and its further ones, CT__MOST_STEPS of them at most, which are
// used once more from now on; *count is how many, also on failure. Blocks while a model loads.
// Errors of ct_model_open().
int ct__slots_find(ct_engine *engine, const struct ct_stream_params *params,
                   struct ct__slot **slots, int *count);

// Lets go of the models of a stream that is no more. Lanes give up their workers.
void ct__slots_release(ct_engine *engine, struct ct__slot *const *slots, int count);

#endif
