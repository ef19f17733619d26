// SPDX-License-Identifier: Apache-2.0
// Cut-outs that wait and are worked on: a queue with an end, and threads that empty it. A job
// belongs to its connection, which waits for it, and to whoever works on it.
#ifndef CT_SERVICE_JOBS_H
#define CT_SERVICE_JOBS_H

#include "service/http.h"
#include "service/residents.h"
#include "service/wish.h"

struct ct__jobs;

struct ct__jobs_params {
    int lanes;     // threads, each with one job
    int max_queue; // jobs that may wait beside those
    int64_t deadline_ns, max_pixels;
    size_t max_bytes; // of a file that is fetched
    struct ct__residents *residents;
    void (*wake)(void *opaque); // a job is done; from any thread
    void *opaque;
};

// One request. Its connection fills it and hands it in, then looks at the answer once it is done.
struct ct__job {
    struct ct__waiter waiter; // ready when it is done or its time is over
    struct ct__wish wish;
    char *url;            // or NULL: the picture is in the body
    struct ct__text body; // as it came, or as it was fetched
    const char *data;     // within it
    size_t size;
    bool handed_in;
    // The answer: a picture, or a status with a code and a sentence.
    int status;
    const char *code;
    char why[256];
    unsigned char *picture;
    size_t picture_size;
    // The queue's own.
    struct ct__jobs *jobs;
    int64_t since_ns;
    int references;
    bool done, abandoned;
    struct ct__job *next;
};

struct ct__jobs_state {
    int waiting, working;
    uint64_t done;    // with whatever answer
    uint64_t work_ns; // spent on them
};

// Starts the threads, `ct-cut-N`. CT_ERROR_MEMORY, CT_ERROR_LIMIT.
int ct__jobs_create(struct ct__jobs **out, const struct ct__jobs_params *params);

// A place for one more, whose time begins now and which the caller's waiter holds; NULL if there is
// none, or no memory.
struct ct__job *ct__jobs_admit(struct ct__jobs *jobs);

// The job's fields are filled: it is worked on when its turn comes.
void ct__job_hand_in(struct ct__job *job);

bool ct__job_is_done(struct ct__job *job);
bool ct__job_is_late(const struct ct__job *job);

// One more holder, and one less: the last frees it.
struct ct__job *ct__job_ref(struct ct__job *job);
void ct__job_unref(struct ct__job *job);

// Has a thread let go of models whose time is over.
void ct__jobs_trim(struct ct__jobs *jobs);

struct ct__jobs_state ct__jobs_state(struct ct__jobs *jobs);

// Waits until no connection holds a job, or so long.
void ct__jobs_drain(struct ct__jobs *jobs, int64_t most_ns);

// Ends the threads after what they have in hand; all connections have let go. Accepts NULL.
void ct__jobs_destroy(struct ct__jobs **jobs);

#endif
