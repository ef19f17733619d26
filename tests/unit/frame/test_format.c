// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame/format.h"

static void formats_that_do_not_exist_have_no_row(void **state)
{
    (void)state;
    assert_null(ct__format_info(CT_FORMAT_NONE));
    assert_null(ct__format_info((enum ct_format)99));
    assert_null(ct__format_info((enum ct_format) - 1));
    assert_string_equal(ct__format_info(CT_FORMAT_NV12)->name, "nv12");
}

static void chroma_of_odd_sizes_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(ct__plane_width(CT_FORMAT_I420, 0, 5), 5);
    assert_int_equal(ct__plane_width(CT_FORMAT_I420, 1, 5), 3);
    assert_int_equal(ct__plane_height(CT_FORMAT_I420, 2, 1), 1);
    assert_int_equal(ct__plane_height(CT_FORMAT_I422, 1, 7), 7);
    assert_int_equal(ct__plane_width(CT_FORMAT_NV12, 1, 1), 1);
    assert_int_equal(ct__plane_width(CT_FORMAT_RGB, 0, 9), 9);
}

static void the_matrix_follows_the_height_unless_it_is_named(void **state)
{
    (void)state;
    struct ct_picture picture = {.format = CT_FORMAT_I420, .width = 4, .height = 719};
    assert_int_equal(ct__picture_matrix(&picture), CT_MATRIX_BT601);
    picture.height = 720;
    assert_int_equal(ct__picture_matrix(&picture), CT_MATRIX_BT709);
    picture.matrix = CT_MATRIX_BT2020;
    assert_int_equal(ct__picture_matrix(&picture), CT_MATRIX_BT2020);
}

static void the_range_follows_the_format_unless_it_is_named(void **state)
{
    (void)state;
    struct ct_picture picture = {.format = CT_FORMAT_NV12};
    assert_int_equal(ct__picture_range(&picture), CT_RANGE_LIMITED);
    picture.range = CT_RANGE_FULL;
    assert_int_equal(ct__picture_range(&picture), CT_RANGE_FULL);
    picture = (struct ct_picture){.format = CT_FORMAT_GREY};
    assert_int_equal(ct__picture_range(&picture), CT_RANGE_FULL);
    picture.range = CT_RANGE_LIMITED;
    assert_int_equal(ct__picture_range(&picture), CT_RANGE_LIMITED);
    picture.format = CT_FORMAT_RGB;
    assert_int_equal(ct__picture_range(&picture), CT_RANGE_FULL);
}

static void sizes_run_from_1_to_65535(void **state)
{
    (void)state;
    assert_true(ct__size_ok(1, 65535));
    assert_false(ct__size_ok(0, 5));
    assert_false(ct__size_ok(65536, 5));
    assert_false(ct__size_ok(5, -1));
    assert_false(ct__size_ok(INT64_C(1) << 40, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_that_do_not_exist_have_no_row),
        cmocka_unit_test(chroma_of_odd_sizes_is_rounded_up),
        cmocka_unit_test(the_matrix_follows_the_height_unless_it_is_named),
        cmocka_unit_test(the_range_follows_the_format_unless_it_is_named),
        cmocka_unit_test(sizes_run_from_1_to_65535),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
