// SPDX-License-Identifier: Apache-2.0
// A worker: one thread's way to use a model.
#ifndef CT_PIPELINE_WORKER_H
#define CT_PIPELINE_WORKER_H

#include "frame/result.h"
#include "pipeline/model.h"

// Holds what one thread needs to run a model: input tensors, tables of the geometry, scratch. Used
// by one thread at a time, in the order prepare, run, result.
struct ct__worker;

// The model must live longer. CT_ERROR_MEMORY.
int ct__worker_create(struct ct__worker **out, const ct_model *model);

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
