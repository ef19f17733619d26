// SPDX-License-Identifier: Apache-2.0
// Cut-outs in memory, by a made model of mattes.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <chiton/cutout.h>

#include "base/mem.h"

enum { SIDE = 16, HEAD = 13 };

static ct_model *model;
static ct_cutter *cutter;
static unsigned char picture[HEAD + 3 * SIDE * SIDE];
static unsigned char *bytes;
static size_t size;

static int set_up(void **state)
{
    char path[4096];
    const char *models = getenv("CHITON_TEST_MODELS");
    (void)state;
    snprintf(path, sizeof path, "%s/u2net.onnx", models ? models : ".");
    memcpy(picture, "P6 16 16 255\n", HEAD);
    for (int i = 0; i < 3 * SIDE * SIDE; i++)
        picture[HEAD + i] = (unsigned char)(i * 7);
    return ct_model_open(&model, path, NULL) ? 0 : ct_cutter_open(&cutter, model, 2);
}

static int tear_down(void **state)
{
    (void)state;
    ct_cutter_free(&bytes);
    ct_cutter_close(&cutter);
    ct_model_close(&model);
    return 0;
}

static void need_model(void)
{
    if (cutter)
        return;
    print_message("u2net.onnx of CHITON_TEST_MODELS or ONNX Runtime is not here\n");
    skip();
}

static int run(const struct ct_cutout_params *params)
{
    ct_cutter_free(&bytes);
    return ct_cutter_run(cutter, picture, sizeof picture, 0, params, &bytes, &size);
}

static void a_picture_becomes_a_png(void **state)
{
    (void)state;
    need_model();
    assert_int_equal(run(NULL), CT_OK);
    assert_memory_equal(bytes, "\x89PNG\r\n", 6);
    assert_memory_equal(bytes + 16, "\0\0\0\x10\0\0\0\x10\x08\x06", 10); // RGBA of 8 bits
}

static void parameters_may_change_from_run_to_run(void **state)
{
    (void)state;
    need_model();
    assert_int_equal(run(&(struct ct_cutout_params){.only_mask = 1}), CT_OK);
    assert_int_equal(bytes[25], 0); // grey
    assert_int_equal(run(&(struct ct_cutout_params){.format = ".jpg"}), CT_OK);
    assert_memory_equal(bytes, "\xff\xd8", 2);
    assert_int_equal(run(NULL), CT_OK);
    assert_int_equal(bytes[25], 6);
}

static void the_model_lives_as_long_as_its_cutter(void **state)
{
    (void)state;
    need_model();
    ct_model_close(&model);
    assert_int_equal(run(NULL), CT_OK);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    need_model();
    assert_int_equal(run(&(struct ct_cutout_params){.format = ".doc"}), CT_ERROR_INVALID);
    assert_int_equal(run(&(struct ct_cutout_params){.background = "a.png"}), CT_ERROR_INVALID);
    assert_int_equal(ct_cutter_run(cutter, "hello", 5, 0, NULL, &bytes, &size),
                     CT_ERROR_UNSUPPORTED);
    assert_int_equal(ct_cutter_run(cutter, picture, 100, 0, NULL, &bytes, &size), CT_ERROR_FORMAT);
    assert_int_equal(ct_cutter_run(cutter, picture, sizeof picture, 255, NULL, &bytes, &size),
                     CT_ERROR_LIMIT);
    assert_int_equal(ct_cutter_run(cutter, NULL, 0, 0, NULL, &bytes, &size), CT_ERROR_INVALID);
    assert_null(bytes);
    ct_cutter *none = NULL;
    assert_int_equal(ct_cutter_open(&none, NULL, 0), CT_ERROR_INVALID);
    assert_int_equal(ct_cutter_open(&none, model, -1), CT_ERROR_INVALID);
}

