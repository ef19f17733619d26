// SPDX-License-Identifier: Apache-2.0
// A thread inherits the signal mask of the one that starts it: everything is blocked around the
// start, so that there is no moment in which the new thread could be handed a signal.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "base/thread.h"

enum { NAME_SIZE = 16 }; // of the kernel, with its zero
enum { WAKE_NS = 5000000, SECOND_NS = 1000000000 };

int ct__thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument),
                     void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t started;
    int error = pthread_create(&started, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return ct__fail(CT_ERROR_LIMIT, name, "cannot start a thread: %s", strerror(error));
    char shown[NAME_SIZE];
    ct__copy_text(shown, sizeof shown, name);
    // A thread that has ended already needs no name any more.
    (void)pthread_setname_np(started, shown);
    *thread = started;
    return CT_OK;
}

void ct__thread_admit(int signal)
{
    sigset_t set;
    if (!signal)
        return;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// A signal between a look at a flag and the call that blocks is lost: hence more of them.
void ct__thread_join_waking(pthread_t thread, int signal)
{
    struct timespec until;
    if (!signal) {
        pthread_join(thread, NULL);
        return;
    }
    do {
        pthread_kill(thread, signal);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WAKE_NS;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
    } while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
}

int ct__thread_bind(const int *cores, int count)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < count; i++)
        CPU_SET((size_t)cores[i], &set);
    int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    return error ? ct__fail(CT_ERROR_UNSUPPORTED, "cpus", "%d cores from core %d: %s", count,
                            cores[0], strerror(error))
                 : CT_OK;
}
