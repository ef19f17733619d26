// SPDX-License-Identifier: Apache-2.0
// The command line itself: help, version, wrong options, wrong values, environment.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

static void assert_usage(struct answer answer, const char *message)
{
    assert_string_equal(answer.err, message);
    assert_string_equal(answer.out, "");
    assert_int_equal(answer.code, 2);
    answer_finish(&answer);
}

static void help_lists_every_command_and_exits_0(void **state)
{
    (void)state;
    static const char *const commands[] = {"detect",           "inspect",      "doctor",
                                           "bench throughput", "bench stages", "models list",
                                           "models pull",      "help"};
    struct answer answer = run_program("--help", NULL);
    assert_int_equal(answer.code, 0);
    assert_string_equal(answer.err, "");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        assert_non_null(strstr(answer.out, commands[i]));
    answer_finish(&answer);
}

static void the_help_of_detect_lists_every_option(void **state)
{
    (void)state;
    static const char *const options[] = {
        "-m, --model MODEL",
        "--model-dir",
        "-o, --output OUT",
        "--[no-]draw",
        "--every",
        "--max-frames",
        "--max-pixels",
        "--backend",
        "--family",
        "--labels",
        "--classes",
        "--conf",
        "--iou",
        "--size WxH",
        "--max-objects",
        "--threads",
        "--lanes",
        "--ort-library",
        "--log-level",
        "--log-json",
        "-h, --help",
        "default 268435456",
        "0 to 1",
        "default warn",
    };
    struct answer answer = run_program("detect", "--help", NULL);
    assert_int_equal(answer.code, 0);
    assert_string_equal(answer.err, "");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (!strstr(answer.out, options[i]))
            fail_msg("detect --help does not tell of %s", options[i]);
    answer_finish(&answer);
}

static void every_command_has_help(void **state)
{
    (void)state;
    static const char *const commands[][3] = {{"inspect", "--help"},
                                              {"doctor", "--help"},
                                              {"bench", "throughput", "--help"},
                                              {"bench", "stages", "--help"},
                                              {"bench", "--help"}};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const char *const *words = commands[i];
        struct answer answer = run_program(words[0], words[1], words[2], NULL);
        assert_int_equal(answer.code, 0);
        assert_string_equal(answer.err, "");
        assert_non_null(strstr(answer.out, "usage: chiton "));
        answer_finish(&answer);
    }
}

static void the_version_is_one_line(void **state)
{
    (void)state;
    struct answer answer = run_program("--version", NULL);
    assert_int_equal(answer.code, 0);
    assert_int_equal(strncmp(answer.out, "chiton ", 7), 0);
    assert_int_equal(count_lines(answer.out), 1);
    answer_finish(&answer);
}

static void a_wrong_command_names_the_nearest(void **state)
{
    (void)state;
    assert_usage(run_program(NULL, NULL), "error: chiton: say what to do: see chiton --help\n");
    assert_usage(run_program("detct", NULL),
                 "error: chiton: unknown command detct; did you mean detect?\n");
    assert_usage(run_program("bench", "thruput", NULL),
                 "error: chiton: unknown command thruput; see chiton --help\n");
    assert_usage(run_program("bench", "stage", NULL),
                 "error: chiton: unknown command stage; did you mean bench stages?\n");
    assert_usage(run_program("bench", NULL), "error: bench: say which: see chiton --help\n");
    assert_usage(run_program("qqqqqq", NULL),
                 "error: chiton: unknown command qqqqqq; see chiton --help\n");
}

static void a_wrong_option_names_the_nearest(void **state)
{
    (void)state;
    assert_usage(run_program("detect", "--max-frame", "3", "x", NULL),
                 "error: detect: unknown option --max-frame; did you mean --max-frames?\n");
    assert_usage(run_program("detect", "--quite-another", "x", NULL),
                 "error: detect: unknown option --quite-another\n");
    assert_usage(run_program("detect", "-q", "x", NULL), "error: detect: unknown option -q\n");
}

