// SPDX-License-Identifier: Apache-2.0
// Colours can be told apart and carry a text.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "filters/palette.h"

static int distance(const uint8_t a[3], const uint8_t b[3])
{
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) + abs(a[2] - b[2]);
}

static void the_first_dozen_can_be_told_apart(void **state)
{
    (void)state;
    uint8_t rgb[12][3];
    for (unsigned i = 0; i < 12; i++) {
        ct__palette(i, rgb[i]);
        for (unsigned k = 0; k < i; k++)
            assert_true(distance(rgb[i], rgb[k]) > 30);
    }
}

static void neighbours_differ_much_however_far_one_counts(void **state)
{
    (void)state;
    uint8_t last[3], next[3];
    ct__palette(0, last);
    for (uint64_t i = 1; i < 10000; i++) {
        ct__palette(i, next);
        assert_true(distance(last, next) > 80);
        for (int c = 0; c < 3; c++)
            last[c] = next[c];
    }
    ct__palette(UINT64_MAX, next);
}

static void text_is_black_on_light_and_white_on_dark(void **state)
{
    (void)state;
    assert_true(ct__palette_is_light((uint8_t[]){255, 255, 255}));
    assert_true(ct__palette_is_light((uint8_t[]){255, 255, 0}));
    assert_false(ct__palette_is_light((uint8_t[]){0, 0, 0}));
    assert_false(ct__palette_is_light((uint8_t[]){0, 0, 200}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_dozen_can_be_told_apart),
        cmocka_unit_test(neighbours_differ_much_however_far_one_counts),
        cmocka_unit_test(text_is_black_on_light_and_white_on_dark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
