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

static void masks_stay_with_their_objects_as_memory_grows(void **state)
{
    (void)state;
    struct ct__result result = {0};
    uint32_t runs[400];
    for (int round = 0; round < 2; round++) {
        uint64_t before = ct__mem_count();
        ct__result_clear(&result);
        for (int i = 0; i < 60; i++) {
            for (uint32_t k = 0; k < 400; k++)
                runs[k] = (uint32_t)i * 1000 + k;
            struct ct_object object = {.mask = {i % 3 ? 400 - i : 0, runs}};
            assert_int_equal(ct__result_add(&result, &object), CT_OK);
        }
        memset(runs, 0, sizeof runs);
        for (int i = 0; i < 60; i++) {
            const struct ct_mask *mask = &result.view.objects[i].mask;
            assert_int_equal(mask->count, i % 3 ? 400 - i : 0);
            for (int k = 0; k < mask->count; k++)
                assert_int_equal(mask->runs[k], i * 1000 + k);
        }
        assert_true(round == 0 || ct__mem_count() == before);
    }
    struct ct_object large = {.mask = {(1 << 24) + 1, runs}};
    assert_int_equal(ct__result_add(&result, &large), CT_ERROR_LIMIT);
    assert_int_equal(result.view.count, 60);
    ct__result_finish(&result);
}

static void a_mask_is_written_in_the_words_of_coco(void **state)
{
    (void)state;
    const uint32_t runs[] = {0, 2, 4};
    const struct ct_object object = {.score = .5f, .mask = {3, runs}};
    const struct ct_result result = {.source = "a",
                                     .pts_ns = CT_NO_TIME,
                                     .wall_ns = CT_NO_TIME,
                                     .width = 2,
                                     .height = 3,
                                     .count = 1,
                                     .objects = &object};
    expect_line(&result, "{\"source\":\"a\",\"frame\":0,\"width\":2,\"height\":3,\"objects\":["
                         "{\"class\":0,\"score\":0.5,\"box\":[0,0,0,0],"
                         "\"mask\":{\"size\":[3,2],\"counts\":[0,2,4]}}]}");
}

static void corners_have_no_scores(void **state)
{
    (void)state;
    const struct ct_object object = {.point_kind = CT_POINTS_CORNERS,
                                     .point_count = 4,
                                     .points = {{1, 0, 1}, {2, 1, 1}, {1, 2, 1}, {-.25f, 1, 1}}};
    const struct ct_result result = {
        .source = "a", .pts_ns = CT_NO_TIME, .wall_ns = CT_NO_TIME, .count = 1, .objects = &object};
    expect_line(&result, "{\"source\":\"a\",\"frame\":0,\"width\":0,\"height\":0,\"objects\":["
                         "{\"class\":0,\"score\":0,\"box\":[0,0,0,0],"
                         "\"corners\":[[1,0],[2,1],[1,2],[-0.25,1]]}]}");
}

static void a_copy_lives_without_the_original(void **state)
{
    (void)state;
    char source[] = "door", reason[] = "because";
    uint32_t runs[] = {1, 2, 3, 4};
    struct ct_object objects[2] = {{.class_id = 1, .label = "cat", .mask = {4, runs}},
                                   {.class_id = 2, .mask = {1, runs + 3}}};
    struct ct_result result = {
        .source = source, .reason = reason, .count = 2, .objects = objects, .frame = 9};
    struct ct_result *copy = NULL;
    size_t capacity = 0;
    assert_int_equal(ct__result_copy(&copy, &capacity, &result), CT_OK);
    memset(source, 'x', 4);
    memset(reason, 'x', 7);
    memset(objects, 0, sizeof objects);
    memset(runs, 0, sizeof runs);
    assert_string_equal(copy->source, "door");
    assert_string_equal(copy->reason, "because");
    assert_string_equal(copy->objects[0].label, "cat");
    assert_int_equal(copy->objects[0].mask.runs[3], 4);
    assert_int_equal(copy->objects[1].mask.runs[0], 4);
    assert_int_equal(copy->objects[1].class_id, 2);
    assert_int_equal(copy->frame, 9);
    ct_result_destroy(&copy);
    assert_null(copy);
    ct_result_destroy(&copy);
}

static void a_copy_is_made_in_the_memory_of_the_last(void **state)
{
    (void)state;
    const uint32_t runs[] = {1, 2, 3};
    const struct ct_object objects[2] = {{.class_id = 1, .mask = {3, runs}}, {.class_id = 2}};
    const struct ct_result empty = {0}, full = {.source = "a", .count = 2, .objects = objects};
    struct ct_result *copy = NULL;
    size_t capacity = 0;
    ct__mem_fail(1);
    assert_int_equal(ct__result_copy(&copy, &capacity, &full), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_null(copy);
    assert_int_equal(ct__result_copy(&copy, &capacity, &empty), CT_OK);
    assert_null(copy->source);
    assert_int_equal(ct__result_copy(&copy, &capacity, &full), CT_OK);
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__result_copy(&copy, &capacity, &empty), CT_OK);
    assert_null(copy->objects);
    assert_int_equal(ct__result_copy(&copy, &capacity, &full), CT_OK);
    assert_int_equal(copy->objects[0].mask.runs[2], 3);
    assert_int_equal(ct__mem_count(), before);
    ct_result_destroy(&copy);
}

