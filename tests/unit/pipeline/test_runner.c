// SPDX-License-Identifier: Apache-2.0
// A model run as it is, by the backend that answers what a file says.
#include "files.h"

#include <chiton/runner.h>

#include "base/mem.h"
#include "runtime/session.h"

static const char model[] =
    "{\"chiton_fake\": 1,"
    " \"inputs\": [{\"name\": \"a\", \"shape\": [1, -1]}],"
    " \"outputs\": [{\"name\": \"out\", \"shape\": [2], \"fill\": 3},"
    "               {\"name\": \"many\", \"type\": \"uint16\", \"shape\": [2, 2], \"fill\": 7}],"
    " \"mark\": {\"output\": 0, \"index\": 0, \"scale\": 1}}";

static ct_runner *runner;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/chiton-runner-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    write_text(in_folder("a.json"), model);
    return ct_runner_open(&runner, in_folder("a.json"), NULL);
}

static int tear_down(void **state)
{
    (void)state;
    ct_runner_close(&runner);
    unlink(in_folder("a.json"));
    return rmdir(folder);
}

static void it_tells_what_the_file_declares(void **state)
{
    (void)state;
    const struct ct_runner_info info = ct_runner_info(runner);
    assert_string_equal(info.backend, "fake");
    assert_int_equal(info.input_count, 1);
    assert_int_equal(info.output_count, 2);
    assert_string_equal(info.inputs[0].name, "a");
    assert_int_equal(info.inputs[0].dim[1], -1);
    assert_int_equal(info.outputs[1].type, CT_TYPE_U16);
    assert_true(info.memory_bytes >= 0);
}

static void tensors_go_in_and_come_out(void **state)
{
    struct ct_tensor input = {.rank = 2, .dim = {1, 4}};
    const struct ct_tensor *outputs = NULL;
    (void)state;
    assert_int_equal(ct_runner_run(runner, &outputs), CT_ERROR_INVALID);
    for (int length = 4; length <= 6; length += 2) {
        input.dim[1] = length;
        assert_int_equal(ct_runner_prepare(runner, &input), CT_OK);
        assert_string_equal(input.name, "a");
        assert_int_equal(input.type, CT_TYPE_F32);
        assert_int_equal(input.size, 4 * length);
        for (int i = 0; i < length; i++)
            ((float *)input.data)[i] = 5;
        assert_int_equal(ct_runner_run(runner, &outputs), CT_OK);
        assert_true(((const float *)outputs[0].data)[0] == 5);
        assert_true(((const float *)outputs[0].data)[1] == 3);
        assert_int_equal(outputs[1].size, 8);
        assert_int_equal(((const unsigned short *)outputs[1].data)[3], 7);
    }
}

static void the_same_shape_is_there_already(void **state)
{
    struct ct_tensor input = {.rank = 2, .dim = {1, 4}};
    (void)state;
    assert_int_equal(ct_runner_prepare(runner, &input), CT_OK);
    const void *data = input.data;
    uint64_t before = ct__mem_count();
    assert_int_equal(ct_runner_prepare(runner, &input), CT_OK);
    assert_ptr_equal(input.data, data);
    assert_int_equal(ct__mem_count(), before);
}

static void shapes_that_do_not_fit_are_refused(void **state)
{
    static const struct ct_tensor wrong[] = {{.rank = 1, .dim = {4}},
                                             {.rank = 2, .dim = {2, 4}},
                                             {.rank = -1},
                                             {.rank = CT_MAX_RANK + 1},
                                             {.rank = 2, .dim = {1, INT64_MAX}}};
    const struct ct_tensor *outputs = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ct_tensor input = wrong[i];
        assert_int_equal(ct_runner_prepare(runner, &input), CT_ERROR_INVALID);
        assert_int_equal(ct_runner_run(runner, &outputs), CT_ERROR_INVALID);
    }
    struct ct_tensor large = {.rank = 2, .dim = {1, INT64_C(1) << 32}};
    assert_int_equal(ct_runner_prepare(runner, &large), CT_ERROR_LIMIT);
}

static void runners_share_what_is_loaded(void **state)
{
    ct_runner *other = NULL;
    (void)state;
    assert_int_equal(ct_runner_open(&other, in_folder("a.json"), NULL), CT_OK);
    assert_int_equal(ct__session_loaded(), 1);
    ct_runner_close(&other);
    ct_runner_close(&other);
    assert_int_equal(ct_runner_open(&other, in_folder("b.json"), NULL), CT_ERROR_NOT_FOUND);
    assert_int_equal(ct_runner_open(&other, "", NULL), CT_ERROR_INVALID);
    assert_int_equal(ct_runner_open(NULL, "a", NULL), CT_ERROR_INVALID);
}

static void every_lack_of_memory_is_told(void **state)
{
    bool failed = true;
    (void)state;
    for (uint64_t n = 1; failed; n++) {
        struct ct_tensor input = {.rank = 2, .dim = {1, 4}};
        const struct ct_tensor *outputs = NULL;
        ct_runner *own = NULL;
        ct__mem_fail(n);
        int error = ct_runner_open(&own, in_folder("a.json"), NULL);
        error = error ? error : ct_runner_prepare(own, &input);
        error = error ? error : ct_runner_run(own, &outputs);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
        ct_runner_close(&own);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_tells_what_the_file_declares), TEST(tensors_go_in_and_come_out),
        TEST(the_same_shape_is_there_already), TEST(shapes_that_do_not_fit_are_refused),
        TEST(runners_share_what_is_loaded),    TEST(every_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
