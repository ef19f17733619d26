// SPDX-License-Identifier: Apache-2.0
// What the files of this backend share: ort_library.c is the library, ort.c has the models,
// ort_request.c runs them.
#ifndef CT_RUNTIME_ORT_H
#define CT_RUNTIME_ORT_H

#include <stdatomic.h>

#include <onnxruntime_c_api.h>

#include "runtime/backend.h"
#include "runtime/graph.h"

// The library and what all models share. A model exists only after these were set, and they never
// change again, so that runs read them without a lock. Nothing of it is ever released: the
// environment has to outlive every session, and the library's own clean-up at exit is none of ours.
struct ct__ort {
    const OrtApi *api;
    OrtEnv *environment;
    OrtMemoryInfo *memory_info;
    OrtAllocator *allocator;
    int pool_threads; // of the process's pool, the caller's among them; 0 without a pool
};
extern struct ct__ort ct__ort;

struct ct__ort_model {
    OrtSession *session;
    struct ct__draft draft;
    atomic_bool warned; // of outputs that are not as declared
};

// Loads the library and makes what all models share, the first time; the pool only if that first
// plan wants one. Any thread.
int ct__ort_prepare(const char *scope, int threads);

// Logs the library's reason as ours and releases it; CT_ERROR_UNSUPPORTED for what it has not,
// else `error`.
int ct__ort_fail(OrtStatus *status, int error, const char *scope, const char *what);

// How many threads a run of the session has.
OrtStatus *ct__ort_set_threads(OrtSessionOptions *options, int threads);

ONNXTensorElementDataType ct__ort_type_for(enum ct_type type);

// Reads type and shape; a rank above CT_MAX_RANK is given as it is, without dimensions.
OrtStatus *ct__ort_read_shape(const OrtTensorTypeAndShapeInfo *shape, enum ct_type *type,
                              size_t *rank, int64_t dim[CT_MAX_RANK]);

// See the backend's table.
int ct__ort_probe(char *text, size_t text_size, char *path, size_t path_size);
int ct__ort_request(void **request, void *model, const char *scope, struct ct__tensor *inputs);
int ct__ort_run(void *request, struct ct__tensor *outputs);
void ct__ort_close(void *request);

#endif
