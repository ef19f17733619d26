// SPDX-License-Identifier: Apache-2.0
// A stream: an input, the model that looks at it, and where the results go.
#ifndef CHITON_STREAM_H
#define CHITON_STREAM_H

#include <chiton/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// Receives one result, in the order of the input. `frame` holds the picture, or is NULL if it could
// not be read; keep it beyond the call with ct_frame_ref(). Everything is borrowed for the call.
// Called from the engine's threads, for one stream never by two at once. A negative return stops
// this stream with that code.
typedef int ct_result_fn(void *opaque, const struct ct_result *result, ct_frame *frame);

// How to set up a stream. Zero means default in every field; strings and lists are copied.
struct ct_stream_params {
    const char *name;               // results carry it; default: the path of each input or picture
    const char *const *more_inputs; // read after the first as one stream; ends with NULL
    const char *raw;   // inputs are pixels without headers: "640x480,rgb,25" (WIDTHxHEIGHT,FORMAT,
                       // frames a second); default: they say what they are
    int video_stream;  // of clips with several: 1 is the first; default: the best
    const char *model; // path of the model; required
    struct ct_model_params model_params; // how to open it
    const char *const *outputs; // ends with NULL; ct_component_list("output") names the kinds
    int draw;                   // draw the results into the pixels that picture outputs write
    int track;                  // follow objects: results carry ids, from 1, never used again
    double segment_s;           // cut videos into files name_000.mp4, name_001.mp4, each from the
                                // first frame at or after a multiple of this; default: do not
    int every;                  // look at every n-th frame only; default 1
    int64_t max_frames;         // end after this many frames; default: no end
    int64_t max_pixels;         // refuse larger pictures; default 268,435,456 (2^28)
    ct_result_fn *on_result;
    void *opaque;     // for on_result
    int results_only; // on_result gets no frame: pictures are let go before inference
};

// Lets a call name its parameters in place, C only:
// ct_stream_params(.model = "m.onnx", .on_result = print)
#ifndef __cplusplus
#define ct_stream_params(...) (&(const struct ct_stream_params){__VA_ARGS__})
#endif

// What a stream has done so far. The counters only grow.
struct ct_stream_stats {
    uint64_t read;    // frames that came out of the input
    uint64_t skipped; // of those, not looked at because of `every`
    uint64_t results; // answered, with or without objects
    uint64_t failed;  // not read, not answered, or not written
    uint64_t objects;
    double expected; // frames that the whole input is said to have, or 0 if unknown
    int ended;
};

#ifdef __cplusplus
}
#endif
#endif
