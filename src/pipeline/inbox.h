// SPDX-License-Identifier: Apache-2.0
// The inbox: frames of one stream that wait for a lane, and the only place where recorded and live
// input differ. Recorded input holds a few and makes the reader wait, so that nothing is lost and
// memory is bounded; of live input the newest frame alone waits, and its reader never does.
//
// Every function is called with the engine's lock held; waiting gives it up.
#ifndef CT_PIPELINE_INBOX_H
#define CT_PIPELINE_INBOX_H

#include <pthread.h>
#include <stdbool.h>

#include "pipeline/trace.h"

#include <chiton/frame.h>

// What a reader found: a frame, or why there is none.
struct ct__item {
    ct_frame *frame;           // one reference, or NULL
    struct ct_frame_info info; // stays when the frame is let go
    int width, height;
    const char *source;     // name for results; owned by the source
    const char *path;       // what was read; owned by the source
    struct ct__mark mark;   // its place among all that the stream read
    uint64_t part;          // which file of the stream, from 0
    int rate_num, rate_den; // nominal frame rate; 0/1 for pictures
    unsigned steps;         // of a live stream: which of its further models look, a bit each
    int error;              // why there is no frame, or 0
    char reason[256];
};

// Depth 2 keeps the lanes busy; 1 costs 1 % and 16 five times the latency and a picture of memory
// each.
enum { CT__INBOX_DEPTH = 2 };

struct ct__inbox {
    struct ct__item items[CT__INBOX_DEPTH];
    int head, count;
    bool ended;           // the reader gives no more
    pthread_cond_t space; // on the monotonic clock: readers of live input wait here for their time
};

void ct__inbox_init(struct ct__inbox *inbox);

// Waits for a place and moves the item in; takes its frame in any case. False once the inbox was
// ended.
bool ct__inbox_put(struct ct__inbox *inbox, pthread_mutex_t *lock, struct ct__item *item);

// For live input: moves the item in; one that still waits is let go. Returns how many were let go,
// or CT_ERROR_END once the inbox was ended: then this one is. Never waits.
int ct__inbox_renew(struct ct__inbox *inbox, struct ct__item *item);

// Moves the oldest item out; false if there is none.
bool ct__inbox_take(struct ct__inbox *inbox, struct ct__item *item);

// No more items come in; `drop` also lets go of those that wait. Wakes the reader.
void ct__inbox_end(struct ct__inbox *inbox, bool drop);
void ct__inbox_finish(struct ct__inbox *inbox);

#endif