static void a_value_out_of_range_is_named_with_the_range(void **state)
{
    (void)state;
    assert_usage(run_program("detect", "--conf", "1.4", "x", NULL),
                 "error: detect: --conf = 1.4: expected 0 to 1\n");
    assert_usage(run_program("detect", "--every", "0", "x", NULL),
                 "error: detect: --every = 0: expected 1 to 1000000\n");
    assert_usage(run_program("detect", "--max-frames", "-1", "x", NULL),
                 "error: detect: --max-frames = -1: expected 0 or more\n");
    assert_usage(run_program("detect", "--lanes", "many", "x", NULL),
                 "error: detect: --lanes = many: expected a whole number, 0 to 256\n");
    assert_usage(run_program("detect", "--backend", "cuda", "x", NULL),
                 "error: detect: --backend = cuda: expected auto, ort or fake\n");
    assert_usage(run_program("detect", "--conf", NULL), "error: detect: --conf needs a value\n");
}

static void a_wrong_size_is_a_wrong_call(void **state)
{
    (void)state;
    static const char *const sizes[] = {"640", "640x", "0x480", "640x480x3", "640 480", "x"};
    write_model("size.json");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct answer answer =
            run_program("detect", "x.ppm", "-m", "size.json", "--size", sizes[i], NULL);
        assert_int_equal(answer.code, 2);
        assert_non_null(strstr(answer.err, "expected WIDTHxHEIGHT in pixels, as in 640x480"));
        answer_finish(&answer);
    }
}

static void the_environment_stands_in_for_an_option(void **state)
{
    (void)state;
    setenv("CHITON_CONF", "7", 1);
    assert_usage(run_program("detect", "x", NULL),
                 "error: detect: CHITON_CONF = 7: expected 0 to 1\n");
    write_model("env.json");
    write_picture("env.ppm", 64, 48, 0);
    setenv("CHITON_CONF", "0.9", 1);
    struct answer answer = run_program("detect", "env.ppm", "-m", "env.json", NULL);
    assert_string_equal(answer.err, "");
    assert_non_null(strstr(answer.out, "\"objects\":[]"));
    answer_finish(&answer);
    answer = run_program("detect", "env.ppm", "-m", "env.json", "--conf", "0.5", NULL);
    assert_non_null(strstr(answer.out, "\"label\":\"car\""));
    answer_finish(&answer);
    unsetenv("CHITON_CONF");
}

static void detect_wants_input_and_model(void **state)
{
    (void)state;
    assert_usage(run_program("detect", NULL), "error: detect: expected INPUT...\n");
    assert_usage(run_program("detect", "x", NULL),
                 "error: --model: missing: name the model to use\n");
}

static void messages_can_be_lines_of_json(void **state)
{
    (void)state;
    struct answer answer = run_program("detect", "x", "--log-json", NULL);
    assert_int_equal(answer.code, 2);
    assert_int_equal(strncmp(answer.err, "{\"time\":\"", 9), 0);
    assert_non_null(strstr(answer.err, "\"level\":\"error\",\"scope\":\"--model\",\"text\":"
                                       "\"missing: name the model to use\"}\n"));
    answer_finish(&answer);
}

static void log_level_none_says_nothing(void **state)
{
    (void)state;
    assert_usage(run_program("detect", "x", "--log-level", "none", NULL), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command_and_exits_0),
        cmocka_unit_test(the_help_of_detect_lists_every_option),
        cmocka_unit_test(every_command_has_help),
        cmocka_unit_test(the_version_is_one_line),
        cmocka_unit_test(a_wrong_command_names_the_nearest),
        cmocka_unit_test(a_wrong_option_names_the_nearest),
        cmocka_unit_test(a_value_out_of_range_is_named_with_the_range),
        cmocka_unit_test(a_wrong_size_is_a_wrong_call),
        cmocka_unit_test(the_environment_stands_in_for_an_option),
        cmocka_unit_test(detect_wants_input_and_model),
        cmocka_unit_test(messages_can_be_lines_of_json),
        cmocka_unit_test(log_level_none_says_nothing),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
