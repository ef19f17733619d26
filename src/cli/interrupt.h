// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM: the first asks the engine to stop at a frame boundary, a second Ctrl-C kills.
#ifndef CT_CLI_INTERRUPT_H
#define CT_CLI_INTERRUPT_H

#include <stdbool.h>

#include <chiton/engine.h>

// Takes over the signals of the process; a reader that closes its end of a pipe is from now on a
// failed write.
void ct__interrupt_start(void);

// A signal for `wake_signal` of an engine.
int ct__interrupt_lend(void);

// The engine to stop on a signal, at once if it has come already. NULL: none. For the main thread,
// which is the one that receives signals; call it with NULL before the engine is destroyed.
void ct__interrupt_watch(ct_engine *engine);

// Whether one of the two has come, and which (0: none).
bool ct__interrupted(void);
int ct__interrupt_signal(void);

// From now on SIGHUP no longer kills, and each signal adds 1 to `wake`, an eventfd, for a main
// thread that waits for it. -1: no longer.
void ct__interrupt_wake(int wake);

// Whether SIGHUP has come since the last call.
bool ct__interrupt_hangup(void);

#endif
