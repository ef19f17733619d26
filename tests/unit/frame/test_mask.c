// SPDX-License-Identifier: Apache-2.0
// Runs of a mask in the making, and a walk over one that is made.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "frame/mask.h"

static void assert_runs(const struct ct__runs *runs, int count, const uint32_t *expected)
{
    assert_int_equal(runs->count, count);
    assert_memory_equal(runs->items, expected, (size_t)count * sizeof *expected);
}

static void pixels_of_a_kind_join(void **state)
{
    (void)state;
    struct ct__runs runs = {0};
    assert_int_equal(ct__runs_add(&runs, false, 3), CT_OK);
    assert_int_equal(ct__runs_add(&runs, false, 4), CT_OK);
    assert_int_equal(ct__runs_add(&runs, true, 0), CT_OK);
    assert_int_equal(ct__runs_add(&runs, false, 1), CT_OK);
    assert_int_equal(ct__runs_add(&runs, true, 2), CT_OK);
    assert_int_equal(ct__runs_add(&runs, true, 5), CT_OK);
    assert_runs(&runs, 2, (const uint32_t[]){8, 7});
    ct__runs_finish(&runs);
}

static void a_mask_that_begins_inside_has_no_pixel_outside_before(void **state)
{
    (void)state;
    struct ct__runs runs = {0};
    assert_int_equal(ct__runs_add(&runs, true, 2), CT_OK);
    assert_int_equal(ct__runs_add(&runs, false, 1), CT_OK);
    assert_runs(&runs, 3, (const uint32_t[]){0, 2, 1});
    ct__runs_finish(&runs);
}

static void a_failed_allocation_leaves_the_runs(void **state)
{
    (void)state;
    struct ct__runs runs = {0};
    ct__mem_fail(1);
    assert_int_equal(ct__runs_add(&runs, true, 2), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_int_equal(runs.count, 0);
    ct__runs_finish(&runs);
}

// A picture of 3 columns and 4 rows:
//     . # .
//     . # .
//     # # .
//     # . .
static void a_walk_goes_down_the_columns(void **state)
{
    (void)state;
    const uint32_t runs[] = {2, 5, 5};
    const struct ct_mask mask = {3, runs};
    const int expected[][3] = {{0, 2, 2}, {1, 0, 3}};
    struct ct__mask_walk walk = {&mask, 4};
    int x, y, length;
    for (int i = 0; i < 2; i++) {
        assert_true(ct__mask_next(&walk, &x, &y, &length));
        assert_int_equal(x, expected[i][0]);
        assert_int_equal(y, expected[i][1]);
        assert_int_equal(length, expected[i][2]);
    }
    assert_false(ct__mask_next(&walk, &x, &y, &length));
    assert_false(ct__mask_next(&walk, &x, &y, &length));
}

static void a_mask_without_pixels_has_no_pieces(void **state)
{
    (void)state;
    const uint32_t runs[] = {12};
    const struct ct_mask none = {0}, empty = {1, runs};
    struct ct__mask_walk walk = {&none, 4};
    int x, y, length;
    assert_false(ct__mask_next(&walk, &x, &y, &length));
    walk = (struct ct__mask_walk){&empty, 4};
    assert_false(ct__mask_next(&walk, &x, &y, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_of_a_kind_join),
        cmocka_unit_test(a_mask_that_begins_inside_has_no_pixel_outside_before),
        cmocka_unit_test(a_failed_allocation_leaves_the_runs),
        cmocka_unit_test(a_walk_goes_down_the_columns),
        cmocka_unit_test(a_mask_without_pixels_has_no_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
