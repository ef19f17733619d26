// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "frame/result.h"

static void expect_line(const struct ct_result *result, const char *line)
{
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__result_json(result, &json);
    assert_false(text.failed);
    assert_string_equal(text.data, line);
    ct__text_finish(&text);
}

static void a_line_has_what_the_result_has(void **state)
{
    (void)state;
    const struct ct_object objects[] = {
        {.x = 1.005f,
         .y = 2,
         .width = 3.5f,
         .height = 400,
         .score = .87654f,
         .class_id = 0,
         .label = "person",
         .id = 3,
         .point_kind = CT_POINTS_KEYPOINTS,
         .point_count = 2,
         .points = {{1.25f, 2.5f, .5f}, {3, 4, 1}}},
        {.class_id = 7,
         .score = .5f,
         .point_kind = CT_POINTS_LANDMARKS,
         .point_count = 1,
         .points = {{5.5f, 6, 1}}},
    };
    const struct ct_result result = {.source = "door",
                                     .frame = 12,
                                     .pts_ns = 400000000,
                                     .wall_ns = INT64_C(1767268800400000000),
                                     .width = 1920,
                                     .height = 1080,
                                     .count = 2,
                                     .objects = objects};
    expect_line(&result, "{\"source\":\"door\",\"frame\":12,\"pts\":0.4,"
                         "\"time\":\"2026-01-01T12:00:00.400Z\",\"width\":1920,\"height\":1080,"
                         "\"objects\":[{\"label\":\"person\",\"class\":0,\"score\":0.8765,"
                         "\"box\":[1,2,3.5,400],\"id\":3,\"keypoints\":[[1.25,2.5,0.5],[3,4,1]]},"
                         "{\"class\":7,\"score\":0.5,\"box\":[0,0,0,0],\"landmarks\":[[5.5,6]]}]}");
}

static void a_frame_without_objects_still_has_its_line(void **state)
{
    (void)state;
    const struct ct_result result = {
        .source = "a.mp4", .pts_ns = CT_NO_TIME, .wall_ns = CT_NO_TIME, .width = 4, .height = 3};
    expect_line(&result,
                "{\"source\":\"a.mp4\",\"frame\":0,\"width\":4,\"height\":3,\"objects\":[]}");
}

static void a_frame_without_an_answer_says_why(void **state)
{
    (void)state;
    struct ct_result result = {.source = "a.png",
                               .pts_ns = CT_NO_TIME,
                               .wall_ns = CT_NO_TIME,
                               .error = CT_ERROR_FORMAT,
                               .reason = "no picture"};
    expect_line(&result, "{\"source\":\"a.png\",\"frame\":0,\"width\":0,\"height\":0,"
                         "\"error\":\"no picture\"}");
}

static void a_cleared_result_keeps_its_memory(void **state)
{
    (void)state;
    struct ct__result result = {0};
    const struct ct_object object = {.class_id = 5};
    for (int i = 0; i < 100; i++)
        assert_int_equal(ct__result_add(&result, &object), CT_OK);
    uint64_t before = ct__mem_count();
    ct__result_clear(&result);
    assert_int_equal(result.view.count, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(ct__result_add(&result, &object), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    assert_int_equal(result.view.objects[99].class_id, 5);
    ct__result_finish(&result);
    ct__mem_fail(1);
    assert_int_equal(ct__result_add(&result, &object), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_int_equal(result.view.count, 0);
}

static void a_copy_lives_without_the_original(void **state)
{
    (void)state;
    char source[] = "door", reason[] = "because";
    struct ct_object objects[2] = {{.class_id = 1, .label = "cat"}, {.class_id = 2}};
    struct ct_result result = {
        .source = source, .reason = reason, .count = 2, .objects = objects, .frame = 9};
    struct ct_result *copy = ct__result_copy(&result);
    assert_non_null(copy);
    memset(source, 'x', 4);
    memset(reason, 'x', 7);
    memset(objects, 0, sizeof objects);
    assert_string_equal(copy->source, "door");
    assert_string_equal(copy->reason, "because");
    assert_string_equal(copy->objects[0].label, "cat");
    assert_int_equal(copy->objects[1].class_id, 2);
    assert_int_equal(copy->frame, 9);
    ct_result_destroy(&copy);
    assert_null(copy);
    ct_result_destroy(&copy);
    result = (struct ct_result){0};
    copy = ct__result_copy(&result);
    assert_null(copy->source);
    ct_result_destroy(&copy);
    ct__mem_fail(1);
    assert_null(ct__result_copy(&result));
    assert_true(ct__mem_failed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_what_the_result_has),
        cmocka_unit_test(a_frame_without_objects_still_has_its_line),
        cmocka_unit_test(a_frame_without_an_answer_says_why),
        cmocka_unit_test(a_cleared_result_keeps_its_memory),
        cmocka_unit_test(a_copy_lives_without_the_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
