// SPDX-License-Identifier: Apache-2.0
// The inside of a model (a session with its family's knowledge) and the worker, one thread's way to
// use it.
#ifndef CT_PIPELINE_MODEL_H
#define CT_PIPELINE_MODEL_H

#include "frame/prompts.h"
#include "frame/result.h"

#include <chiton/model.h>

// One more reference to the same model; returns its argument.
ct_model *ct__model_ref(ct_model *model);

// Whether a model was opened with this path and these parameters, so that it can serve again.
bool ct__model_matches(const ct_model *model, const char *path,
                       const struct ct_model_params *params);

// Whether its runs depend on the ones before, so that a worker must see the frames of one stream
// alone, in their order.
bool ct__model_carries(const ct_model *model);

// Whether its results are mattes.
bool ct__model_makes_mattes(const ct_model *model);

// CT_ERROR_INVALID, logged, for prompts that are unsound and for any where its family takes none.
int ct__model_check_prompts(const ct_model *model, const struct ct__prompts *prompts);

// Holds what one thread needs to run a model: input tensors, tables of the geometry, scratch. Used
// by one thread at a time, in the order prepare, run, result.
struct ct__worker;

int ct__worker_create(struct ct__worker **out, ct_model *model);

// What the next pictures are asked for, until this is called again; NULL and at first: nothing. The
// items are borrowed; the model has found them right.
void ct__worker_ask(struct ct__worker *worker, const struct ct__prompts *prompts);

// Fills the input tensors from a frame: its picture, and what its source knows where the model asks
// for that. The frame is not needed afterwards.
int ct__worker_prepare(struct ct__worker *worker, const ct_frame *frame);

// Runs the session on the calling thread.
int ct__worker_run(struct ct__worker *worker);

// Turns the outputs of the last run into objects; the times are nanoseconds of decoding and NMS.
int ct__worker_result(struct ct__worker *worker, struct ct__result *result, int64_t *decode_ns,
                      int64_t *nms_ns);
void ct__worker_destroy(struct ct__worker **worker);

#endif
