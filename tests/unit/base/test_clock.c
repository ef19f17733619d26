// SPDX-License-Identifier: Apache-2.0
// Clocks run forward, and stand still where a test holds them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void monotonic_time_never_runs_back(void **state)
{
    (void)state;
    int64_t last = ct__now_ns();
    for (int i = 0; i < 1000; i++) {
        int64_t now = ct__now_ns();
        assert_true(now >= last);
        last = now;
    }
}

static void wall_time_is_that_of_the_calendar(void **state)
{
    (void)state;
    assert_true(ct__wall_ns() > INT64_C(1577836800) * 1000000000); // 2020-01-01
}

static void held_clocks_move_only_when_told(void **state)
{
    (void)state;
    ct__clock_hold(1000);
    assert_int_equal(ct__now_ns(), 1000);
    assert_int_equal(ct__wall_ns(), 1000);
    ct__clock_advance(500);
    assert_int_equal(ct__now_ns(), 1500);
    assert_int_equal(ct__wall_ns(), 1500);
    ct__clock_advance(-700);
    assert_int_equal(ct__now_ns(), 800);
    ct__clock_release();
    assert_true(ct__wall_ns() > INT64_C(1577836800) * 1000000000);
}

static void cpu_time_is_never_held(void **state)
{
    (void)state;
    ct__clock_hold(0);
    int64_t thread = ct__thread_cpu_ns(), process = ct__process_cpu_ns();
    while (ct__thread_cpu_ns() == thread || ct__process_cpu_ns() == process)
        continue;
    assert_true(ct__thread_cpu_ns() > thread);
    assert_true(ct__process_cpu_ns() > process);
    ct__clock_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_runs_back),
        cmocka_unit_test(wall_time_is_that_of_the_calendar),
        cmocka_unit_test(held_clocks_move_only_when_told),
        cmocka_unit_test(cpu_time_is_never_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
