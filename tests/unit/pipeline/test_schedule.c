// SPDX-License-Identifier: Apache-2.0
// Frames are picked evenly, streams get equal shares, rates are measured, budgets kept.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/random.h"
#include "pipeline/schedule.h"

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

// Serves one of `count` streams at a time, all of which always have a frame waiting.
static void serve(struct ct__turn *turns, const double *rates, int count, double now, int rounds,
                  int *served)
{
    for (int i = 0; i < count; i++)
        ct__turn_begin(&turns[i], now);
    for (int round = 0; round < rounds; round++) {
        int best = 0;
        for (int i = 1; i < count; i++)
            if (turns[i].start < turns[best].start)
                best = i;
        now = ct__turn_serve(&turns[best], rates[best]);
        served[best]++;
        ct__turn_begin(&turns[best], now);
    }
}

static void every_stream_gets_the_same_share_of_its_wish(void **state)
{
    (void)state;
    const double rates[4] = {10, 10, 5, 20};
    struct ct__turn turns[4] = {{0}};
    int served[4] = {0};
    serve(turns, rates, 4, 0, 900, served);
    for (int i = 0; i < 4; i++)
        assert_in_range(served[i], (int)(20 * rates[i]) - 1, (int)(20 * rates[i]) + 1);
}

static void who_was_away_has_no_claim_to_more(void **state)
{
    (void)state;
    const double rates[2] = {10, 10};
    struct ct__turn turns[2] = {{0}};
    int served[2] = {0};
    double now = 0;
    for (int i = 0; i < 1000; i++) { // the first alone
        ct__turn_begin(&turns[0], now);
        now = ct__turn_serve(&turns[0], 10);
    }
    ct__turn_begin(&turns[0], now);
    ct__turn_begin(&turns[1], now);
    assert_true(turns[1].start >= now);
    serve(turns, rates, 2, now, 100, served);
    assert_in_range(served[1], 49, 51);
}

static void a_meter_tells_the_rate_of_the_last_seconds(void **state)
{
    (void)state;
    struct ct__meter meter = {0};
    assert_true(ct__meter_rate(&meter, SECOND) == 0);
    int64_t now = 100 * SECOND;
    for (int i = 0; i < 300; i++, now += 40 * MS) {
        ct__meter_add(&meter, now, 1);
        double rate = ct__meter_rate(&meter, now);
        if (i > 10)
            assert_true(rate > 24 && rate < 26);
    }
    for (int i = 0; i < 300; i++, now += 100 * MS)
        ct__meter_add(&meter, now, 1);
    assert_true(ct__meter_rate(&meter, now) > 9 && ct__meter_rate(&meter, now) < 11);
    assert_true(ct__meter_rate(&meter, now + 10 * SECOND) == 0);
}

static void a_governor_finds_the_share_that_fits_the_budget(void **state)
{
    (void)state;
    struct ct__governor governor = {.budget = 50, .share = 1};
    int64_t wall = SECOND, cpu = 0;
    // 20 % are spent whatever the share is, and 80 % with all of it.
    for (int i = 0; i < 60; i++) {
        ct__governor_look(&governor, wall, cpu);
        wall += SECOND;
        cpu += (int64_t)((.2 + .8 * governor.share) * (double)SECOND);
    }
    double used = 20 + 80 * governor.share;
    assert_true(used > 45 && used <= 50);
}

static void without_a_budget_or_with_enough_of_it_the_share_is_whole(void **state)
{
    (void)state;
    struct ct__governor none = {.share = 1}, enough = {.budget = 400, .share = .5};
    for (int64_t i = 1; i < 40; i++) {
        ct__governor_look(&none, i * SECOND, i * 4 * SECOND);
        ct__governor_look(&enough, i * SECOND, i * SECOND);
    }
    assert_true(none.share == 1);
    assert_true(enough.share == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_of_the_frames_is_every_third),
        cmocka_unit_test(the_rate_is_kept_whatever_the_camera_sends),
        cmocka_unit_test(a_camera_that_is_slower_than_wished_is_looked_at_wholly),
        cmocka_unit_test(after_a_gap_nothing_is_caught_up_with),
        cmocka_unit_test(a_clock_that_jumps_back_or_a_higher_rate_begins_anew),
        cmocka_unit_test(every_stream_gets_the_same_share_of_its_wish),
        cmocka_unit_test(who_was_away_has_no_claim_to_more),
        cmocka_unit_test(a_meter_tells_the_rate_of_the_last_seconds),
        cmocka_unit_test(a_governor_finds_the_share_that_fits_the_budget),
        cmocka_unit_test(without_a_budget_or_with_enough_of_it_the_share_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
