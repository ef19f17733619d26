// SPDX-License-Identifier: Apache-2.0
// A request for an inference as the Open Inference Protocol (KServe v2) has it: JSON, and behind
// it, with the binary data extension, bytes of tensors. Nothing is copied: what is read points into
// the body, which must live as long. Pure functions; any thread.
#ifndef CT_SERVICE_INFER_H
#define CT_SERVICE_INFER_H

#include <stddef.h>

#include <chiton/runner.h>

#include "service/refusal.h"

enum { CT__MOST_TENSORS = 64, CT__LONGEST_TENSOR = 255 };

struct ct__infer_input {
    char name[CT__LONGEST_TENSOR + 1];
    enum ct_type type;
    int rank;
    int64_t dim[CT_MAX_RANK];
    bool binary;      // else JSON
    const char *data; // NULL: none was given
    size_t size;
};

struct ct__infer_output {
    char name[CT__LONGEST_TENSOR + 1];
    bool binary, said; // said of this one, not of all
};

struct ct__infer {
    char id[CT__LONGEST_TENSOR + 1]; // "" where none is given
    int input_count, output_count;   // without outputs all are wanted
    bool binary;                     // of outputs where nothing else is said
    struct ct__infer_input inputs[CT__MOST_TENSORS];
    struct ct__infer_output outputs[CT__MOST_TENSORS];
};

// Reads a body; `header` is the length of its JSON, -1: all of it. False with the refusal set: 400
// for what is broken, 422 for what cannot be done here.
bool ct__infer_read(struct ct__infer *infer, const char *body, size_t size, int64_t header,
                    struct ct__refusal *refusal);

// How many elements an input has. False with 422 if they are not in its data: a binary tensor has
// just so many, one in JSON has room for them. Nothing that a client claims is larger than what it
// sent, so that memory may be asked for after this.
bool ct__infer_count(const struct ct__infer_input *input, size_t *count,
                     struct ct__refusal *refusal);

// Writes an input's elements to where there is room for `count` of its type: bytes as they are,
// numbers of JSON, flat or nested as the shape says, in the range of the type. False with 400.
bool ct__infer_fill(const struct ct__infer_input *input, void *to, size_t count,
                    struct ct__refusal *refusal);

#endif
