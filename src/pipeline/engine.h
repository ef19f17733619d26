// SPDX-License-Identifier: Apache-2.0
// The inside of an engine. One lock guards the inboxes, tails and counters of all streams: it is
// held for moves of pointers only, never while a picture is touched.
#ifndef CT_PIPELINE_ENGINE_H
#define CT_PIPELINE_ENGINE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "pipeline/stages.h"
#include "pipeline/stream.h"

struct ct__lane;

struct ct_engine {
    pthread_mutex_t lock;
    pthread_cond_t ready; // lanes wait here: for a frame, for room in a window, or for the end
    sem_t wake;           // ct_engine_run() waits here: a stream has ended, or stop was asked for
    atomic_bool stop;     // asked for, perhaps by a signal handler
    bool ran, ending;     // ending: lanes return

    struct ct__stream **streams;
    int stream_count;
    int turn; // the stream that is asked first next time

    ct_model **models; // without repetition; a lane has a worker for each
    int model_count;

    struct ct__lane *lanes;
    int lane_count;
    int decoder_threads, encoder_threads;

    struct ct__stages stages;
    struct ct__histogram *inference; // of each model

    // Beside the work; both NULL where nobody asked.
    struct ct__trace *trace;
    char *metrics;         // path
    int64_t metrics_at_ns; // when it is written next
    int metrics_error;
};

// Called by a reader or lane, with the lock held, after anything that may have ended the stream.
void ct__engine_settle(ct_engine *engine, struct ct__stream *stream);

#endif
