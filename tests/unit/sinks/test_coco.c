// SPDX-License-Identifier: Apache-2.0
// COCO's results: one array of JSON, whole whenever it ends, whose ids are COCO's own.
#include "bench.h"

#include <jansson.h>

static struct ct__sink *open_coco(bool coco_classes)
{
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {.coco_classes = coco_classes};
    assert_int_equal(ct__sink_open(&sink, "out.coco.json", &params), CT_OK);
    return sink;
}

static void write_item(struct ct__sink *sink, const char *path, int rate, uint64_t frame,
                       int class_id)
{
    struct ct_object object = {
        .x = 1, .y = 2, .width = 3, .height = 4, .score = .5f, .class_id = class_id};
    struct ct_result result = {
        .source = "door", .frame = frame, .count = class_id >= 0, .objects = &object};
    struct ct__sink_item item = {.result = &result, .path = path, .rate_num = rate, .rate_den = 1};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
}

static json_t *close_coco(struct ct__sink *sink, bool complete)
{
    json_error_t error;
    assert_int_equal(ct__sink_close(&sink, complete), CT_OK);
    json_t *array = json_load_file("out.coco.json", 0, &error);
    assert_true(json_is_array(array));
    return array;
}

static int64_t value(const json_t *array, size_t index, const char *key)
{
    return json_integer_value(json_object_get(json_array_get(array, index), key));
}

static void each_object_is_an_element(void **state)
{
    (void)state;
    struct ct__sink *sink = open_coco(false);
    write_item(sink, "photos/a.jpg", 0, 0, 5);
    json_t *array = close_coco(sink, true);
    assert_int_equal(json_array_size(array), 1);
    json_t *object = json_array_get(array, 0);
    assert_int_equal(value(array, 0, "image_id"), 1);
    assert_int_equal(value(array, 0, "category_id"), 6);
    assert_string_equal(json_string_value(json_object_get(object, "file_name")), "a.jpg");
    assert_true(json_number_value(json_object_get(object, "score")) == 0.5);
    json_t *box = json_object_get(object, "bbox");
    for (size_t i = 0; i < 4; i++)
        assert_true(json_number_value(json_array_get(box, i)) == (double)i + 1);
    json_decref(array);
}

static void pictures_that_are_called_by_a_number_have_it_as_id(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int rate;
        int64_t id;
    } rows[] = {
        {"val2017/000000000139.jpg", 0, 139}, {"139.jpg", 25, 2}, {"12a.jpg", 0, 3}, {"7", 0, 4},
        {"/x/1234567890123456.jpg", 0, 5},    {".jpg", 0, 6},
    };
    struct ct__sink *sink = open_coco(false);
    for (size_t i = 0; i < 6; i++)
        write_item(sink, rows[i].path, rows[i].rate, 0, 0);
    json_t *array = close_coco(sink, true);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(value(array, i, "image_id"), rows[i].id);
    json_decref(array);
}

static void frames_without_objects_are_counted_as_images(void **state)
{
    (void)state;
    struct ct__sink *sink = open_coco(false);
    write_item(sink, "a.mp4", 25, 0, -1);
    write_item(sink, "a.mp4", 25, 1, 0);
    write_item(sink, "a.mp4", 25, 2, 0);
    json_t *array = close_coco(sink, true);
    assert_int_equal(json_array_size(array), 2);
    assert_int_equal(value(array, 0, "image_id"), 2);
    assert_int_equal(value(array, 1, "image_id"), 3);
    assert_int_equal(value(array, 1, "frame"), 2);
    json_decref(array);
}

static void the_eighty_classes_of_coco_have_its_ninety_ids(void **state)
{
    (void)state;
    static const int classes[] = {0, 10, 11, 23, 24, 25, 26, 39, 40, 60, 61, 72, 73, 79};
    static const int ids[] = {1, 11, 13, 25, 27, 28, 31, 44, 46, 67, 70, 82, 84, 90};
    struct ct__sink *sink = open_coco(true);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        write_item(sink, "a.jpg", 0, 0, classes[i]);
    json_t *array = close_coco(sink, true);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        assert_int_equal(value(array, i, "category_id"), ids[i]);
    json_decref(array);
}

static void keypoints_and_tracks_are_told(void **state)
{
    (void)state;
    struct ct__sink *sink = open_coco(false);
    struct ct_object object = {.id = 9, .point_kind = CT_POINTS_KEYPOINTS, .point_count = 17};
    object.points[16] = (struct ct_point){.x = 5, .y = 6, .score = .25f};
    struct ct_result result = {.source = "a.jpg", .count = 1, .objects = &object};
    struct ct__sink_item item = {.result = &result};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    json_t *array = close_coco(sink, true);
    json_t *points = json_object_get(json_array_get(array, 0), "keypoints");
    assert_int_equal(json_array_size(points), 51);
    assert_true(json_number_value(json_array_get(points, 50)) == 0.25);
    assert_int_equal(value(array, 0, "track_id"), 9);
    json_decref(array);
}

static void a_mask_is_its_segmentation(void **state)
{
    (void)state;
    struct ct__sink *sink = open_coco(false);
    uint32_t runs[] = {3, 4, 5};
    struct ct_object object = {.mask = {.count = 3, .runs = runs}};
    struct ct_result result = {
        .source = "a.jpg", .width = 4, .height = 3, .count = 1, .objects = &object};
    struct ct__sink_item item = {.result = &result};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    json_t *array = close_coco(sink, true);
    json_t *mask = json_object_get(json_array_get(array, 0), "segmentation");
    char *text = json_dumps(mask, JSON_COMPACT);
    assert_string_equal(text, "{\"size\":[3,4],\"counts\":[3,4,5]}");
    free(text);
    json_decref(array);
}

static void an_interrupted_or_empty_run_leaves_whole_json(void **state)
{
    (void)state;
    struct ct__sink *sink = open_coco(false);
    write_item(sink, "a.jpg", 0, 0, 1);
    json_decref(close_coco(sink, false));
    json_t *array = close_coco(open_coco(false), false);
    assert_int_equal(json_array_size(array), 0);
    json_decref(array);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(each_object_is_an_element),
        BENCH_TEST(pictures_that_are_called_by_a_number_have_it_as_id),
        BENCH_TEST(frames_without_objects_are_counted_as_images),
        BENCH_TEST(the_eighty_classes_of_coco_have_its_ninety_ids),
        BENCH_TEST(keypoints_and_tracks_are_told),
        BENCH_TEST(a_mask_is_its_segmentation),
        BENCH_TEST(an_interrupted_or_empty_run_leaves_whole_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
