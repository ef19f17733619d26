// SPDX-License-Identifier: Apache-2.0
// The tail: a window of jobs, given out in order, finished in any order, delivered in order.
#include "pipeline/tail.h"

#include "base/log.h"
#include "base/mem.h"
#include "frame/frame.h"

int ct__tail_init(struct ct__tail *tail, unsigned size)
{
    *tail = (struct ct__tail){.jobs = ct__calloc(size, sizeof *tail->jobs), .size = size};
    return tail->jobs ? CT_OK : ct__fail_memory("tail");
}

struct ct__job *ct__tail_take(struct ct__tail *tail)
{
    return &tail->jobs[tail->taken++ % tail->size];
}

unsigned ct__tail_finish(struct ct__tail *tail, struct ct__job *job, pthread_mutex_t *lock,
                         void (*deliver)(void *opaque, struct ct__job *job), void *opaque)
{
    job->done = true;
    if (tail->busy)
        return 0;
    tail->busy = true;
    unsigned count = 0;
    struct ct__job *next;
    while ((next = &tail->jobs[tail->delivered % tail->size])->done) {
        pthread_mutex_unlock(lock);
        deliver(opaque, next);
        pthread_mutex_lock(lock);
        next->done = false;
        tail->delivered++;
        count++;
    }
    tail->busy = false;
    return count;
}

void ct__tail_destroy(struct ct__tail *tail)
{
    for (unsigned i = 0; tail->jobs && i < tail->size; i++) {
        ct_frame_unref(&tail->jobs[i].item.frame);
        ct__company_unref(&tail->jobs[i].company);
        ct__result_finish(&tail->jobs[i].result);
        for (int k = 0; k < tail->jobs[i].encoded_count; k++)
            ct__text_finish(&tail->jobs[i].encoded[k].bytes);
        ct__free(tail->jobs[i].encoded);
    }
    ct__free(tail->jobs);
    tail->jobs = NULL;
}