static void what_a_source_knows_comes_after_the_objects(void **state)
{
    (void)state;
    struct ct_truth truth[] = {{3, 0, "person", -4.5f, 2, 10, 20.125f, .25f}, {.id = 4}};
    struct ct__result result = {0};
    ct__result_clear(&result);
    assert_int_equal(ct__result_set_truth(&result, truth, 0), CT_OK);
    assert_non_null(result.view.truth);
    assert_int_equal(ct__result_set_truth(&result, truth, 2), CT_OK);
    struct ct_result *copy = NULL;
    size_t capacity = 0;
    assert_int_equal(ct__result_copy(&copy, &capacity, &result.view), CT_OK);
    uint64_t before = ct__mem_count();
    ct__result_clear(&result);
    assert_null(result.view.truth);
    assert_int_equal(ct__result_set_truth(&result, truth, 2), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    ct__result_finish(&result);
    copy->truth_count = 1;
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__result_json(copy, &json);
    assert_non_null(strstr(text.data, "\"objects\":[],\"truth\":[{\"id\":3,\"label\":\"person\","
                                      "\"box\":[-4.5,2,10,20.13],\"visible\":0.25}]}"));
    ct__text_finish(&text);
    ct_result_destroy(&copy);
    ct__mem_fail(1);
    assert_int_equal(ct__result_set_truth(&result, truth, 2), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
}

static void mattes_are_copied_and_told_by_their_share(void **state)
{
    (void)state;
    struct ct__result result = {.view = {.pts_ns = CT_NO_TIME, .wall_ns = CT_NO_TIME}};
    struct ct_result *copy = NULL;
    size_t capacity = 0;
    uint8_t *alpha[2];
    result.view.source = "a.png";
    result.view.width = 3;
    result.view.height = 2;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ct__result_add_matte(&result, i, i ? "b" : NULL, 16, &alpha[i]), 0);
        memset(alpha[i], 9, 32); // what lies beside the picture counts nothing
        for (int y = 0; y < 2; y++)
            memset(alpha[i] + 16 * y, y ? 255 * i : 51, 3);
    }
    assert_int_equal(ct__result_copy(&copy, &capacity, &result.view), 0);
    memset(alpha[0], 0, 32);
    assert_int_equal(copy->matte_count, 2);
    assert_int_equal(copy->mattes[0].alpha[2], 51);
    assert_int_equal(copy->mattes[1].alpha[16], 255);
    assert_true(copy->mattes[1].width == 3 && copy->mattes[1].height == 2);
    expect_line(copy, "{\"source\":\"a.png\",\"frame\":0,\"width\":3,\"height\":2,\"objects\":[],"
                      "\"mattes\":[{\"class\":0,\"mean\":0.1},"
                      "{\"label\":\"b\",\"class\":1,\"mean\":0.6}]}");
    ct_result_destroy(&copy);
    ct__result_finish(&result);
}

static void mattes_use_their_memory_again_and_have_a_limit(void **state)
{
    (void)state;
    struct ct__result result = {0};
    uint8_t *alpha;
    for (int round = 0; round < 2; round++) {
        uint64_t before = ct__mem_count();
        ct__result_clear(&result);
        assert_null(result.view.mattes);
        result.view.width = result.view.height = 16;
        for (int i = 0; i < CT_MAX_MATTES; i++)
            assert_int_equal(ct__result_add_matte(&result, i, NULL, 16, &alpha), 0);
        assert_int_equal(ct__result_add_matte(&result, 0, NULL, 16, &alpha), CT_ERROR_LIMIT);
        assert_true(round == 0 || ct__mem_count() == before);
    }
    ct__result_finish(&result);
    result.view.height = 1;
    ct__mem_fail(1);
    assert_int_equal(ct__result_add_matte(&result, 0, NULL, 16, &alpha), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_int_equal(result.view.matte_count, 0);
    ct__result_finish(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_what_the_result_has),
        cmocka_unit_test(a_frame_without_objects_still_has_its_line),
        cmocka_unit_test(a_frame_without_an_answer_says_why),
        cmocka_unit_test(a_cleared_result_keeps_its_memory),
        cmocka_unit_test(masks_stay_with_their_objects_as_memory_grows),
        cmocka_unit_test(a_mask_is_written_in_the_words_of_coco),
        cmocka_unit_test(corners_have_no_scores),
        cmocka_unit_test(a_copy_lives_without_the_original),
        cmocka_unit_test(a_copy_is_made_in_the_memory_of_the_last),
        cmocka_unit_test(what_a_source_knows_comes_after_the_objects),
        cmocka_unit_test(mattes_are_copied_and_told_by_their_share),
        cmocka_unit_test(mattes_use_their_memory_again_and_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
