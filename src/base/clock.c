// SPDX-License-Identifier: Apache-2.0
// The system's clocks, with a switch that holds monotonic and wall time still for tests.
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

static atomic_bool held;
static atomic_llong held_ns;

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t read_holdable(clockid_t clock)
{
    return atomic_load(&held) ? (int64_t)atomic_load(&held_ns) : read_clock(clock);
}

int64_t ct__now_ns(void)
{
    return read_holdable(CLOCK_MONOTONIC);
}

int64_t ct__wall_ns(void)
{
    return read_holdable(CLOCK_REALTIME);
}

int64_t ct__thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t ct__process_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void ct__clock_hold(int64_t now_ns)
{
    atomic_store(&held_ns, now_ns);
    atomic_store(&held, true);
}

void ct__clock_advance(int64_t by_ns)
{
    atomic_fetch_add(&held_ns, by_ns);
}

void ct__clock_release(void)
{
    atomic_store(&held, false);
}
