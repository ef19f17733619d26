// SPDX-License-Identifier: Apache-2.0
// The library's threads block all signals, so the handler always runs on the main thread and never
// beside the code that sets the engine.
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

static ct_engine *volatile watched;
static volatile sig_atomic_t received, hangup;
static volatile int woken = -1;

static void wake(void)
{
    static const uint64_t one = 1;
    int saved = errno;
    if (woken >= 0 && write(woken, &one, sizeof one) < 0)
        errno = 0; // it is full: whoever waits wakes in any case
    errno = saved;
}

static void stop(int signal)
{
    received = signal;
    if (watched)
        ct_engine_stop(watched);
    wake();
}

static void hang_up(int signal)
{
    (void)signal;
    hangup = 1;
    wake();
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

static void do_nothing(int signal)
{
    (void)signal;
}

// SIGURG: nothing here asks for it, and where nobody handles it nothing happens.
int ct__interrupt_lend(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, NULL);
    return SIGURG;
}

void ct__interrupt_watch(ct_engine *engine)
{
    watched = engine;
    if (engine && received)
        ct_engine_stop(engine);
}

bool ct__interrupted(void)
{
    return received != 0;
}

int ct__interrupt_signal(void)
{
    return received;
}

void ct__interrupt_wake(int descriptor)
{
    struct sigaction action = {.sa_handler = descriptor < 0 ? SIG_DFL : hang_up,
                               .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    woken = descriptor;
    sigaction(SIGHUP, &action, NULL);
    if (received && descriptor >= 0)
        wake(); // it came before anybody waited
}

bool ct__interrupt_hangup(void)
{
    bool came = hangup != 0;
    hangup = 0;
    return came;
}
