// SPDX-License-Identifier: Apache-2.0
// Families of mattes with the exact tensors of their exports, from real graphs
// (tests/models/make.py) to the line of JSON. The picture of 96 x 64 has bars of blue on both sides
// of (200,100,50). Skips without the models or ONNX Runtime.
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

enum { WIDTH = 96, HEIGHT = 64, BAR = 16 };

static void write_bars(const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6\n%d %d\n255\n", WIDTH, HEIGHT);
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        bool bar = i % WIDTH < BAR || i % WIDTH >= WIDTH - BAR;
        fwrite(bar ? "\x00\x00\xff" : "\xc8\x64\x32", 1, 3, file);
    }
    assert_int_equal(fclose(file), 0);
}

// Runs detect with one of the models; skips without anything that runs it.
static struct answer run(const char *model, const char *first, const char *second,
                         const char *option)
{
    const char *models = getenv("CHITON_TEST_MODELS");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.onnx", models ? models : "", model);
    if (!models || !file_exists(path))
        skip();
    write_bars("bars.ppm");
    struct answer answer = run_program("detect", first, second, "-m", path, option, NULL);
    if (strstr(answer.err, "ONNX Runtime")) {
        answer_finish(&answer);
        skip();
    }
    if (answer.code)
        fail_msg("exit %d: %s", answer.code, answer.err);
    return answer;
}

// Compares one line; returns what follows it.
static const char *expect_mattes(const char *line, const char *const *labels, const double *means,
                                 int count)
{
    json_error_t error;
    json_t *result = json_loads(line, JSON_DISABLE_EOF_CHECK, &error);
    assert_non_null(result);
    const json_t *mattes = json_object_get(result, "mattes");
    assert_int_equal(json_array_size(mattes), count);
    for (int i = 0; i < count; i++) {
        const json_t *matte = json_array_get(mattes, (size_t)i);
        assert_string_equal(json_string_value(json_object_get(matte, "label")), labels[i]);
        double mean = json_number_value(json_object_get(matte, "mean"));
        if (!(fabs(mean - means[i]) < .006))
            fail_msg("%s covers %.4f, expected %.4f", labels[i], mean, means[i]);
    }
    json_decref(result);
    return strchr(line, '\n') + 1;
}

static void expect(const char *model, const char *option, const char *const *labels,
                   const double *means, int count)
{
    struct answer answer = run(model, "bars.ppm", option ? option : "--conf=0.5", NULL);
    const char *rest = expect_mattes(answer.out, labels, means, count);
    assert_string_equal(rest, "");
    answer_finish(&answer);
}

static void u2net_takes_red_for_the_foreground(void **state)
{
    (void)state;
    expect("u2net", NULL, (const char *[]){"foreground"}, (double[]){2 / 3.}, 1);
}

static void birefnet_is_known_by_the_names_of_its_tensors(void **state)
{
    (void)state;
    expect("birefnet", NULL, (const char *[]){"foreground"}, (double[]){2 / 3.}, 1);
}

static void clothes_are_mattes_each(void **state)
{
    (void)state;
    expect("cloth", NULL, (const char *[]){"upper", "lower", "full"}, (double[]){2 / 3., 0, 1 / 3.},
           3);
    expect("cloth", "--classes=full", (const char *[]){"full"}, (double[]){1 / 3.}, 1);
}

static void modnet_takes_any_size(void **state)
{
    (void)state;
    expect("modnet", NULL, (const char *[]){"person"}, (double[]){2 / 3. * 200 / 255}, 1);
}

// The same for any number of lanes: a recurrent model sees a stream's frames one after the other.
static void the_state_of_a_recurrent_model_goes_from_frame_to_frame(void **state)
{
    (void)state;
    for (int lanes = 1; lanes < 4; lanes++) {
        char option[16];
        snprintf(option, sizeof option, "--lanes=%d", lanes);
        struct answer answer = run("rvm", "lavfi:color=red:s=64x48:r=5:d=1", option, NULL);
        const char *line = answer.out;
        for (int i = 0; i < 5; i++)
            line = expect_mattes(line, (const char *[]){"person"}, (double[]){i / 4.}, 1);
        assert_string_equal(line, "");
        answer_finish(&answer);
    }
}

static void a_recurrent_model_begins_anew_with_each_picture_and_clip(void **state)
{
    (void)state;
    struct answer answer = run("rvm", "bars.ppm", "bars.ppm", "--lanes=2");
    const char *line = answer.out;
    for (int i = 0; i < 2; i++)
        line = expect_mattes(line, (const char *[]){"person"}, (double[]){0}, 1);
    answer_finish(&answer);
    write_clip("clip.mkv", 3);
    answer = run("rvm", "clip.mkv", "clip.mkv", "--lanes=2");
    line = answer.out;
    for (int i = 0; i < 6; i++)
        line = expect_mattes(line, (const char *[]){"person"}, (double[]){i % 3 / 4.}, 1);
    assert_string_equal(line, "");
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u2net_takes_red_for_the_foreground),
        cmocka_unit_test(birefnet_is_known_by_the_names_of_its_tensors),
        cmocka_unit_test(clothes_are_mattes_each),
        cmocka_unit_test(modnet_takes_any_size),
        cmocka_unit_test(the_state_of_a_recurrent_model_goes_from_frame_to_frame),
        cmocka_unit_test(a_recurrent_model_begins_anew_with_each_picture_and_clip),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
