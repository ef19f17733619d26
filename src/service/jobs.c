// SPDX-License-Identifier: Apache-2.0
// One lock guards the queue and who holds what; it is never held while a job is worked on. A job
// whose client has gone, or whose time is over, is not begun, and given up where it can be.
#include "service/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

static const char SCOPE[] = "jobs";

struct ct__jobs {
    struct ct__jobs_params params;
    pthread_mutex_t lock; // of what follows, and of what is a job's own
    pthread_cond_t ready, gone;
    struct ct__job *first, **last;
    int count; // of jobs that exist
    bool trim, ending;
    struct ct__jobs_state state;
    int threads;
    pthread_t thread[];
};

// ---- a job

bool ct__job_is_late(const struct ct__job *job)
{
    return ct__now_ns() - job->since_ns > job->jobs->params.deadline_ns;
}

bool ct__job_is_done(struct ct__job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    bool done = job->done;
    pthread_mutex_unlock(&job->jobs->lock);
    return done;
}

struct ct__job *ct__job_ref(struct ct__job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    job->references++;
    pthread_mutex_unlock(&job->jobs->lock);
    return job;
}

void ct__job_unref(struct ct__job *job)
{
    struct ct__jobs *jobs = job->jobs;
    pthread_mutex_lock(&jobs->lock);
    bool last = --job->references == 0;
    pthread_mutex_unlock(&jobs->lock);
    if (!last)
        return;
    ct__text_finish(&job->body);
    ct__text_finish(&job->answer);
    ct__free(job->url);
    ct__free(job);
    // The place is free when the memory is.
    pthread_mutex_lock(&jobs->lock);
    jobs->count--;
    pthread_cond_broadcast(&jobs->gone);
    pthread_mutex_unlock(&jobs->lock);
}

static bool is_ready(struct ct__waiter *waiter)
{
    struct ct__job *job = (struct ct__job *)waiter;
    return ct__job_is_done(job) || ct__job_is_late(job);
}

// The connection is over, answered or not.
static void abandon(struct ct__waiter *waiter)
{
    struct ct__job *job = (struct ct__job *)waiter;
    pthread_mutex_lock(&job->jobs->lock);
    job->abandoned = true;
    pthread_mutex_unlock(&job->jobs->lock);
    ct__job_unref(job);
}

struct ct__job *ct__jobs_admit(struct ct__jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    bool room = jobs->count < jobs->params.lanes + jobs->params.max_queue;
    jobs->count += room;
    pthread_mutex_unlock(&jobs->lock);
    struct ct__job *job = room ? ct__calloc(1, sizeof *job) : NULL;
    if (room && !job) {
        pthread_mutex_lock(&jobs->lock);
        jobs->count--;
        pthread_mutex_unlock(&jobs->lock);
    }
    if (!job)
        return NULL;
    job->waiter = (struct ct__waiter){.ready = is_ready, .finish = abandon};
    job->jobs = jobs;
    job->since_ns = ct__now_ns();
    job->references = 1;
    return job;
}

void ct__job_hand_in(struct ct__job *job)
{
    struct ct__jobs *jobs = job->jobs;
    job->handed_in = true;
    pthread_mutex_lock(&jobs->lock);
    job->references++;
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
    jobs->state.waiting++;
    pthread_cond_signal(&jobs->ready);
    pthread_mutex_unlock(&jobs->lock);
}

// ---- work

const struct ct__jobs_params *ct__job_params(const struct ct__job *job)
{
    return &job->jobs->params;
}

bool ct__job_stops(struct ct__job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    bool abandoned = job->abandoned;
    pthread_mutex_unlock(&job->jobs->lock);
    return abandoned || ct__job_is_late(job);
}

void ct__job_refuse(struct ct__job *job, int error, int wrong, const char *code)
{
    job->status = wrong;
    job->code = code;
    if (!job->why[0])
        ct__last_failure(job->why, sizeof job->why);
    if (error == CT_ERROR_LIMIT)
        job->status = 413;
    else if (error == CT_ERROR_MEMORY || error == CT_ERROR_STOPPED)
        job->status = 503;
    else if (error == CT_ERROR_BACKEND)
        job->status = 500;
    if (error == CT_ERROR_MEMORY)
        job->code = "memory";
    if (error == CT_ERROR_STOPPED) {
        job->code = "deadline";
        snprintf(job->why, sizeof job->why, "it took too long");
    }
}