// An encoder and a decoder without an inference library: the mask is everything.
static void write_sam(const char *folder, char path[64])
{
    static const char *const halves[][2] = {
        {"encoder", "\"inputs\":[{\"name\":\"input_image\",\"shape\":[-1,-1,3]}],"
                    "\"outputs\":[{\"name\":\"image_embeddings\",\"shape\":[1,2,4,4]}]"},
        {"decoder",
         "\"inputs\":[{\"name\":\"image_embeddings\",\"shape\":[1,2,4,4]},"
         "{\"name\":\"point_coords\",\"shape\":[1,-1,2]},"
         "{\"name\":\"point_labels\",\"shape\":[1,-1]},"
         "{\"name\":\"mask_input\",\"shape\":[1,1,8,8]},"
         "{\"name\":\"has_mask_input\",\"shape\":[1]},{\"name\":\"orig_im_size\",\"shape\":[2]}],"
         "\"outputs\":[{\"name\":\"masks\",\"shape\":[1,1,684,1024],\"fill\":1}]"}};
    for (int i = 2; i--;) {
        snprintf(path, 64, "%s/x.%s.json", folder, halves[i][0]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "{\"chiton_fake\":1,%s}", halves[i][1]);
        assert_int_equal(fclose(file), 0);
    }
}

static int cut_by(ct_model *by, const struct ct_prompt *prompts, int count)
{
    ct_cutter *own = NULL;
    const struct ct_cutout_params params = {.prompts = prompts, .prompt_count = count};
    int error = ct_cutter_open(&own, by, 0);
    ct_cutter_free(&bytes);
    error = error ? error : ct_cutter_run(own, picture, sizeof picture, 0, &params, &bytes, &size);
    ct_cutter_close(&own);
    return error;
}

static void prompts_are_those_of_the_run(void **state)
{
    char folder[] = "/tmp/chiton-cutter-XXXXXX", path[64], command[64];
    ct_model *sam = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_sam(folder, path);
    assert_int_equal(ct_model_open(&sam, path, NULL), 0);
    struct ct_prompt prompts[2] = {{CT_PROMPT_FOREGROUND, 3, 4, 0, 0},
                                   {CT_PROMPT_BOX, 1, 2, 16, 9}};
    assert_int_equal(cut_by(sam, prompts, 2), 0);
    assert_int_equal(cut_by(sam, NULL, 0), 0);
    assert_int_equal(cut_by(sam, prompts, 1), 0);
    prompts[1].x2 = 17;
    assert_int_equal(cut_by(sam, prompts, 2), CT_ERROR_INVALID);
    assert_int_equal(cut_by(sam, prompts, -1), CT_ERROR_INVALID);
    for (uint64_t n = 1, failed = 1; failed; n++) {
        ct__mem_fail(n);
        int error = cut_by(sam, prompts, 1);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
    }
    ct_model_close(&sam);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void a_model_that_takes_no_prompts_refuses_them(void **state)
{
    (void)state;
    need_model();
    const struct ct_prompt prompt = {CT_PROMPT_FOREGROUND, 3, 4, 0, 0};
    assert_int_equal(cut_by(model, &prompt, 1), CT_ERROR_INVALID);
    assert_int_equal(cut_by(model, NULL, 0), 0);
}

static void every_lack_of_memory_is_told(void **state)
{
    bool failed = true;
    (void)state;
    need_model();
    for (uint64_t n = 1; failed; n++) {
        ct_cutter *own = NULL;
        ct_cutter_free(&bytes);
        ct__mem_fail(n);
        int error = ct_cutter_open(&own, model, 2);
        if (!error)
            error = ct_cutter_run(own, picture, sizeof picture, 0, NULL, &bytes, &size);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        ct_cutter_close(&own);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_picture_becomes_a_png),
        TEST(parameters_may_change_from_run_to_run),
        TEST(the_model_lives_as_long_as_its_cutter),
        TEST(what_cannot_be_is_refused),
        TEST(prompts_are_those_of_the_run),
        TEST(a_model_that_takes_no_prompts_refuses_them),
        TEST(every_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("pipeline/cutter", tests, NULL, NULL);
}
