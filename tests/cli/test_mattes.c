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

// How many pixels of the bars are in the mask for these options; -1 and the reason where there is
// none. The model has both names by which it may be asked for; a folder that has one, too, is no
// model.
static int count_mask(const char *options, char *reason, size_t size)
{
    char line[4096];
    const char *models = getenv("CHITON_TEST_MODELS");
    snprintf(
        line, sizeof line,
        "mkdir -p named sam && for half in encoder decoder; do "
        "ln -sf '%s/sam.'$half.onnx named/sam_vit_b_01ec64.$half.onnx; "
        "ln -sf '%s/sam.'$half.onnx named/other.$half.quant.onnx; "
        "ln -sf '%s/sam_square.'$half.onnx named/sam_vit_b.$half.onnx; done; "
        "tail -c %d bars.ppm | '%s' cutout - --raw %dx%d --only-mask --model-dir named -m sam %s "
        "2>reason | tr -d '\\0' | wc -c",
        models, models, models, 3 * BARS_WIDTH * BARS_HEIGHT, program_path(), BARS_WIDTH,
        BARS_HEIGHT, options);
    struct answer answer = run_other("/bin/sh", (const char *[]){"-c", line, NULL});
    int count = atoi(answer.out);
    answer_finish(&answer);
    FILE *file = fopen("reason", "r");
    assert_non_null(file);
    reason[fread(reason, 1, size - 1, file)] = 0;
    fclose(file);
    return reason[0] ? -1 : count;
}

static void expect_mask(const char *options, int count)
{
    char reason[1024];
    int found = count_mask(options, reason, sizeof reason);
    if (found != count)
        fail_msg("%s: %d pixels, expected %d%s", options, found, count, reason);
}

static void expect_reason(const char *options, const char *expected)
{
    char reason[1024];
    assert_int_equal(count_mask(options, reason, sizeof reason), -1);
    if (!strstr(reason, expected))
        fail_msg("%s: \"%s\" does not say \"%s\"", options, reason, expected);
}

// The numbers are rembg's for these models.
static void sam_cuts_out_what_it_is_pointed_at(void **state)
{
    (void)state;
    expect("sam.encoder", NULL, (const char *[]){"foreground"}, (double[]){697. / 6144}, 1);
    expect_mask("", 697); // a disc of radius 15 around the middle, without its border
    expect_mask("--point 40.25,30", 700);
    expect_mask("--box 20.5,10.5,59.5,49.5", 39 * 39);
    expect_mask("--box 59.5,49.5,20.5,10.5 --point 48.25,32:0", 867);
    expect_mask("-x '{\"sam_prompt\": [{\"type\": \"rectangle\", "
                "\"data\": [20.5, 10.5, 59.5, 49.5]}]}'",
                39 * 39);
    expect_mask("-x '{\"sam_model\": \"other\", \"sam_quant\": true}'", 697);
}

// The numbers are the oracle's, tools/oracle/sam_square.py.
static void sam_of_a_square_does_so_too(void **state)
{
    (void)state;
    expect("sam_square.encoder", NULL, (const char *[]){"foreground"}, (double[]){712. / 6144}, 1);
    expect_mask("-x '{\"sam_model\": \"sam_vit_b\"}'", 712);
    expect_mask("-x '{\"sam_model\": \"sam_vit_b\"}' --point 40.25,30", 706);
    expect_mask("-x '{\"sam_model\": \"sam_vit_b\"}' --box 20.5,10.5,59.5,49.5", 39 * 39);
    expect_mask("-x '{\"sam_model\": \"sam_vit_b\"}' --box 20.5,10.5,59.5,49.5 --point 48.25,32:0",
                855);
}

static void prompts_that_cannot_be_are_told(void **state)
{
    (void)state;
    struct answer answer = run("sam.encoder", "bars.ppm", "--conf=0.5", NULL);
    answer_finish(&answer);
    expect_reason("--point 97,3", "prompt 1: 97,3 lies outside the picture of 96x64");
    expect_reason("--point 1,2 --box 1,2,3,65", "prompt 2: 3,65 lies outside");
    expect_reason("--point 5", "error: --point: 5: expected X,Y or X,Y:LABEL");
    expect_reason("--box 5", "error: --box: 5: expected X1,Y1,X2,Y2");
    expect_reason("-x '{\"sam_prompt\": 1}'", "error: --extras: 1:16: sam_prompt = 1: expected");
    expect_reason("-x '{\"sam_model\": \"another\"}'", "another: no such model");
}

static void a_half_of_sam_is_told(void **state)
{
    (void)state;
    char line[4096];
    struct answer answer = run("sam.encoder", "bars.ppm", "--conf=0.5", NULL);
    answer_finish(&answer);
    snprintf(line, sizeof line, "cp '%s/sam.encoder.onnx' alone.encoder.onnx",
             getenv("CHITON_TEST_MODELS"));
    assert_int_equal(system(line), 0);
    answer = run_program("detect", "bars.ppm", "-m", "alone.encoder.onnx", NULL);
    assert_non_null(strstr(answer.err, "its decoder is not beside it"));
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
        cmocka_unit_test(sam_cuts_out_what_it_is_pointed_at),
        cmocka_unit_test(sam_of_a_square_does_so_too),
        cmocka_unit_test(prompts_that_cannot_be_are_told),
        cmocka_unit_test(a_half_of_sam_is_told),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
