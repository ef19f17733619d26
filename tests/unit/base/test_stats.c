// SPDX-License-Identifier: Apache-2.0
// Percentiles stay within the error that the header promises.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/stats.h"

static void an_empty_histogram_says_zero(void **state)
{
    (void)state;
    struct ct__histogram histogram = {0};
    assert_int_equal(ct__histogram_percentile(&histogram, .5), 0);
    assert_int_equal(ct__histogram_percentile(&histogram, 1), 0);
}

static void one_duration_is_every_percentile(void **state)
{
    (void)state;
    static const double shares[] = {0, .01, .5, .99, 1};
    for (int64_t duration = 0; duration < INT64_C(1) << 43; duration = duration * 5 / 4 + 1) {
        struct ct__histogram histogram = {0};
        ct__histogram_add(&histogram, duration);
        for (int i = 0; i < 5; i++) {
            int64_t found = ct__histogram_percentile(&histogram, shares[i]);
            assert_true(found <= duration);
            assert_true(llabs(found - duration) <= (double)duration * .032);
        }
    }
}

static void small_durations_are_exact(void **state)
{
    (void)state;
    struct ct__histogram histogram = {0};
    for (int i = 0; i < 16; i++)
        ct__histogram_add(&histogram, i);
    for (int i = 0; i < 16; i++)
        assert_int_equal(ct__histogram_percentile(&histogram, (i + 1) / 16.0), i);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void percentiles_are_within_3_2_percent(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    static int64_t durations[COUNT];
    struct ct__histogram histogram = {0};
    uint64_t seed = 1;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        // From nanoseconds to about a minute, evenly in the logarithm.
        durations[i] = (int64_t)exp2((double)(seed >> 11) * 0x1p-53 * 36);
        ct__histogram_add(&histogram, durations[i]);
    }
    qsort(durations, COUNT, sizeof *durations, compare);
    assert_int_equal(histogram.max_ns, durations[COUNT - 1]);
    for (int i = 1; i <= COUNT; i += 7) {
        int64_t exact = durations[i - 1];
        int64_t found = ct__histogram_percentile(&histogram, (i - .5) / COUNT);
        assert_true(llabs(found - exact) <= (double)exact * .032);
    }
}

static void odd_durations_are_counted_too(void **state)
{
    (void)state;
    struct ct__histogram histogram = {0};
    ct__histogram_add(&histogram, -5);
    assert_int_equal(ct__histogram_percentile(&histogram, 1), 0);
    ct__histogram_add(&histogram, INT64_C(1) << 43);
    ct__histogram_add(&histogram, INT64_C(1) << 62);
    assert_int_equal(histogram.count, 3);
    assert_int_equal(histogram.max_ns, INT64_C(1) << 62);
    assert_int_equal(histogram.bucket[CT__HISTOGRAM_BUCKETS - 1], 2);
    assert_true(ct__histogram_percentile(&histogram, 1) > INT64_C(1) << 42);
}

static void odd_shares_are_bounded(void **state)
{
    (void)state;
    struct ct__histogram histogram = {0};
    ct__histogram_add(&histogram, 3);
    ct__histogram_add(&histogram, 9);
    assert_int_equal(ct__histogram_percentile(&histogram, -1), 3);
    assert_int_equal(ct__histogram_percentile(&histogram, 0), 3);
    assert_int_equal(ct__histogram_percentile(&histogram, 2), 9);
}

static void merged_histograms_are_as_one(void **state)
{
    (void)state;
    struct ct__histogram a = {0}, b = {0}, both = {0};
    for (int64_t i = 1; i < 1000; i++) {
        ct__histogram_add(i % 3 ? &a : &b, i * i);
        ct__histogram_add(&both, i * i);
    }
    ct__histogram_merge(&a, &b);
    assert_memory_equal(&a, &both, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram_says_zero),
        cmocka_unit_test(one_duration_is_every_percentile),
        cmocka_unit_test(small_durations_are_exact),
        cmocka_unit_test(percentiles_are_within_3_2_percent),
        cmocka_unit_test(odd_durations_are_counted_too),
        cmocka_unit_test(odd_shares_are_bounded),
        cmocka_unit_test(merged_histograms_are_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
