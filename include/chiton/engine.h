// SPDX-License-Identifier: Apache-2.0
// The engine: compute threads ("lanes") that carry frames of any stream from pixels to ordered
// results.
//
//     ct_engine *engine = NULL;
//     ct_engine_create(&engine, NULL);
//     ct_engine_add_stream(engine, "clip.mp4",
//                          ct_stream_params(.model = "yolox_nano.onnx", .on_result = print));
//     ct_engine_run(engine);
//     ct_engine_destroy(&engine);
#ifndef CHITON_ENGINE_H
#define CHITON_ENGINE_H

#include <chiton/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_STAGE_NAME 16

// How to make an engine. Zero means default in every field.
struct ct_engine_params {
    int lanes; // compute threads; default: one for each core that this process may use
    // File for a trace of the run: Chrome trace events, with a row for each thread and a slice for
    // each stage of each frame. It appears when the run has ended. Default: none.
    const char *trace;
    // File for metrics, written anew every few seconds and at the end. Default: none.
    const char *metrics;
};

// Where time went: one row per kind of work. Times are of the thread that did it.
struct ct_stage {
    char name[CT_STAGE_NAME]; // "decode", "prepare", "run", "outputs", "nms", "write", ...
    uint64_t count;
    double mean_ms, p50_ms, p95_ms, p99_ms; // wall time of one piece
    double cpu_share;                       // part of the CPU time of all stages, 0 to 1
};

struct ct_engine_stats {
    int lanes;
    struct ct_stream_stats total;          // over all streams
    double latency_p50_ms, latency_p99_ms; // from a frame's capture to its result
    int stage_count;
    struct ct_stage stages[16];
};

typedef struct ct_engine ct_engine;

// Makes an engine without streams; starts no thread yet. `params` may be NULL.
CT_API int ct_engine_create(ct_engine **out, const struct ct_engine_params *params);

// Adds a stream before ct_engine_run(). `input` is a file, folder, glob, URL or "-"; the model is
// opened and outputs are created here, so that what is wrong with them is told here; the input
// itself is opened when the engine runs. Returns the stream's number, from 0.
CT_API int ct_engine_add_stream(ct_engine *engine, const char *input,
                                const struct ct_stream_params *params);

// Works until every stream has ended or ct_engine_stop(). Blocks. Returns 0 if all went well; else
// the first error: one stream's failure does not end the others. CT_ERROR_STOPPED after
// ct_engine_stop(). An engine runs once.
CT_API int ct_engine_run(ct_engine *engine);

// Asks a running engine to stop at a frame boundary: what was taken is finished, outputs are closed
// properly. Returns at once. Any thread, also a signal handler.
CT_API void ct_engine_stop(ct_engine *engine);

// What happened so far. Any thread, also while the engine runs.
CT_API void ct_engine_stats(ct_engine *engine, struct ct_engine_stats *stats);

// What one stream did so far; CT_ERROR_NOT_FOUND for a number that no stream has. Any thread.
CT_API int ct_engine_stream_stats(ct_engine *engine, int stream, struct ct_stream_stats *stats);

// Writes what the engine counts so far in the text format of Prometheus, as much as fits in `size`
// with a zero at its end. Returns the length of the whole text without the zero, as snprintf()
// does, or CT_ERROR_MEMORY. Any thread, also while the engine runs.
CT_API int64_t ct_engine_metrics(ct_engine *engine, char *text, size_t size);

// Frees the engine and sets the pointer to NULL; accepts NULL. Not while it runs.
CT_API void ct_engine_destroy(ct_engine **engine);

#ifdef __cplusplus
}
#endif
#endif
