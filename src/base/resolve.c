// SPDX-License-Identifier: Apache-2.0
// A question is held by its thread and by all who wait for the answer; the last one frees it.
#include "base/resolve.h"

#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "base/url.h"

enum { LOOK_NS = 20000000, SECOND_NS = 1000000000, LONGEST_HOST = 255 };

struct question {
    struct question *next; // of those without an answer
    int holders;
    bool answered;
    int error; // of getaddrinfo()
    pthread_cond_t answer;
    char host[LONGEST_HOST + 1];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of all questions
static struct question *questions;

// The same that libav will ask.
static int ask(const char *host, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (!error)
        freeaddrinfo(found);
    return error;
}

// The lock is held.
static void let_go(struct question *question)
{
    if (--question->holders)
        return;
    pthread_cond_destroy(&question->answer);
    ct__free(question);
}

static void *ask_main(void *argument)
{
    struct question *question = argument, **at = &questions;
    int error = ask(question->host, 0);
    pthread_mutex_lock(&lock);
    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
    question->error = error;
    question->answered = true;
    pthread_cond_broadcast(&question->answer);
    let_go(question);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int create(struct question **out, const char *host, const char *scope)
{
    pthread_condattr_t monotonic;
    pthread_t thread;
    struct question *question = ct__calloc(1, sizeof *question);
    if (!question)
        return ct__fail_memory(scope);
    ct__copy_text(question->host, sizeof question->host, host);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&question->answer, &monotonic);
    pthread_condattr_destroy(&monotonic);
    question->holders = 1;
    int error = ct__thread_start(&thread, "ct-resolve", ask_main, question);
    if (error) {
        let_go(question);
        return error;
    }
    pthread_detach(thread);
    question->next = questions;
    questions = question;
    *out = question;
    return CT_OK;
}

static int find(struct question **out, const char *host, const char *scope)
{
    struct question *question = questions;
    while (question && strcmp(question->host, host) != 0)
        question = question->next;
    *out = question;
    return question ? CT_OK : create(out, host, scope);
}

static bool is_stopped(const struct ct__resolve_params *params)
{
    return (params->stop && atomic_load(params->stop)) ||
           (params->outer_stop && atomic_load(params->outer_stop));
}

static bool is_late(const struct ct__resolve_params *params)
{
    return params->deadline_ns && ct__now_ns() > params->deadline_ns;
}

// Looks now and then whether to go on: stops are flags, which wake nobody.
static int await(struct question *question, const struct ct__resolve_params *params)
{
    while (!question->answered && !is_stopped(params) && !is_late(params)) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
        pthread_cond_timedwait(&question->answer, &lock, &until);
    }
    if (question->answered && !question->error)
        return CT_OK;
    if (is_stopped(params))
        return CT_ERROR_STOPPED;
    return ct__fail(CT_ERROR_IO, params->scope, "host %s: %s", question->host,
                    question->answered ? gai_strerror(question->error)
                                       : "the name server did not answer in time");
}

int ct__resolve(const char *address, const struct ct__resolve_params *params)
{
    const char *begin = NULL;
    char host[LONGEST_HOST + 1];
    size_t length = ct__url_host(address, &begin);
    if (length == 0 || length > LONGEST_HOST)
        return CT_OK; // for libav to refuse
    memcpy(host, begin, length);
    host[length] = 0;
    if (ask(host, AI_NUMERICHOST) == 0)
        return CT_OK;
    struct question *question = NULL;
    pthread_mutex_lock(&lock);
    int error = find(&question, host, params->scope);
    if (!error) {
        question->holders++;
        error = await(question, params);
        let_go(question);
    }
    pthread_mutex_unlock(&lock);
    return error;
}