static void work(struct ct__job *job)
{
    if (ct__job_stops(job))
        ct__job_refuse(job, CT_ERROR_STOPPED, 503, "deadline");
    else
        job->work(job);
    ct__text_finish(&job->body);
}

static struct ct__job *take(struct ct__jobs *jobs)
{
    struct ct__job *job = jobs->first;
    jobs->first = job->next;
    if (!jobs->first)
        jobs->last = &jobs->first;
    jobs->state.waiting--;
    jobs->state.working++;
    return job;
}

// The lock is held on entry and on return, as in trim().
static void do_next(struct ct__jobs *jobs)
{
    struct ct__job *job = take(jobs);
    pthread_mutex_unlock(&jobs->lock);
    int64_t begin_ns = ct__now_ns();
    work(job);
    pthread_mutex_lock(&jobs->lock);
    job->done = true;
    jobs->state.working--;
    jobs->state.done++;
    jobs->state.work_ns += (uint64_t)(ct__now_ns() - begin_ns);
    pthread_mutex_unlock(&jobs->lock);
    ct__job_unref(job);
    jobs->params.wake(jobs->params.opaque);
    pthread_mutex_lock(&jobs->lock);
}

static void trim(struct ct__jobs *jobs)
{
    jobs->trim = false;
    pthread_mutex_unlock(&jobs->lock);
    ct__residents_trim(jobs->params.residents);
    pthread_mutex_lock(&jobs->lock);
}

static void *run(void *argument)
{
    struct ct__jobs *jobs = argument;
    pthread_mutex_lock(&jobs->lock);
    while (jobs->first || !jobs->ending) {
        if (jobs->first)
            do_next(jobs);
        else if (jobs->trim)
            trim(jobs);
        else
            pthread_cond_wait(&jobs->ready, &jobs->lock);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

void ct__jobs_trim(struct ct__jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->trim = true;
    pthread_cond_signal(&jobs->ready);
    pthread_mutex_unlock(&jobs->lock);
}

struct ct__jobs_state ct__jobs_state(struct ct__jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    struct ct__jobs_state state = jobs->state;
    pthread_mutex_unlock(&jobs->lock);
    return state;
}

// ---- begin and end

static void init_conditions(struct ct__jobs *jobs)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&jobs->ready, NULL);
    pthread_cond_init(&jobs->gone, &attributes);
    pthread_condattr_destroy(&attributes);
}

int ct__jobs_create(struct ct__jobs **out, const struct ct__jobs_params *params)
{
    struct ct__jobs *jobs = ct__calloc(1, sizeof *jobs + (size_t)params->lanes * sizeof(pthread_t));
    if (!jobs)
        return ct__fail_memory(SCOPE);
    jobs->params = *params;
    jobs->last = &jobs->first;
    pthread_mutex_init(&jobs->lock, NULL);
    init_conditions(jobs);
    int error = CT_OK;
    for (; jobs->threads < params->lanes && !error; jobs->threads += !error) {
        char name[16];
        snprintf(name, sizeof name, "ct-job-%d", jobs->threads % 1000);
        error = ct__thread_start(&jobs->thread[jobs->threads], name, run, jobs);
    }
    if (error)
        ct__jobs_destroy(&jobs);
    else
        *out = jobs;
    return error;
}

void ct__jobs_drain(struct ct__jobs *jobs, int64_t most_ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    most_ns += until.tv_nsec;
    until.tv_sec += (time_t)(most_ns / 1000000000);
    until.tv_nsec = (long)(most_ns % 1000000000);
    pthread_mutex_lock(&jobs->lock);
    while (jobs->count && pthread_cond_timedwait(&jobs->gone, &jobs->lock, &until) != ETIMEDOUT)
        continue;
    pthread_mutex_unlock(&jobs->lock);
}

void ct__jobs_destroy(struct ct__jobs **pointer)
{
    struct ct__jobs *jobs = *pointer;
    *pointer = NULL;
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->ending = true;
    pthread_cond_broadcast(&jobs->ready);
    pthread_mutex_unlock(&jobs->lock);
    for (int i = 0; i < jobs->threads; i++)
        pthread_join(jobs->thread[i], NULL);
    pthread_cond_destroy(&jobs->ready);
    pthread_cond_destroy(&jobs->gone);
    pthread_mutex_destroy(&jobs->lock);
    ct__free(jobs);
}
