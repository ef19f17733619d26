// SPDX-License-Identifier: Apache-2.0
// Requests that wait and are worked on: a queue with an end, and threads that empty it. A job
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
    size_t max_bytes;   // of a file that is fetched
    size_t max_tensors; // bytes of all tensors of a request, and of all of its answer
    struct ct__residents *residents;
    void (*wake)(void *opaque); // a job is done; from any thread
    void *opaque;
};

// One request. Its connection fills it and hands it in, then looks at the answer once it is done.
struct ct__job {
    struct ct__waiter waiter; // ready when it is done or its time is over
    // What is to be done, on a thread of the queue: sets the answer. Not called for a job that
    // nobody waits for any more.
    void (*work)(struct ct__job *job);
    struct ct__text body;              // as it came, or as it was fetched
    char model[CT__LONGEST_MODEL + 1]; // "" where none is named
    // Of a cut-out (cut.c).
    struct ct__wish wish;
    char *url;        // or NULL: the picture is in the body
    const char *data; // within the body
    size_t size;
    // Of an inference (infer.c).
    int64_t header_length; // of the JSON in front of binary data; -1: all is JSON
    bool handed_in;
    // The answer: 200 and a body, or a status with a code and a sentence.
    int status;
    const char *code;
    char why[320];
    struct ct__text answer;
    const char *type;
    size_t answer_header; // the length of the JSON in front of binary data, or 0
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

// Starts the threads, `ct-job-N`. CT_ERROR_MEMORY, CT_ERROR_LIMIT.
int ct__jobs_create(struct ct__jobs **out, const struct ct__jobs_params *params);

// A place for one more, whose time begins now and which the caller's waiter holds; NULL if there is
// none, or no memory.
struct ct__job *ct__jobs_admit(struct ct__jobs *jobs);

// The job's fields are filled: it is worked on when its turn comes.
void ct__job_hand_in(struct ct__job *job);

// What a job may use while it is worked on; the same for all.
const struct ct__jobs_params *ct__job_params(const struct ct__job *job);

// Whether it is to be given up: its client has gone or its time is over.
bool ct__job_stops(struct ct__job *job);

// Sets the answer: what an error means to a client, with the last failure as its sentence unless
// there is one. `wrong` and `code` are for what is the client's to mend.
void ct__job_refuse(struct ct__job *job, int error, int wrong, const char *code);

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
