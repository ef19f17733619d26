// SPDX-License-Identifier: Apache-2.0
// The inside of an engine. One lock guards the list of streams, their inboxes, tails and counters:
// it is held for moves of pointers only, never while a picture is touched.
#ifndef CT_PIPELINE_ENGINE_H
#define CT_PIPELINE_ENGINE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "pipeline/stages.h"
#include "pipeline/stream.h"

struct ct__lane;
struct ct__viewer;

// A model of the engine, shared by all streams that ask for the same. Its place stays when the
// model goes, for the next.
struct ct__slot {
    ct_model *model; // NULL: free
    int index;       // a lane has a worker for each
    int users;       // steps of streams
    struct ct__histogram inference;
};

struct ct_engine {
    pthread_mutex_t lock;
    pthread_cond_t ready;   // lanes wait here: for a frame, for room in a window, or for the end
    pthread_cond_t closed;  // who removes a stream waits here
    pthread_mutex_t change; // held while streams are added or removed, before `lock`
    sem_t wake;             // ct_engine_run() waits here: a stream has ended, or stop was asked for
    atomic_bool stop;       // asked for, perhaps by a signal handler
    bool ran, running;      // began once; is at work
    bool ending;            // lanes return
    bool keep_running;      // also without streams

    struct ct__stream **streams; // by number; NULL where one was removed
    int stream_count;
    int turn;      // the recorded stream that is asked first next time
    double served; // virtual time of live streams: the start of the frame served last
    struct ct__governor governor;

    struct ct__slot **slots; // models without repetition
    int slot_count;
    unsigned retired; // counts models that went: lanes then let go of their workers

    struct ct__lane *lanes;
    int lane_count;
    int decoder_threads, encoder_threads;
    int wake_signal; // ends waits of reading threads; 0: none

    int *cores; // that lanes share; NULL: they are not bound
    int core_count;

    struct ct__stages stages;
    struct ct__viewer *viewer; // who watches

    // Beside the work; both NULL where nobody asked.
    struct ct__trace *trace;
    char *metrics;         // path
    int64_t metrics_at_ns; // when it is written next
    int metrics_error;
};

// Called by a reader or lane, with the lock held, after anything that may have ended the stream.
void ct__engine_settle(ct_engine *engine, struct ct__stream *stream);

// The stream of a number, which is not freed until it is unpinned; NULL if there is none.
struct ct__stream *ct__engine_pin(ct_engine *engine, int number);
void ct__engine_unpin(struct ct__stream *stream);

// What a stream that is pinned is and how it does, also once the list has it no more. Takes the
// lock.
void ct__engine_describe(struct ct__stream *stream, struct ct_stream_info *info);

#endif
