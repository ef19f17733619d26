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
        TEST(every_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("pipeline/cutter", tests, NULL, NULL);
}
