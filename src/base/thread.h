// SPDX-License-Identifier: Apache-2.0
// Starting named threads. Locks and conditions are pthread's own.
#ifndef CT_BASE_THREAD_H
#define CT_BASE_THREAD_H

#include <pthread.h>

// Starts a thread that shows as `name` (at most 15 bytes) in ps and perf and receives no signals,
// so that they reach the program's own threads. CT_ERROR_LIMIT if the system has no thread left,
// logged under `name`.
int ct__thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument),
                     void *argument);

// Lets one signal through to the calling thread again; 0: none.
void ct__thread_admit(int signal);

// Waits until a thread has ended, as pthread_join() does, and sends it a signal at once and every
// few milliseconds until then, so that it leaves calls of the system that block; 0: none is sent.
void ct__thread_join_waking(pthread_t thread, int signal);

// Binds the calling thread, and those that it starts from now on, to some cores.
// CT_ERROR_UNSUPPORTED, logged.
int ct__thread_bind(const int *cores, int count);

#endif
