// SPDX-License-Identifier: Apache-2.0
// The library's threads block all signals, so the handler always runs on the main thread and never
// beside the code that sets the engine.
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static ct_engine *volatile watched;
static volatile sig_atomic_t received;

static void stop(int signal)
{
    (void)signal;
    received = 1;
    if (watched)
        ct_engine_stop(watched);
}

void ct__interrupt_start(void)
{
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART | SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

void ct__interrupt_watch(ct_engine *engine)
{
    watched = engine;
    if (engine && received)
        ct_engine_stop(engine);
}

bool ct__interrupted(void)
{
    return received;
}
