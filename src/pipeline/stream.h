// SPDX-License-Identifier: Apache-2.0
// The inside of a stream: a source with the thread that reads it, inbox, tail and outputs.
#ifndef CT_PIPELINE_STREAM_H
#define CT_PIPELINE_STREAM_H

#include <stdatomic.h>

#include "pipeline/inbox.h"
#include "pipeline/live.h"
#include "pipeline/output.h"
#include "pipeline/tail.h"
#include "pipeline/worker.h"
#include "sources/source.h"
#include "track/tracker.h"

#include <chiton/engine.h>

// What reading remembers from one frame to the next.
struct ct__progress {
    const char *file; // of the last frame: names of a set differ by address
    uint64_t part, next_number;
    uint64_t read;   // frames, wanted or not
    uint64_t wanted; // frames that were looked at
    bool begun;
};

enum { CT__MOST_STEPS = 16 };

// A model that looks at the stream's frames. The first is the stream's own; further ones look at
// frames that it has looked at, at rates of their own, and belong to live streams.
struct ct__step {
    char *name; // NULL: the first
    struct ct__slot *slot;
    double fps;
    struct ct__pacer pacer;       // belongs to whoever reads
    atomic_ullong *class_objects; // by class; written with the lock held, read without
    int class_count;
    struct ct__prompts prompts; // what it is pointed at; the items are the stream's
    struct ct__worker *worker;  // of a recurrent model; belongs to whoever works on a frame
};

struct ct__stream {
    ct_engine *engine;
    char *name;  // as given, or NULL
    char *input; // the first, as given
    char *shown; // the same without secrets
    int number;  // in the engine
    ct_result_fn *on_result;
    void *opaque;
    uint64_t every, max_frames;

    struct ct__step steps[CT__MOST_STEPS];
    int step_count; // 0: a live stream without a model
    struct ct_prompt prompts[CT_MAX_PROMPTS];
    // Of a live stream it is opened by its thread, and changes with the lock held; else from the
    // start on.
    struct ct__source *source;
    struct ct__source_params source_params;
    bool waits; // it is read by a thread of its own: it is live, or its source says so
    struct ct__live live;
    struct ct__pool *pool;
    struct ct__output **outputs;
    int output_count;
    struct ct__tracker *tracker; // or NULL; belongs to whoever delivers
    uint64_t tracked_part;       // the file whose frames it has seen
    bool keeps_frames;           // somebody downstream reads pixels
    bool delivers_frames;        // also after the outputs have encoded
    bool encodes;                // some output does
    int helpers;                 // threads that help a lane to encode, itself included

    pthread_t reader; // of a stream that waits
    bool has_reader;
    struct ct__progress progress; // belongs to whoever reads

    atomic_int watched; // how many want its pictures

    // Guarded by the engine's lock.
    bool reading; // a lane reads the source: no other may
    struct ct__inbox inbox;
    struct ct__tail tail;
    struct ct_stream_stats stats;
    struct ct__histogram latency;
    struct ct__histogram recent[2]; // of it, the last seconds: the window before and this one
    int64_t recent_ns;              // when this one began
    int pins;                       // who looks at it without the lock: it must not be freed
    bool closed;                    // ended, and its outputs are closed
    int error;                      // the first
};

// Makes a stream of an engine; nothing is read yet. `slots` are those of its model and its further
// ones, `slot_count` of them; they stay the engine's. `window` frames may be on their way at once.
int ct__stream_create(struct ct__stream **out, ct_engine *engine, const char *input,
                      const struct ct_stream_params *params, struct ct__slot *const *slots,
                      int slot_count, unsigned window);

// Starts the thread of a stream that waits; nothing for another.
int ct__stream_start(struct ct__stream *stream);

static inline bool ct__stream_is_live(const struct ct__stream *stream)
{
    return stream->live.params.enabled;
}

// Whether frames must be kept until they are delivered. The lock is held.
static inline bool ct__stream_keeps_frames(const struct ct__stream *stream)
{
    return stream->keeps_frames || stream->watched;
}

// The same after the outputs have encoded.
static inline bool ct__stream_shows_frames(const struct ct__stream *stream)
{
    return stream->delivers_frames || stream->watched;
}

// Ends the input early with a reason, or 0 for none; what lanes work on is still finished. The lock
// is held.
void ct__stream_cut(struct ct__stream *stream, int error);

// Closes the outputs, once a reader that asks them has ended; blocks until slow ones are done. Not
// while a lane may deliver.
void ct__stream_close_outputs(struct ct__stream *stream, bool complete);

// Waits for a reader that is left and frees everything; accepts NULL.
void ct__stream_destroy(struct ct__stream **stream);

#endif
