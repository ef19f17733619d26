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
    int keep_running;  // ct_engine_run() goes on without streams, until ct_engine_stop()
    double cpu_budget; // percent of one core that the process may use (250: two and a half): the
                       // rates of live streams are lowered evenly to stay below; default: no limit
    const char *cpus;  // bind lanes to these cores, which they share: "0-3,6"; default: no binding
    // A signal that the program lends to the engine, which sends it to its own reading threads when
    // they shall end: it takes them out of a wait for a network at once, where else the end of a
    // camera that is silent takes up to 0.1 s. The program has a handler for it, installed without
    // SA_RESTART, that may be empty. Default: none.
    int wake_signal;
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

// Adds a stream, before or while the engine runs. `input` is a file, folder, glob, URL or "-"; the
// model is opened and outputs are created here, so that what is wrong with them is told here. Live
// input is opened when the engine runs, and need not be there. Returns the stream's number: they
// count from 0 and are not used again. Any thread, one at a time.
CT_API int ct_engine_add_stream(ct_engine *engine, const char *input,
                                const struct ct_stream_params *params);

// Ends a stream: what lanes work on is finished, its outputs are closed, its memory is freed.
// Blocks until then. CT_ERROR_NOT_FOUND. Any thread but the engine's own (not from a callback).
CT_API int ct_engine_remove_stream(ct_engine *engine, int stream);

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

// How many numbers were given to streams so far: numbers of streams are below. Any thread.
CT_API int ct_engine_stream_count(ct_engine *engine);

// What a stream is and how it does; CT_ERROR_NOT_FOUND, not logged, for a number that no stream
// has (any more). Any thread.
CT_API int ct_engine_stream_info(ct_engine *engine, int stream, struct ct_stream_info *info);

// What a lane does: its share of the last seconds in which it had work, 0 to 1. CT_ERROR_NOT_FOUND
// for a number that no lane has. Any thread.
CT_API int ct_engine_lane_load(ct_engine *engine, int lane, double *load);

// ---- looking on while the engine runs

// A drawn picture of a stream as JPEG, shared by reference and immutable. Any thread.
typedef struct ct_jpeg ct_jpeg;
CT_API const uint8_t *ct_jpeg_data(const ct_jpeg *jpeg, size_t *size);
CT_API const struct ct_frame_info *ct_jpeg_info(const ct_jpeg *jpeg); // of the frame it shows
CT_API ct_jpeg *ct_jpeg_ref(ct_jpeg *jpeg);
CT_API void ct_jpeg_unref(ct_jpeg **jpeg);

// Whom to tell what. One of the two callbacks is enough; both are called from the engine's threads
// and must return at once: they must not wait for a client.
struct ct_watch_params {
    int stream; // number, or -1: all streams, later ones too (results only)
    // Each result as it is delivered; borrowed for the call.
    void (*on_result)(void *opaque, int stream, const struct ct_result *result);
    // The newest picture with its results drawn in, made once however many watch. While nobody
    // asks for pictures of a stream none is drawn or encoded. Take a reference to keep it.
    void (*on_jpeg)(void *opaque, int stream, ct_jpeg *jpeg);
    void *opaque;
    int max_width; // of the picture, larger ones are shrunk; default: as it is
    int quality;   // of JPEG, 1 to 100; default 80
};

typedef struct ct_watch ct_watch;

// Begins to watch. CT_ERROR_NOT_FOUND for a number that no stream has. A stream that ends or is
// removed is watched no longer; the watch itself must still be closed. Any thread.
CT_API int ct_engine_watch(ct_engine *engine, const struct ct_watch_params *params, ct_watch **out);

// Ends it: after the return no callback runs. Accepts NULL; sets the pointer to NULL. Any thread
// but from the callbacks; before ct_engine_destroy().
CT_API void ct_engine_unwatch(ct_watch **watch);

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
