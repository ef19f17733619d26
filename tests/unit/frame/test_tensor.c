// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame/tensor.h"

static void types_have_sizes_and_names(void **state)
{
    (void)state;
    assert_int_equal(ct__type_size(CT_TYPE_F32), 4);
    assert_int_equal(ct__type_size(CT_TYPE_I64), 8);
    assert_int_equal(ct__type_size(CT_TYPE_OTHER), 0);
    assert_int_equal(ct__type_size((enum ct_type)77), 0);
    assert_string_equal(ct__type_name(CT_TYPE_F32), "float32");
    assert_string_equal(ct__type_name(CT_TYPE_U8), "uint8");
    assert_string_equal(ct__type_name((enum ct_type)77), "other");
}

static void a_shape_is_counted_unless_it_is_open_or_absurd(void **state)
{
    (void)state;
    assert_int_equal(ct__shape_count(0, NULL), 1);
    assert_int_equal(ct__shape_count(4, (int64_t[]){1, 3, 4, 5}), 60);
    assert_int_equal(ct__shape_count(2, (int64_t[]){0, INT64_C(1) << 40}), 0);
    assert_int_equal(ct__shape_count(2, (int64_t[]){-1, 4}), -1);
    assert_int_equal(ct__shape_count(2, (int64_t[]){INT64_C(1) << 20, INT64_C(1) << 20}),
                     INT64_C(1) << 40);
    assert_int_equal(ct__shape_count(2, (int64_t[]){INT64_C(1) << 21, INT64_C(1) << 20}), -1);
    assert_int_equal(ct__shape_count(3, (int64_t[]){INT64_MAX, INT64_MAX, INT64_MAX}), -1);
}

static void a_shape_is_written_with_marks_for_what_is_open(void **state)
{
    (void)state;
    char text[32], small[6];
    assert_string_equal(ct__shape_text(4, (int64_t[]){1, 3, -1, 416}, text, sizeof text),
                        "[1,3,?,416]");
    assert_string_equal(ct__shape_text(0, NULL, text, sizeof text), "[]");
    assert_string_equal(ct__shape_text(2, (int64_t[]){100, 200}, small, sizeof small), "[100,");
}

static void metadata_is_found_by_its_key(void **state)
{
    (void)state;
    const char *keys[] = {"task", "names"}, *values[] = {"detect", "{}"};
    struct ct__graph graph = {
        .metadata_count = 2, .metadata_keys = keys, .metadata_values = values};
    assert_string_equal(ct__graph_metadata(&graph, "names"), "{}");
    assert_null(ct__graph_metadata(&graph, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_sizes_and_names),
        cmocka_unit_test(a_shape_is_counted_unless_it_is_open_or_absurd),
        cmocka_unit_test(a_shape_is_written_with_marks_for_what_is_open),
        cmocka_unit_test(metadata_is_found_by_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
