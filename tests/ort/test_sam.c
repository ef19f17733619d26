// SPDX-License-Identifier: Apache-2.0
// Segment Anything on ONNX Runtime: the masks of the made encoders and decoders of
// tests/models/make.py are those that rembg's own session makes of them (tools/oracle/sam.py), and,
// of the form whose picture is a square, those of the oracle (sam_square.py), pixel by pixel. Skips
// without the library or the models.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chiton/chiton.h>

static const struct {
    const char *name;
    int width, height, count;
    struct ct_prompt prompts[3];
} cases[] = {
    {"middle", 150, 101, 0, {{0}}},
    {"points",
     150,
     101,
     3,
     {{CT_PROMPT_FOREGROUND, 40, 30, 0, 0},
      {CT_PROMPT_FOREGROUND, 52.5, 33.25, 0, 0},
      {CT_PROMPT_BACKGROUND, 60, 45, 0, 0}}},
    {"box", 60, 90, 1, {{CT_PROMPT_BOX, 10, 12, 44, 70}}},
    {"all",
     60,
     90,
     3,
     {{CT_PROMPT_FOREGROUND, 12, 80, 0, 0},
      {CT_PROMPT_BOX, 50, 40, 5, 5}, // other corners of the same box
      {CT_PROMPT_BACKGROUND, 30.5, 20, 0, 0}}},
    {"wide",
     1400,
     24,
     2,
     {{CT_PROMPT_FOREGROUND, 700, 12, 0, 0}, {CT_PROMPT_BOX, 900, 2, 1250, 20}}},
    {"half", // the shorter side is a half of a pixel more than a whole number, when it is resized
     2048,
     13,
     2,
     {{CT_PROMPT_FOREGROUND, 1000, 5, 0, 0}, {CT_PROMPT_BOX, 200, 1, 600, 10}}},
};
enum { CASES = sizeof cases / sizeof *cases, REMBG_CASES = CASES - 1 };

static ct_model *model, *square;

// A board of fields of 8 x 8 that are red or not, with noise in all channels.
static ct_frame *make_picture(int width, int height)
{
    ct_frame *frame = NULL;
    uint32_t state = 1;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, width, height), 0);
    uint8_t *data = ct_frame_writable(frame, 0);
    ptrdiff_t stride = ct_frame_picture(frame)->stride[0];
    for (int y = 0; y < height; y++)
        for (int i = 0; i < 3 * width; i++) {
            int red = i % 3 ? 0 : 64 + 96 * ((i / 3 / 8 + y / 8) % 2);
            state = state * 1664525u + 1013904223u;
            data[y * stride + i] = (uint8_t)((state >> 26) + (unsigned)red);
        }
    return frame;
}

static void expect_mask(const char *form, const char *name, const struct ct_matte *matte)
{
    char path[1024], *line = malloc((size_t)matte->width + 2);
    snprintf(path, sizeof path, "%s/%s_%s.txt", GOLDEN, form, name);
    FILE *file = fopen(path, "r");
    assert_true(file && line);
    int set = 0;
    for (int y = 0; y < matte->height; y++) {
        assert_non_null(fgets(line, matte->width + 2, file));
        for (int x = 0; x < matte->width; x++) {
            int alpha = matte->alpha[y * matte->stride + x];
            if (alpha != (line[x] == '#' ? 255 : 0))
                fail_msg("%s %s: %d at %d,%d where the oracle has %c", form, name, alpha, x, y,
                         line[x]);
            set += alpha > 0;
        }
    }
    assert_true(set > 0);
    fclose(file);
    free(line);
}

static void expect_masks(ct_model *by, const char *form, int count)
{
    for (int round = 0; round < 2; round++) // prompts of a run are gone with it
        for (int i = 0; i < count; i++) {
            ct_frame *frame = make_picture(cases[i].width, cases[i].height);
            struct ct_result *result = NULL;
            assert_int_equal(
                ct_model_run_prompted(by, frame, cases[i].prompts, cases[i].count, &result), 0);
            assert_int_equal(result->matte_count, 1);
            expect_mask(form, cases[i].name, &result->mattes[0]);
            assert_string_equal(result->mattes[0].label, "foreground");
            ct_result_destroy(&result);
            ct_frame_unref(&frame);
        }
}

