// SPDX-License-Identifier: Apache-2.0
// Half precision there and back: all 65,536 values, and what lies between them.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/half.h"

// The value by its definition.
static double defined(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double size = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return half >> 15 ? -size : size;
}

static bool is_finite(uint16_t half)
{
    return (half & 0x7c00) != 0x7c00;
}

static void every_half_has_its_value_and_comes_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        uint16_t half = (uint16_t)i;
        float value = ct__half_value(half);
        if (!is_finite(half)) {
            assert_true(half & 1023 ? isnan(value)
                                    : isinf(value) && !signbit(value) == !(half >> 15));
            continue;
        }
        assert_true((double)value == defined(half));
        assert_int_equal(ct__half_of(value), half);
    }
}

static void what_lies_between_goes_to_the_nearest_and_ties_to_even(void **state)
{
    (void)state;
    for (uint16_t half = 0; half < 0x7bff; half++) {
        float below = ct__half_value(half), above = ct__half_value((uint16_t)(half + 1));
        float middle = (below + above) / 2;
        assert_int_equal(ct__half_of(middle), half + (half & 1));
        assert_int_equal(ct__half_of(nextafterf(middle, 0)), half);
        assert_int_equal(ct__half_of(nextafterf(middle, 1e9f)), half + 1);
        assert_int_equal(ct__half_of(-middle), 0x8000 | (half + (half & 1)));
    }
}

static void what_is_too_large_is_infinite(void **state)
{
    (void)state;
    assert_int_equal(ct__half_of(65519), 0x7bff);
    assert_int_equal(ct__half_of(65520), 0x7c00);
    assert_int_equal(ct__half_of(-3e38f), 0xfc00);
    assert_int_equal(ct__half_of(INFINITY), 0x7c00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_has_its_value_and_comes_back),
        cmocka_unit_test(what_lies_between_goes_to_the_nearest_and_ties_to_even),
        cmocka_unit_test(what_is_too_large_is_infinite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
