// SPDX-License-Identifier: Apache-2.0
// Live input: the thread of a camera. It opens the source, paces files, picks the frames that the
// schedule wants, keeps the newest in the inbox, and opens again what broke off.
#ifndef CT_PIPELINE_LIVE_H
#define CT_PIPELINE_LIVE_H

#include <stdatomic.h>

#include "base/pacer.h"
#include "pipeline/schedule.h"
#include "sources/source.h"

#include <chiton/stream.h>

struct ct__stream;

struct ct__live {
    struct ct_live_params params; // its strings are copies
    atomic_bool stop;             // ends what blocks in the source

    // Guarded by the engine's lock.
    enum ct_stream_state state;
    char reason[256];
    int64_t retry_at_ns;
    uint64_t reconnects;
    int64_t came_ns; // when a frame came last, wanted or not; 0: never
    int width, height;
    struct ct__meter came, answered;
    struct ct__turn turn;
    int64_t answered_capture_ns; // capture of the frame of the last result; 0: none

    // For the thread alone.
    uint64_t number;                   // of the next frame
    uint64_t session;                  // frames since the source was opened
    int64_t begin_ns;                  // capture of the stream's first frame; 0: none yet
    int64_t shift_ns;                  // from the source's time to the stream's
    int64_t time_ns;                   // of the last frame in the stream
    int64_t pts_ns;                    // of the last frame in the source
    int64_t due_ns;                    // of a paced file: when the last frame was due
    int64_t offset_ns;                 // of a paced file: from its time to the clock
    uint64_t undecoded, damaged, lost; // what was counted of the source's own counters
    double wanted;                     // frames a second
    double told;                       // the same as the source knows it
    int64_t good_ns; // when frames last came, or the stream began: what a back-off is measured by
    struct ct__pacer pacer;
};

// Checks and copies the parameters. CT_ERROR_INVALID, CT_ERROR_MEMORY.
int ct__live_init(struct ct__live *live, const char *scope, const struct ct_live_params *params);
void ct__live_finish(struct ct__live *live);

// Starts the thread of a live stream.
int ct__live_start(struct ct__stream *stream);

// The state as it is shown: a stream that is open but gives nothing is stalled. The lock is held.
enum ct_stream_state ct__live_state(const struct ct__stream *stream, int64_t now_ns);

// Frames a second that are wanted of it now; 0: all, negative: none. The lock is held.
double ct__live_wish(const struct ct__stream *stream);

#endif
