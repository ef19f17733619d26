// SPDX-License-Identifier: Apache-2.0
// Families with the exact tensors of their exports, from real graphs (tests/models/make.py) to the
// line of JSON, for a picture of 96 x 64 whose middle is of one colour. Skips without the models or
// ONNX Runtime.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "fixture.h"
#include "program.h"

// Runs detect with a model and one more option; false without anything that runs it.
static bool run_model(const char *model, const char *option, struct answer *answer)
{
    const char *models = getenv("CHITON_TEST_MODELS");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.onnx", models ? models : "", model);
    if (!models || !file_exists(path))
        return false;
    write_bars("bars.ppm");
    *answer = run_program("detect", "bars.ppm", "-m", path, option, NULL);
    if (!strstr(answer->err, "ONNX Runtime"))
        return true;
    answer_finish(answer);
    return false;
}

// The list of what was found; the caller has the reference. NULL without anything that runs it.
static json_t *found(const char *model, const char *what, size_t count)
{
    struct answer answer;
    if (!run_model(model, NULL, &answer))
        return NULL;
    json_t *line = json_loads(answer.out, 0, NULL);
    if (answer.code || !line)
        fail_msg("exit %d: %s", answer.code, answer.err);
    json_t *list = json_incref(json_object_get(line, what));
    assert_int_equal(json_array_size(list), count);
    json_decref(line);
    answer_finish(&answer);
    return list;
}

static void assert_one(const json_t *one, const char *label, double score, double most)
{
    assert_string_equal(json_string_value(json_object_get(one, "label")), label);
    double given = json_number_value(json_object_get(one, "score"));
    if (!(fabs(given - score) <= most))
        fail_msg("%s: %.4f, expected %.4f", label, given, score);
}

static void assert_box(const json_t *object, double x, double y, double width, double height)
{
    const double expected[] = {x, y, width, height};
    const json_t *box = json_object_get(object, "box");
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(json_number_value(json_array_get(box, i)) - expected[i]) < .011);
}

static void a_second_input_gets_the_size_of_the_picture(void **state)
{
    (void)state;
    json_t *objects = found("rtdetr", "objects", 2);
    if (!objects)
        skip();
    assert_one(json_array_get(objects, 0), "2", .9, 1e-4);
    assert_box(json_array_get(objects, 0), 24, 32, 24, 32);
    assert_one(json_array_get(objects, 1), "0", .75, 1e-4);
    assert_box(json_array_get(objects, 1), 0, 0, 48, 16);
    json_decref(objects);
}

static void logits_and_shares_become_objects(void **state)
{
    (void)state;
    json_t *objects = found("rfdetr", "objects", 1);
    if (!objects)
        skip();
    assert_one(json_array_get(objects, 0), "dog", 1 / (1 + exp(-2)), 1e-4);
    assert_box(json_array_get(objects, 0), 24, 24, 48, 16);
    json_decref(objects);
}

// Beside each other two queries may say the same: it is the network that decides.
static void one_output_of_queries_becomes_objects(void **state)
{
    (void)state;
    json_t *objects = found("rtdetr-ultralytics", "objects", 2);
    if (!objects)
        skip();
    assert_one(json_array_get(objects, 0), "dog", .9, 1e-4);
    assert_box(json_array_get(objects, 0), 24, 24, 48, 16);
    assert_one(json_array_get(objects, 1), "dog", .8, 1e-4);
    json_decref(objects);
}

// The picture lies at the top left, 64 x 43: three halves of a pixel each.
static void a_face_comes_from_its_prior(void **state)
{
    (void)state;
    json_t *objects = found("retinaface", "objects", 1);
    if (!objects)
        skip();
    const json_t *face = json_array_get(objects, 0);
    assert_one(face, "face", .75, 1e-4);
    assert_box(face, 24, 24, 48, 24);
    const json_t *point = json_array_get(json_object_get(face, "landmarks"), 4);
    assert_true(fabs(json_number_value(json_array_get(point, 0)) - 60) < .011);
    json_decref(objects);
}

static void check_colours(const char *model, const double logits[3], double most)
{
    static const char *const names[] = {"red", "green", "blue"};
    json_t *classes = found(model, "classes", 3);
    if (!classes)
        skip();
    double sum = exp(logits[0]) + exp(logits[1]) + exp(logits[2]);
    for (size_t i = 0; i < 3; i++)
        assert_one(json_array_get(classes, i), names[i], exp(logits[i]) / sum, most);
    json_decref(classes);
}

// Bars that were seen would show in the means.
static void a_classifier_sees_the_middle_in_bytes(void **state)
{
    (void)state;
    check_colours("classify_u8", (const double[]){2, 1, .5}, 1e-3);
}

static void a_classifier_sees_the_middle_in_signed_bytes(void **state)
{
    (void)state;
    check_colours("classify_i8", (const double[]){2, 1, .5}, 1e-3);
}

static void half_precision_goes_in_and_comes_out(void **state)
{
    (void)state;
    const double logits[] = {(200 - 123.675) / 58.395, (100 - 116.28) / 57.12,
                             (50 - 103.53) / 57.375};
    check_colours("classify_f16", logits, 2e-3);
}

static void a_size_must_suit_the_stride(void **state)
{
    (void)state;
    struct answer answer;
    if (!run_model("yolov8-open", "--size=650x480", &answer))
        skip();
    assert_int_equal(answer.code, 2);
    assert_non_null(strstr(answer.err, "size = 650x480: sides must be multiples of 64; the nearest "
                                       "are 640x448 and 704x512"));
    answer_finish(&answer);
    assert_true(run_model("classify_f16", "--size=50x70", &answer));
    assert_int_equal(answer.code, 0); // a classifier takes any
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_input_gets_the_size_of_the_picture),
        cmocka_unit_test(logits_and_shares_become_objects),
        cmocka_unit_test(one_output_of_queries_becomes_objects),
        cmocka_unit_test(a_face_comes_from_its_prior),
        cmocka_unit_test(a_classifier_sees_the_middle_in_bytes),
        cmocka_unit_test(a_classifier_sees_the_middle_in_signed_bytes),
        cmocka_unit_test(half_precision_goes_in_and_comes_out),
        cmocka_unit_test(a_size_must_suit_the_stride),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
