// SPDX-License-Identifier: Apache-2.0
// Frames are picked evenly.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/pacer.h"
#include "base/random.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

// How many of `count` frames `spacing_ns` apart are wanted, and the longest gap between them.
static int count_wanted(int count, int64_t spacing_ns, int64_t jitter_ns, double fps, int64_t *gap)
{
    struct ct__pacer pacer = {0};
    int wanted = 0;
    int64_t last = 0;
    *gap = 0;
    for (int i = 0; i < count; i++) {
        double shake = ct__random_unit(7, (uint64_t)i, 0) - .5;
        int64_t time = SECOND + i * spacing_ns + (int64_t)(shake * (double)jitter_ns);
        if (!ct__pacer_wants(&pacer, time, fps))
            continue;
        if (wanted++ && time - last > *gap)
            *gap = time - last;
        last = time;
    }
    return wanted;
}

static void a_third_of_the_frames_is_every_third(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(300, SECOND / 30, 0, 10, &gap), 100);
    assert_in_range(gap, 99 * MS, 101 * MS);
}

static void the_rate_is_kept_whatever_the_camera_sends(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(2500, SECOND / 25, 0, 10, &gap), 1000);
    assert_int_equal(count_wanted(2997, SECOND * 100 / 2997, 0, 10, &gap), 1000);
    assert_int_equal(count_wanted(1500, SECOND / 15, 0, 7, &gap), 700);
    assert_in_range(count_wanted(3000, SECOND / 30, 20 * MS, 10, &gap), 999, 1001);
    assert_in_range(gap, 100 * MS, 155 * MS);
}

static void a_camera_that_is_slower_than_wished_is_looked_at_wholly(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(100, SECOND / 5, 0, 10, &gap), 100);
    assert_int_equal(count_wanted(100, SECOND / 30, 0, 0, &gap), 100);
    assert_in_range(count_wanted(300, SECOND / 30, 4 * MS, 30, &gap), 299, 300);
}

static void after_a_gap_nothing_is_caught_up_with(void **state)
{
    (void)state;
    struct ct__pacer pacer = {0};
    assert_true(ct__pacer_wants(&pacer, SECOND, 1));
    assert_true(ct__pacer_wants(&pacer, 60 * SECOND, 1));
    assert_false(ct__pacer_wants(&pacer, 60 * SECOND + 100 * MS, 1));
    assert_true(ct__pacer_wants(&pacer, 61 * SECOND, 1));
}

static void a_clock_that_jumps_back_or_a_higher_rate_begins_anew(void **state)
{
    (void)state;
    struct ct__pacer pacer = {0};
    assert_true(ct__pacer_wants(&pacer, 100 * SECOND, .01));
    assert_false(ct__pacer_wants(&pacer, 101 * SECOND, .01));
    assert_true(ct__pacer_wants(&pacer, 102 * SECOND, 10));
    assert_true(ct__pacer_wants(&pacer, 5 * SECOND, 10));
    assert_false(ct__pacer_wants(&pacer, 5 * SECOND + 10 * MS, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_of_the_frames_is_every_third),
        cmocka_unit_test(the_rate_is_kept_whatever_the_camera_sends),
        cmocka_unit_test(a_camera_that_is_slower_than_wished_is_looked_at_wholly),
        cmocka_unit_test(after_a_gap_nothing_is_caught_up_with),
        cmocka_unit_test(a_clock_that_jumps_back_or_a_higher_rate_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
