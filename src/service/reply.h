// SPDX-License-Identifier: Apache-2.0
// The answer to an inference: JSON, and behind it the tensors that were wanted in binary. Pure
// functions; any thread.
#ifndef CT_SERVICE_REPLY_H
#define CT_SERVICE_REPLY_H

#include "base/text.h"
#include "service/infer.h"

// All that a run gave.
struct ct__reply {
    const char *model;
    const struct ct_tensor *outputs;
    int count;
    size_t max_bytes; // of the tensors that are wanted
};

// Writes the answer; *header gets the length of its JSON where bytes follow, else 0. False with the
// refusal set: 422 for an output that the model has not, or whose elements are no numbers, 413 for
// outputs that are too large, 503 without memory.
bool ct__reply_write(const struct ct__reply *reply, const struct ct__infer *infer,
                     struct ct__text *text, size_t *header, struct ct__refusal *refusal);

#endif
