// SPDX-License-Identifier: Apache-2.0
// A stream: an input, the model that looks at it, and where the results go.
#ifndef CHITON_STREAM_H
#define CHITON_STREAM_H

#include <chiton/cutout.h>
#include <chiton/model.h>

#ifdef __cplusplus
extern "C" {
#endif

// Receives one result, in the order of the input. `frame` holds the picture, or is NULL if it could
// not be read; keep it beyond the call with ct_frame_ref(). Everything is borrowed for the call.
// Called from the engine's threads, for one stream never by two at once. A negative return stops
// this stream with that code.
typedef int ct_result_fn(void *opaque, const struct ct_result *result, ct_frame *frame);

enum ct_transport { CT_TRANSPORT_AUTO = 0, CT_TRANSPORT_TCP, CT_TRANSPORT_UDP };

// What follows when a live input ends (a file's end, a camera that hangs up) or fails.
enum ct_restart {
    CT_RESTART_ALWAYS = 0, // open it again, after 1 s, then longer up to 30 s
    CT_RESTART_ON_ERROR,   // an end is an end; a failure is tried again
    CT_RESTART_NEVER,
};

// How a live input is read: a camera, or a file that plays one. Nothing waits in line: of the
// frames that nobody took yet the newest is kept. Zero means default in every field.
struct ct_live_params {
    int enabled;      // default: the input is recorded, every frame is looked at
    double fps;       // frames a second to look at, evenly spaced; default: all that come
    double rate;      // of a file: frames a second at which it plays; default: its own time
    int loop;         // a file begins again at its end
    int transport;    // enum ct_transport, of rtsp:
    int restart;      // enum ct_restart
    double every_s;   // of an http: address that gives one picture: asked so often; default 1
    const char *size; // wished of a camera device, "1280x720"; default: its own choice
    int64_t max_staleness_ms; // a frame that waited longer is not looked at; default 1,000
    int64_t timeout_ms;       // nothing came for so long: the input is opened again; default 5,000
};

// A further model that looks at frames which the first has looked at, at its own rate: poses or
// faces in a stream of people, say. Its objects stand in the same results; tracks are the first
// model's.
struct ct_step_params {
    const char *name;  // unique in the stream; required
    const char *model; // path; required
    struct ct_model_params model_params;
    double fps; // frames a second; default: as often as the first
};

// How to set up a stream. Zero means default in every field; strings and lists are copied.
struct ct_stream_params {
    const char *name;               // results carry it; default: the path of each input or picture
    const char *const *more_inputs; // read after the first as one stream; ends with NULL
    const char *raw;   // inputs are pixels without headers: "640x480,rgb,25" (WIDTHxHEIGHT,FORMAT,
                       // frames a second); default: they say what they are
    int video_stream;  // of clips with several: 1 is the first; default: the best
    const char *model; // path of the model; required, but of a live stream: without one its
                       // pictures are only shown and written, and not decoded while nobody looks
    struct ct_model_params model_params; // how to open it
    const struct ct_step_params *steps;  // further models, step_count of them; live streams only
    int step_count;
    struct ct_live_params live;
    int64_t rotate_bytes; // of lines of a live stream: begin a new file after so many bytes, the
                          // old one gets .1 behind its name; default 67,108,864 (64 MiB)
    int rotate_keep;      // how many old ones are kept; default 4
    const char *const *outputs; // ends with NULL; ct_component_list("output") names the kinds
    int recursive;              // a folder means the folders in it too
    int watch;                  // at the end wait for further files in the input, a folder, until
                                // the engine is stopped
    const struct ct_cutout_params *cutout; // for outputs "cutout:OUT"; pictures are then read with
                                           // their alpha, 16 bits and colour profile
    int draw;           // draw the results into the pixels that picture outputs write
    int track;          // follow objects: results carry ids, from 1, never used again
    double segment_s;   // cut videos into files name_000.mp4, name_001.mp4, each from the
                        // first frame at or after a multiple of this; default: do not.
                        // Live: the time of day stands in place of the number; default 300
    int every;          // look at every n-th frame only; default 1
    int64_t max_frames; // end after this many frames; default: no end
    int64_t max_pixels; // refuse larger pictures; default 268,435,456 (2^28)
    ct_result_fn *on_result;
    void *opaque;     // for on_result
    int results_only; // on_result gets no frame: pictures are let go before inference
};

// Lets a call name its parameters in place, C only:
// ct_stream_params(.model = "m.onnx", .on_result = print)
#ifndef __cplusplus
#define ct_stream_params(...) (&(const struct ct_stream_params){__VA_ARGS__})
#endif

// What a stream has done so far. The counters only grow, and each frame ends in one of them:
// read = results + failed + skipped + dropped + duplicates + stale + what is being worked on.
// A frame of a recorded stream that was answered and not written is in results and in failed.
struct ct_stream_stats {
    uint64_t read;       // frames that the input gave, looked at or not
    uint64_t skipped;    // of those, not wanted: because of `every` or of `fps`
    uint64_t dropped;    // live: replaced by a newer one before a lane was free, or damaged
    uint64_t duplicates; // live: the same picture once more
    uint64_t stale;      // live: waited longer than max_staleness_ms
    uint64_t results;    // answered, with or without objects
    uint64_t failed;     // not read, not answered, or not written
    uint64_t objects;
    uint64_t lost;      // live: missing in the input's own numbering; never read
    uint64_t undecoded; // of those skipped, passed over without decoding
    uint64_t unwritten; // results that a slow output of a live stream had no room for
    double expected;    // frames that the whole input is said to have, or 0 if unknown
    int ended;
};

enum ct_stream_state {
    CT_STREAM_NEW = 0,    // the engine does not run yet
    CT_STREAM_CONNECTING, // its input is being opened
    CT_STREAM_LIVE,       // frames come
    CT_STREAM_STALLED,    // it is open, but for a while no frame has come
    CT_STREAM_WAITING,    // it broke off and is opened again in retry_s
    CT_STREAM_FAILED,     // it is not tried again; `reason` says why
    CT_STREAM_ENDED,
};

// What a stream is and how it does, at one moment.
struct ct_stream_info {
    int number;
    char name[128];
    char input[256]; // without user and password
    enum ct_stream_state state;
    char reason[256];   // of the last failure since frames came, or ""
    double retry_s;     // until it is tried again, where it waits
    int width, height;  // of the last frame, or 0
    double source_fps;  // frames that came, a second, lately
    double wanted_fps;  // looked at, as wished; 0: all
    double allowed_fps; // of those, what the engine's CPU budget leaves
    double result_fps;  // results, a second, lately
    double age_s;       // of the last result's frame, or -1 before the first
    uint64_t reconnects;
    int watched;                           // how many look at its pictures
    double latency_p50_ms, latency_p99_ms; // from capture to result
    struct ct_stream_stats stats;
};

// The name of a state as messages and metrics have it ("live"). Never NULL. Any thread.
CT_API const char *ct_stream_state_name(enum ct_stream_state state);

#ifdef __cplusplus
}
#endif
#endif
