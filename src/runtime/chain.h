// SPDX-License-Identifier: Apache-2.0
// A model of one file, or of two of which the second goes on where the first ends: what looks at
// the picture, and what answers. To all others it is one graph: the inputs of both but the one that
// joins them, the outputs of the second.
//
// The file of the second is beside the first, named as base/model_path.h says: x.encoder.onnx and
// x.decoder.onnx.
#ifndef CT_RUNTIME_CHAIN_H
#define CT_RUNTIME_CHAIN_H

#include "runtime/session.h"

// Constant once opened. Zero-initialise.
struct ct__chain {
    struct ct__session *first, *second; // second NULL: there is one file
    struct ct__graph graph;
    struct ct_tensor_info *inputs; // of both, where there are two
    int link;                      // the input of the second that gets output 0 of the first
    struct ct_tensor_info joint;   // what it gets
};

// Opens the file and, if it is there, the one that goes on with it. Errors of ct__session_open();
// CT_ERROR_FORMAT where they do not fit. Close it in any case.
int ct__chain_open(struct ct__chain *chain, const char *path, const char *backend,
                   const struct ct__plan *plan);
void ct__chain_close(struct ct__chain *chain);

// One thread's way to run a chain, which must live longer; otherwise as ct__request_create() and
// those that follow it.
struct ct__chain_request;
int ct__chain_request_create(struct ct__chain_request **out, const struct ct__chain *chain,
                             struct ct__tensor *inputs);

// CT_ERROR_FORMAT for an output of the first that is not what it declares.
int ct__chain_request_run(struct ct__chain_request *request, const struct ct__tensor **outputs);
void ct__chain_request_destroy(struct ct__chain_request **request);

#endif
