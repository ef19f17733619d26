// SPDX-License-Identifier: Apache-2.0
// Streams get equal shares, rates are measured, budgets kept.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pipeline/schedule.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

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
        cmocka_unit_test(every_stream_gets_the_same_share_of_its_wish),
        cmocka_unit_test(who_was_away_has_no_claim_to_more),
        cmocka_unit_test(a_meter_tells_the_rate_of_the_last_seconds),
        cmocka_unit_test(a_governor_finds_the_share_that_fits_the_budget),
        cmocka_unit_test(without_a_budget_or_with_enough_of_it_the_share_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
