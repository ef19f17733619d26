// SPDX-License-Identifier: Apache-2.0
// Models over HTTP. Backgrounds removed: /api/remove, as the server of rembg has it, so that its
// clients need no change. Tensors in, tensors out: /v2, the Open Inference Protocol of KServe and
// Triton. docs/http.md lists addresses, fields and answers.
//
//     ct_remover *remover = NULL;
//     ct_remover_start(&remover, NULL);
//     ...
//     ct_remover_stop(&remover);
#ifndef CHITON_REMOVER_H
#define CHITON_REMOVER_H

#include <stdint.h>

#include <chiton/model.h>
#include <chiton/service.h>

#ifdef __cplusplus
extern "C" {
#endif

// How to serve. Zero means default in every field; strings are copied.
struct ct_remover_params {
    struct ct_service_params service; // where, and who may ask
    // Models that are loaded before the first asks: names or paths; a file is called by its name
    // without ending. The first is that of cut-outs that name none. Default: "u2netp" alone.
    const char *const *models;
    int model_count;
    const char *model_folder; // where models are looked for by name before the usual folders
    const char *backend;      // "auto" (default), "ort", "fake"
    int threads;              // of one run and one picture's edge; default 1
    int lanes;                // requests in work at once; default: the usable cores by `threads`
    int max_queue;            // that wait beside those; more are told 429; default 64
    int64_t max_body;         // bytes of a request and of a fetched file; default 33,554,432
    int64_t max_pixels;       // of a picture, refused before it is decoded; default 67,108,864
    int64_t max_tensors; // bytes of a request's tensors, and of its answer's; default 268,435,456
    int deadline_ms;     // from a request's headers to its answer; default 60,000
    int idle_unload_s;   // a model goes that nobody used for so long; default 300, -1: never
};

typedef struct ct_remover ct_remover;

// Loads the models and starts to serve. `lanes` threads and one for all clients; while nobody asks
// they sleep. CT_ERROR_NOT_FOUND without a model, CT_ERROR_INVALID for a value out of range;
// errors of ct_service_start() and ct_runner_open(). Any thread.
CT_API int ct_remover_start(ct_remover **out, const struct ct_remover_params *params);

// Where it can be reached: "http://127.0.0.1:8080". Lives as long as the remover. Any thread.
CT_API const char *ct_remover_address(const ct_remover *remover);

// Answers what has been taken, at most for the deadline, while new requests are told 503; then ends
// all connections and threads, and sets the pointer to NULL; accepts NULL.
CT_API void ct_remover_stop(ct_remover **remover);

#ifdef __cplusplus
}
#endif
#endif
