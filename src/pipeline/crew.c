// SPDX-License-Identifier: Apache-2.0
// One lock guards what is to be done; parts are taken one by one. The caller takes parts too, and
// then waits for those that others still work on.
#include "pipeline/crew.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"

static const char SCOPE[] = "crew";

struct ct__crew {
    struct ct__parallel parallel;
    pthread_mutex_t lock;
    pthread_cond_t ready, done;
    void (*part)(void *context, int index);
    void *context;
    int next, parts; // the part to take next
    int working;     // parts taken and not finished
    bool ending;
    int helpers;
    pthread_t thread[];
};

// Takes and does one part; the lock is held on entry and on return.
static void do_part(struct ct__crew *crew)
{
    int index = crew->next++;
    crew->working++;
    pthread_mutex_unlock(&crew->lock);
    crew->part(crew->context, index);
    pthread_mutex_lock(&crew->lock);
    crew->working--;
}

static void *help(void *argument)
{
    struct ct__crew *crew = argument;
    pthread_mutex_lock(&crew->lock);
    while (!crew->ending) {
        if (crew->next == crew->parts) {
            pthread_cond_wait(&crew->ready, &crew->lock);
            continue;
        }
        do_part(crew);
        if (!crew->working && crew->next == crew->parts)
            pthread_cond_signal(&crew->done);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void run(void *opaque, int parts, void (*part)(void *context, int index), void *context)
{
    struct ct__crew *crew = opaque;
    pthread_mutex_lock(&crew->lock);
    crew->part = part;
    crew->context = context;
    crew->next = 0;
    crew->parts = parts;
    pthread_cond_broadcast(&crew->ready);
    while (crew->next < crew->parts)
        do_part(crew);
    while (crew->working)
        pthread_cond_wait(&crew->done, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

int ct__crew_create(struct ct__crew **out, int threads)
{
    struct ct__crew *crew =
        ct__calloc(1, sizeof *crew + (size_t)(threads > 1 ? threads : 1) * sizeof(pthread_t));
    if (!crew)
        return ct__fail_memory(SCOPE);
    crew->parallel = (struct ct__parallel){run, crew, threads};
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->ready, NULL);
    pthread_cond_init(&crew->done, NULL);
    int error = CT_OK;
    for (; crew->helpers < threads - 1 && !error; crew->helpers += !error)
        error = ct__thread_start(&crew->thread[crew->helpers], "ct-crew", help, crew);
    if (error)
        ct__crew_destroy(&crew);
    else
        *out = crew;
    return error;
}

void ct__crew_destroy(struct ct__crew **crew)
{
    struct ct__crew *c = *crew;
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->ending = true;
    pthread_cond_broadcast(&c->ready);
    pthread_mutex_unlock(&c->lock);
    for (int i = 0; i < c->helpers; i++)
        pthread_join(c->thread[i], NULL);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->ready);
    pthread_cond_destroy(&c->done);
    ct__free(c);
    *crew = NULL;
}

const struct ct__parallel *ct__crew_parallel(const struct ct__crew *crew)
{
    return &crew->parallel;
}