static void masks_are_rembgs(void **state)
{
    (void)state;
    expect_masks(model, "sam", REMBG_CASES);
}

static void masks_of_a_square_are_the_oracles(void **state)
{
    (void)state;
    expect_masks(square, "sam_square", CASES);
}

static void without_prompts_the_middle_is_meant(void **state)
{
    (void)state;
    ct_frame *frame = make_picture(150, 101);
    for (int i = 0; i < 2; i++) {
        struct ct_result *result = NULL;
        assert_int_equal(ct_model_run(i ? square : model, frame, &result), 0);
        expect_mask(i ? "sam_square" : "sam", "middle", &result->mattes[0]);
        ct_result_destroy(&result);
    }
    ct_frame_unref(&frame);
}

static void prompts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    ct_frame *frame = make_picture(60, 40);
    struct ct_result *result = NULL;
    const struct ct_prompt beside = {CT_PROMPT_FOREGROUND, 61, 4, 0, 0}, none = {0};
    assert_int_equal(ct_model_run_prompted(model, frame, &beside, 1, &result), CT_ERROR_INVALID);
    assert_int_equal(ct_model_run_prompted(model, frame, &none, 1, &result), CT_ERROR_INVALID);
    assert_int_equal(ct_model_run_prompted(model, frame, NULL, 1, &result), CT_ERROR_INVALID);
    assert_null(result);
    ct_frame_unref(&frame);
}

static void embeddings_of_another_size_are_told(void **state)
{
    (void)state;
    char path[1024];
    ct_model *odd = NULL;
    struct ct_result *result = NULL;
    ct_frame *frame = make_picture(60, 40);
    snprintf(path, sizeof path, "%s/odd.encoder.onnx", getenv("CHITON_TEST_MODELS"));
    assert_int_equal(ct_model_open(&odd, path, NULL), 0);
    assert_int_equal(ct_model_run(odd, frame, &result), CT_ERROR_FORMAT);
    assert_null(result);
    ct_model_close(&odd);
    ct_frame_unref(&frame);
}

static void both_files_are_described_as_one(void **state)
{
    (void)state;
    const struct ct_model_info *info = ct_model_info(model);
    assert_string_equal(info->family, "sam");
    assert_true(info->width == 1024 && info->height == 684);
    assert_int_equal(info->input_count, 6);
    assert_string_equal(info->inputs[0].name, "input_image");
    assert_string_equal(info->inputs[5].name, "orig_im_size");
    assert_string_equal(info->outputs[0].name, "masks");
    info = ct_model_info(square);
    assert_string_equal(info->family, "sam");
    assert_true(info->width == 1024 && info->height == 1024);
    assert_int_equal(info->input_count, 6);
    assert_string_equal(info->inputs[0].name, "x");
    assert_string_equal(info->preparation,
                        "layout nchw, order rgb, fit top_left, mean [123.68, 116.28, 103.53], "
                        "scale [0.017125, 0.017507, 0.017429]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_files_are_described_as_one),
        cmocka_unit_test(masks_are_rembgs),
        cmocka_unit_test(masks_of_a_square_are_the_oracles),
        cmocka_unit_test(without_prompts_the_middle_is_meant),
        cmocka_unit_test(prompts_that_cannot_be_are_refused),
        cmocka_unit_test(embeddings_of_another_size_are_told),
    };
    const char *models = getenv("CHITON_TEST_MODELS");
    char path[1024];
    snprintf(path, sizeof path, "%s/sam.encoder.onnx", models ? models : "");
    int error = models ? ct_model_open(&model, path, NULL) : CT_ERROR_NOT_FOUND;
    snprintf(path, sizeof path, "%s/sam_square.encoder.onnx", models ? models : "");
    error = error ? error : ct_model_open(&square, path, NULL);
    if (error == CT_ERROR_UNSUPPORTED || error == CT_ERROR_NOT_FOUND) {
        printf("needs ONNX Runtime, and in CHITON_TEST_MODELS what tests/models/make.py makes\n");
        return 77;
    }
    int failed = error ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    ct_model_close(&model);
    ct_model_close(&square);
    return failed;
}
