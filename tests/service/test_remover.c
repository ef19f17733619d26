// SPDX-License-Identifier: Apache-2.0
// A remover that cannot begin leaves nothing behind; test_remove.py asks one that has.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <chiton/remover.h>

#include "base/log.h"
#include "base/mem.h"

static struct ct_remover_params params;

static int set_up(void **state)
{
    static const char *const models[] = {"u2net"};
    (void)state;
    params = (struct ct_remover_params){
        .service = {.listen = "127.0.0.1:0"},
        .models = models,
        .model_count = 1,
        .model_folder = getenv("CHITON_TEST_MODELS"),
        .lanes = 2,
    };
    return 0;
}

static void need_model(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/u2net.onnx", params.model_folder ? params.model_folder : ".");
    if (access(path, R_OK) == 0)
        return;
    print_message("u2net.onnx of CHITON_TEST_MODELS is not here\n");
    skip();
}

static void it_begins_and_ends(void **state)
{
    ct_remover *remover = NULL;
    (void)state;
    need_model();
    assert_int_equal(ct_remover_start(&remover, &params), CT_OK);
    assert_memory_equal(ct_remover_address(remover), "http://127.0.0.1:", 17);
    ct_remover_stop(&remover);
    assert_null(remover);
    ct_remover_stop(&remover);
    ct_remover_stop(NULL);
}

static void wrong_values_are_refused(void **state)
{
    ct_remover *remover = NULL;
    (void)state;
    need_model();
    assert_int_equal(ct_remover_start(NULL, &params), CT_ERROR_INVALID);
    struct ct_remover_params wrong[] = {params, params, params, params, params};
    wrong[0].lanes = -1;
    wrong[1].max_body = -1;
    wrong[2].idle_unload_s = -2;
    wrong[3].service.listen = "0.0.0.0:0";
    wrong[4].service.listen = "nowhere";
    char why[256];
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ct_remover_start(&remover, &wrong[i]), CT_ERROR_INVALID);
        ct__last_failure(why, sizeof why);
        if (i == 2)
            assert_string_equal(why, "idle_unload_s = -2: expected -1 to 2147483647");
    }
    wrong[0] = params;
    wrong[0].models = (const char *const[]){"../nowhere/u2net"};
    assert_int_equal(ct_remover_start(&remover, &wrong[0]), CT_ERROR_NOT_FOUND);
    wrong[0].models = (const char *const[]){"u2net", "u2net"};
    wrong[0].model_count = 2;
    assert_int_equal(ct_remover_start(&remover, &wrong[0]), CT_ERROR_INVALID);
    assert_null(remover);
}

static void every_lack_of_memory_is_told(void **state)
{
    bool failed = true;
    (void)state;
    need_model();
    for (uint64_t n = 1; failed; n++) {
        ct_remover *remover = NULL;
        ct__mem_fail(n);
        int error = ct_remover_start(&remover, &params);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        // A file that could not be remembered (runtime/session.c) is read again, no more.
        assert_true(error == CT_OK || (failed && error == CT_ERROR_MEMORY));
        ct_remover_stop(&remover);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(it_begins_and_ends),
        TEST(wrong_values_are_refused),
        TEST(every_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
