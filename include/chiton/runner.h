// SPDX-License-Identifier: Apache-2.0
// A model file run as it is: tensors in, tensors out. No family is needed and nothing is added to
// what the graph computes; for pictures and objects see model.h.
//
//     ct_runner *runner = NULL;
//     ct_runner_open(&runner, "net.onnx", NULL);
//     struct ct_tensor input = {.rank = 2, .dim = {1, 4}};
//     const struct ct_tensor *outputs;
//     ct_runner_prepare(runner, &input);          // input.data is there to be filled
//     ct_runner_run(runner, &outputs);
//     ct_runner_close(&runner);
#ifndef CHITON_RUNNER_H
#define CHITON_RUNNER_H

#include <stddef.h>

#include <chiton/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// Numbers in a shape, dense, the last dimension fastest, in the machine's byte order; a bool is a
// byte of 0 or 1. `data` is NULL for an output whose elements are no numbers.
struct ct_tensor {
    const char *name;
    enum ct_type type;
    int rank;
    int64_t dim[CT_MAX_RANK];
    void *data;
    size_t size; // in bytes
};

// How to open it. Zero means default in every field.
struct ct_runner_params {
    const char *backend; // "auto" (default), "ort", "fake"
    int threads;         // per run; default 1: the calling thread alone
};

struct ct_runner_info {
    const char *path;
    const char *backend; // the one in use
    int input_count, output_count;
    const struct ct_tensor_info *inputs, *outputs; // as the file declares them
    // What the process's own memory grew by while the model was loaded and in its first four runs:
    // what went on beside it counts too. 0: not known. Shared by all that have the file open.
    int64_t memory_bytes;
};

// One thread's way to run a model, with memory of its own; any number of them share what was
// loaded.
typedef struct ct_runner ct_runner;

// Opens a model file. Blocks while it loads. Errors of ct_model_open(), but for those of families.
// `params` may be NULL.
CT_API int ct_runner_open(ct_runner **out, const char *path, const struct ct_runner_params *params);

// What was opened. Lives as long as the runner; `memory_bytes` is as of this call.
CT_API struct ct_runner_info ct_runner_info(const ct_runner *runner);

// Makes room for inputs, one for each that the model has and in that order, whose rank and
// dimensions are set: they get name, type, size, and data to be filled, which lives until the next
// call with other shapes. CT_ERROR_INVALID for a shape that the model does not take,
// CT_ERROR_UNSUPPORTED for elements that are no numbers, CT_ERROR_LIMIT above 2 GiB,
// CT_ERROR_MEMORY.
CT_API int ct_runner_prepare(ct_runner *runner, struct ct_tensor *inputs);

// Runs on the calling thread. *outputs gets one tensor for each output of the model, valid until
// the next call. CT_ERROR_INVALID before ct_runner_prepare(); CT_ERROR_BACKEND; CT_ERROR_MEMORY.
CT_API int ct_runner_run(ct_runner *runner, const struct ct_tensor **outputs);

// Closes it and sets the pointer to NULL; accepts NULL.
CT_API void ct_runner_close(ct_runner **runner);

#ifdef __cplusplus
}
#endif
#endif
