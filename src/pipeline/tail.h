// SPDX-License-Identifier: Apache-2.0
// The tail: puts the finished frames of one stream back into the order in which they were taken.
// Whoever finishes the next frame in order delivers it and all that wait behind it; nobody waits
// for the tail.
//
// Every function is called with the engine's lock held; delivering gives it up.
#ifndef CT_PIPELINE_TAIL_H
#define CT_PIPELINE_TAIL_H

#include "base/text.h"
#include "frame/result.h"
#include "pipeline/inbox.h"

// What an output's sink made of a result on the lane.
struct ct__encoded {
    struct ct__text bytes;
    int error;
};

// A frame on its way through a lane, with the memory for its result.
struct ct__job {
    struct ct__item item;
    struct ct__result result;
    struct ct__encoded *encoded; // of each output; NULL as long as none encodes
    struct ct__company *company; // a reference, of a frame that was let go when it was encoded
    int encoded_count;
    int own_count; // objects of the stream's first model; those of further ones follow
    bool done;
};

struct ct__tail {
    struct ct__job *jobs; // a window: job of sequence s is at s % size
    unsigned size;
    uint64_t taken, delivered; // sequence numbers
    bool busy;                 // somebody delivers
};

int ct__tail_init(struct ct__tail *tail, unsigned size);

// Whether a frame may be taken: the window has room.
static inline bool ct__tail_has_room(const struct ct__tail *tail)
{
    return tail->taken - tail->delivered < tail->size;
}

// The job of the next frame in order; the tail must have room.
struct ct__job *ct__tail_take(struct ct__tail *tail);

// Marks a job as done. If it, or another, is next in order and nobody delivers yet, calls
// deliver(opaque, job) for each in order, with the lock given up. Returns how many were delivered.
unsigned ct__tail_finish(struct ct__tail *tail, struct ct__job *job, pthread_mutex_t *lock,
                         void (*deliver)(void *opaque, struct ct__job *job), void *opaque);

// Whether all that was taken was delivered.
static inline bool ct__tail_is_empty(const struct ct__tail *tail)
{
    return tail->taken == tail->delivered;
}

void ct__tail_destroy(struct ct__tail *tail);

#endif
