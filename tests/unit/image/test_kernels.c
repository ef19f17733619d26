// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "image/kernels.h"
#include "image/taps.h"

static void a_test_may_ask_for_less(void **state)
{
    (void)state;
    unsetenv("CHITON_CPU");
    assert_int_equal(ct__kernels_level(ct__kernels(CT__CPU_C)), CT__CPU_C);
    assert_true(ct__kernels_level(ct__kernels(CT__CPU_AVX2)) <= CT__CPU_AVX2);
    assert_string_equal(ct__cpu_name(CT__CPU_AVX512), "avx512");
}

static void the_environment_lowers_the_level(void **state)
{
    (void)state;
    setenv("CHITON_CPU", "c", 1);
    assert_int_equal(ct__kernels_level(ct__kernels(CT__CPU_AVX512)), CT__CPU_C);
    setenv("CHITON_CPU", "avx2", 1);
    assert_true(ct__kernels_level(ct__kernels(CT__CPU_AVX512)) <= CT__CPU_AVX2);
    unsetenv("CHITON_CPU");
}

static void a_word_that_is_no_level_lowers_nothing(void **state)
{
    (void)state;
    const struct ct__kernels *best = ct__kernels(CT__CPU_AVX512);
    setenv("CHITON_CPU", "fast", 1);
    assert_ptr_equal(ct__kernels(CT__CPU_AVX512), best);
    unsetenv("CHITON_CPU");
}

static void taps_lie_between_half_pixel_centres(void **state)
{
    (void)state;
    const struct ct__axis half = {.full = 8, .length = 8, .count = 4};
    struct ct__tap tap = ct__tap_at(&half, 1, CT__TAP_BITS); // at 2.5
    assert_int_equal(tap.first, 2);
    assert_int_equal(tap.second, 3);
    assert_int_equal(tap.weight, 64);
    const struct ct__axis twice = {.full = 4, .length = 4, .count = 8};
    tap = ct__tap_at(&twice, 3, CT__TAP_BITS); // at 1.25
    assert_int_equal(tap.first, 1);
    assert_int_equal(tap.weight, 32);
}

static void taps_at_the_edges_and_on_a_pixel_take_it_twice(void **state)
{
    (void)state;
    const struct ct__axis twice = {.full = 4, .length = 4, .count = 8};
    const struct ct__axis same = {.full = 5, .length = 5, .count = 5};
    struct ct__tap tap = ct__tap_at(&twice, 0, CT__TAP_BITS);
    assert_int_equal(tap.first, 0);
    assert_int_equal(tap.second, 0);
    tap = ct__tap_at(&twice, 7, CT__TAP_BITS);
    assert_int_equal(tap.first, 3);
    assert_int_equal(tap.second, 3);
    for (int i = 0; i < 5; i++) {
        tap = ct__tap_at(&same, i, CT__LINE_BITS);
        assert_int_equal(tap.first, i);
        assert_int_equal(tap.second, i);
        assert_int_equal(tap.weight, 1 << (CT__LINE_BITS - 1));
    }
}

static void chroma_lies_in_the_middle_of_its_pixels(void **state)
{
    (void)state;
    const struct ct__axis chroma = {.full = 8, .shift = 1, .length = 4, .count = 8};
    struct ct__tap tap = ct__tap_at(&chroma, 1, CT__TAP_BITS); // luma 1.5 is chroma .25
    assert_int_equal(tap.first, 0);
    assert_int_equal(tap.weight, 32);
    tap = ct__tap_at(&chroma, 2, CT__TAP_BITS);
    assert_int_equal(tap.first, 0);
    assert_int_equal(tap.weight, 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_may_ask_for_less),
        cmocka_unit_test(the_environment_lowers_the_level),
        cmocka_unit_test(a_word_that_is_no_level_lowers_nothing),
        cmocka_unit_test(taps_lie_between_half_pixel_centres),
        cmocka_unit_test(taps_at_the_edges_and_on_a_pixel_take_it_twice),
        cmocka_unit_test(chroma_lies_in_the_middle_of_its_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
