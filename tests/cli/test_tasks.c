// SPDX-License-Identifier: Apache-2.0
// Poses, masks and turned boxes from real graphs (tests/models/make.py) to the line of JSON, for a
// picture of 128 x 96: twice the input of 64 x 64, with bars of 8 above and below. Skips without
// the models or ONNX Runtime.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "fixture.h"
#include "program.h"

enum { WIDTH = 128, HEIGHT = 96 };

// What the program sees with a model; NULL where there is none, or nothing that runs it.
static json_t *detect(const char *model)
{
    const char *models = getenv("CHITON_TEST_MODELS");
    char path[4096];
    if (!models)
        return NULL;
    snprintf(path, sizeof path, "%s/%s.onnx", models, model);
    if (!file_exists(path))
        return NULL;
    write_picture("one.ppm", WIDTH, HEIGHT, 0);
    struct answer answer =
        run_program("detect", "one.ppm", "-m", path, "-o", "-", "-o", "drawn/", NULL);
    bool missing = strstr(answer.err, "ONNX Runtime") != NULL;
    json_t *line = missing ? NULL : json_loads(answer.out, 0, NULL);
    if (!missing && (answer.code || !line))
        fail_msg("exit %d: %s", answer.code, answer.err);
    answer_finish(&answer);
    return line;
}

static double number(const json_t *array, size_t i)
{
    assert_true(i < json_array_size(array));
    return json_number_value(json_array_get(array, i));
}

static void near(double found, double expected, double most)
{
    if (!(fabs(found - expected) <= most))
        fail_msg("%.4f, expected %.4f", found, expected);
}

static json_t *objects_of(const json_t *line, size_t count)
{
    json_t *objects = json_object_get(line, "objects");
    assert_int_equal(json_array_size(objects), count);
    return objects;
}

static void assert_box(const json_t *object, double x, double y, double width, double height)
{
    const double expected[] = {x, y, width, height};
    const json_t *box = json_object_get(object, "box");
    for (size_t i = 0; i < 4; i++)
        near(number(box, i), expected[i], .011);
}

static void a_pose_comes_with_its_keypoints(void **state)
{
    (void)state;
    json_t *line = detect("yolov8-pose");
    if (!line)
        skip();
    const json_t *object = json_array_get(objects_of(line, 1), 0);
    assert_string_equal(json_string_value(json_object_get(object, "label")), "person");
    assert_box(object, 40, 8, 48, 80);
    const json_t *points = json_object_get(object, "keypoints");
    assert_int_equal(json_array_size(points), 17);
    for (size_t k = 0; k < 17; k++) {
        const json_t *point = json_array_get(points, k);
        near(number(point, 0), 2 * (24 + (double)k), .011);
        near(number(point, 1), 2 * (16 + 2 * (double)k - 8), .011);
        near(number(point, 2), (double)k / 20, 1e-4);
    }
    json_decref(line);
}

static void a_mask_comes_in_runs_down_the_columns(void **state)
{
    (void)state;
    json_t *line = detect("yolov8-seg");
    if (!line)
        skip();
    const json_t *object = json_array_get(objects_of(line, 1), 0);
    assert_string_equal(json_string_value(json_object_get(object, "label")), "dog");
    const json_t *mask = json_object_get(object, "mask");
    const json_t *size = json_object_get(mask, "size"), *counts = json_object_get(mask, "counts");
    near(number(size, 0), HEIGHT, 0);
    near(number(size, 1), WIDTH, 0);
    int at = 0, both = 0, either = 0;
    for (size_t i = 0; i < json_array_size(counts); i++)
        for (int end = at + (int)number(counts, i); at < end; at++) {
            bool disc = hypot(at / HEIGHT + .5 - 64, at % HEIGHT + .5 - 48) < 24;
            both += disc && i % 2;
            either += disc || i % 2;
        }
    assert_int_equal(at, WIDTH * HEIGHT);
    assert_true(both > .95 * either);
    json_decref(line);
}

static void a_turned_box_comes_with_its_corners(void **state)
{
    (void)state;
    json_t *line = detect("yolov8-obb");
    if (!line)
        skip();
    const json_t *objects = objects_of(line, 2), *object = json_array_get(objects, 0);
    const double c = cos(M_PI / 6), s = sin(M_PI / 6);
    const double signs[][2] = {{40, 8}, {40, -8}, {-40, -8}, {-40, 8}};
    const json_t *corners = json_object_get(object, "corners");
    assert_int_equal(json_array_size(corners), 4);
    for (size_t i = 0; i < 4; i++) {
        near(number(json_array_get(corners, i), 0), 64 + signs[i][0] * c - signs[i][1] * s, .011);
        near(number(json_array_get(corners, i), 1), 48 + signs[i][0] * s + signs[i][1] * c, .011);
    }
    assert_box(object, 64 - 40 * c - 8 * s, 48 - 40 * s - 8 * c, 80 * c + 16 * s, 80 * s + 16 * c);
    near(json_number_value(json_object_get(json_array_get(objects, 1), "score")), .7, 1e-4);
    json_decref(line);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pose_comes_with_its_keypoints),
        cmocka_unit_test(a_mask_comes_in_runs_down_the_columns),
        cmocka_unit_test(a_turned_box_comes_with_its_corners),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
