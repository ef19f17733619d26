// SPDX-License-Identifier: Apache-2.0
// The command line as people write it: every form, every mistake with its sentence, and the help.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/option.h"

struct values {
    int track, draw;
    int64_t every, shift;
    double conf, gain;
    const char *model, *backend;
    struct ct__option_list outputs;
};

// clang-format off
static const struct ct__option first_options[] = {
    {"model", 'm', CT__OPTION_STRING, offsetof(struct values, model), .argument = "MODEL",
     .help = "model file, or the name of one in the model folders"},
    {"output", 'o', CT__OPTION_LIST, offsetof(struct values, outputs), .argument = "OUT",
     .help = "where results go"},
    {NULL},
};

static const struct ct__option no_options[] = {{NULL}};

static const struct ct__option second_options[] = {
    {"track", 't', CT__OPTION_FLAG, offsetof(struct values, track), .help = "follow objects"},
    {"draw", 'd', CT__OPTION_FLAG, offsetof(struct values, draw), .preset = "1",
     .help = "draw the objects"},
    {"every", 'n', CT__OPTION_INT, offsetof(struct values, every), .preset = "1", .least = 1,
     .most = INFINITY, .unit = "frames", .help = "look at one frame in so many"},
    {"shift", 0, CT__OPTION_INT, offsetof(struct values, shift), .help = "any whole number"},
    {"conf", 'c', CT__OPTION_FLOAT, offsetof(struct values, conf), .preset = "0.35", .most = 1,
     .help = "least score of an object, which this long sentence explains in more words than can "
             "stand in one line beside the name"},
    {"gain-of-the-input", 0, CT__OPTION_FLOAT, offsetof(struct values, gain), .least = -INFINITY,
     .most = 8, .argument = "DECIBEL", .help = "any number that is not too large"},
    {"backend", 0, CT__OPTION_CHOICE, offsetof(struct values, backend), .preset = "auto",
     .choices = "auto,ort,fake", .help = "what runs the model"},
    {NULL},
};
// clang-format on

static const struct ct__option *const groups[] = {first_options, no_options, second_options, NULL};

static const struct ct__command command = {
    .name = "detect",
    .operands = "INPUT...",
    .summary = "find objects in clips and pictures",
    .details = "Results are lines of JSON.\n  an example stays as it is",
    .least_operands = 1,
    .most_operands = 3,
    .groups = groups,
    .size = sizeof(struct values),
};

// What the last parse gave; finished by the teardown.
static struct values values;
static struct ct__option_list operands;
static struct ct__text message;

// Parses words that are separated by blanks, after the command's name.
static int parse(const char *line)
{
    static char words[512];
    static char name[] = "detect";
    char *argv[32] = {name}, *rest = NULL;
    int argc = 1;
    ct__options_finish(&command, &values, &operands);
    ct__text_clear(&message);
    ct__copy_text(words, sizeof words, line);
    for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return ct__options_parse(&command, argc, argv, &values, &operands, &message);
}

static int finish(void **state)
{
    (void)state;
    ct__options_finish(&command, &values, &operands);
    ct__text_finish(&message);
    unsetenv("CHITON_CONF");
    unsetenv("CHITON_TRACK");
    unsetenv("CHITON_OUTPUT");
    unsetenv("CHITON_GAIN_OF_THE_INPUT");
    unsetenv("CHITON_BACKEND");
    return 0;
}

static void assert_refused(const char *line, const char *sentence)
{
    assert_int_equal(parse(line), CT_ERROR_INVALID);
    assert_string_equal(message.data, sentence);
    assert_null(operands.items);
    assert_null(values.outputs.items);
}

static void presets_fill_what_nobody_gave(void **state)
{
    (void)state;
    assert_int_equal(parse("a.mp4"), CT_OK);
    assert_int_equal(values.track, 0);
    assert_int_equal(values.draw, 1);
    assert_int_equal(values.every, 1);
    assert_int_equal(values.shift, 0);
    assert_true(values.conf == .35);
    assert_null(values.model);
    assert_string_equal(values.backend, "auto");
    assert_int_equal(values.outputs.count, 0);
    assert_null(values.outputs.items[0]);
    assert_int_equal(operands.count, 1);
    assert_string_equal(operands.items[0], "a.mp4");
    assert_null(operands.items[1]);
}

static void values_follow_names_and_letters_in_every_form(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "a --every=5 --conf=0.5 --model=m.onnx",
        "a --every 5 --conf 0.5 --model m.onnx",
        "-n 5 -c .5 -m m.onnx a",
        "-n5 -c.5 -mm.onnx a",
        "--every 9 -n 5 a -c 0.5 -m m.onnx",
        "-m x --model m.onnx --conf +5e-1 -n 05 -- a",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i]), CT_OK);
        assert_int_equal(values.every, 5);
        assert_true(values.conf == .5);
        assert_string_equal(values.model, "m.onnx");
        assert_int_equal(operands.count, 1);
    }
}

static void flags_go_on_and_off(void **state)
{
    (void)state;
    assert_int_equal(parse("a --track --no-draw"), CT_OK);
    assert_int_equal(values.track, 1);
    assert_int_equal(values.draw, 0);
    assert_int_equal(parse("a --track --no-track"), CT_OK);
    assert_int_equal(values.track, 0);
    assert_int_equal(parse("a --no-draw -tdn7"), CT_OK);
    assert_int_equal(values.track, 1);
    assert_int_equal(values.draw, 1);
    assert_int_equal(values.every, 7);
}

static void negative_numbers_are_values(void **state)
{
    (void)state;
    assert_int_equal(parse("a --shift -12 --gain-of-the-input -.5"), CT_OK);
    assert_int_equal(values.shift, -12);
    assert_true(values.gain == -.5);
    assert_int_equal(parse("a --shift=-13 --gain-of-the-input=-1e9"), CT_OK);
    assert_int_equal(values.shift, -13);
    assert_true(values.gain == -1e9);
}

static void a_dash_is_an_operand_and_a_value(void **state)
{
    (void)state;
    assert_int_equal(parse("- -o - -o-"), CT_OK);
    assert_string_equal(operands.items[0], "-");
    assert_string_equal(values.outputs.items[0], "-");
    assert_string_equal(values.outputs.items[1], "-");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    assert_int_equal(parse("--track -- --draw -- -n"), CT_OK);
    assert_int_equal(operands.count, 3);
    assert_string_equal(operands.items[0], "--draw");
    assert_string_equal(operands.items[1], "--");
    assert_string_equal(operands.items[2], "-n");
}

static void lists_grow_in_order(void **state)
{
    (void)state;
    assert_int_equal(parse("-o a.jsonl x --output=b.mp4 -oc/"), CT_OK);
    assert_int_equal(values.outputs.count, 3);
    assert_string_equal(values.outputs.items[0], "a.jsonl");
    assert_string_equal(values.outputs.items[1], "b.mp4");
    assert_string_equal(values.outputs.items[2], "c/");
    assert_null(values.outputs.items[3]);
}

static void the_environment_stands_between_arguments_and_presets(void **state)
{
    (void)state;
    setenv("CHITON_CONF", "0.6", 1);
    setenv("CHITON_TRACK", "yes", 1);
    setenv("CHITON_OUTPUT", "env.jsonl", 1);
    setenv("CHITON_GAIN_OF_THE_INPUT", "", 1);
    assert_int_equal(parse("a"), CT_OK);
    assert_true(values.conf == .6);
    assert_int_equal(values.track, 1);
    assert_true(values.gain == 0);
    assert_int_equal(values.outputs.count, 1);
    assert_string_equal(values.outputs.items[0], "env.jsonl");
    assert_int_equal(parse("a --conf 0.7 --no-track -o x -o y"), CT_OK);
    assert_true(values.conf == .7);
    assert_int_equal(values.track, 0);
    assert_int_equal(values.outputs.count, 2);
    assert_string_equal(values.outputs.items[0], "x");
}

static void a_wrong_variable_is_named(void **state)
{
    (void)state;
    setenv("CHITON_CONF", "1.4", 1);
    assert_refused("a", "detect: CHITON_CONF = 1.4: expected 0 to 1");
    assert_int_equal(parse("a --conf 1"), CT_OK);
    unsetenv("CHITON_CONF");
    setenv("CHITON_TRACK", "perhaps", 1);
    assert_refused("a", "detect: CHITON_TRACK = perhaps: expected 0 or 1");
    unsetenv("CHITON_TRACK");
    setenv("CHITON_BACKEND", "gpu", 1);
    assert_refused("a", "detect: CHITON_BACKEND = gpu: expected auto, ort or fake");
}

static void an_unknown_option_is_told_its_nearest(void **state)
{
    (void)state;
    assert_refused("a --trak", "detect: unknown option --trak; did you mean --track?");
    assert_refused("a --modle=x", "detect: unknown option --modle; did you mean --model?");
    assert_refused("a --halp", "detect: unknown option --halp; did you mean --help?");
    assert_refused("a --something", "detect: unknown option --something");
    assert_refused("a --no-model", "detect: unknown option --no-model");
    assert_refused("a --=x", "detect: unknown option --");
    assert_refused("a -x", "detect: unknown option -x");
    assert_refused("a -tx", "detect: unknown option -x");
    assert_refused("-5", "detect: unknown option -5");
    assert_refused("--0123456789012345678901234567890123456789012345678901234567890123456789",
                   "detect: unknown option "
                   "--0123456789012345678901234567890123456789012345678901234567890123456789");
}

static void a_value_out_of_range_is_told_the_range(void **state)
{
    (void)state;
    assert_refused("a --conf 1.4", "detect: --conf = 1.4: expected 0 to 1");
    assert_refused("a -c -1", "detect: -c = -1: expected 0 to 1");
    assert_refused("a --conf=nan", "detect: --conf = nan: expected a number, 0 to 1");
    assert_refused("a --every 0", "detect: --every = 0: expected 1 or more");
    assert_refused("a --every 1.5", "detect: --every = 1.5: expected a whole number, 1 or more");
    assert_refused("a --shift many", "detect: --shift = many: expected a whole number");
    assert_refused("a --shift 9223372036854775808",
                   "detect: --shift = 9223372036854775808: expected a whole number");
    assert_refused("a --gain-of-the-input 9",
                   "detect: --gain-of-the-input = 9: expected at most 8");
    assert_refused("a --backend or", "detect: --backend = or: expected auto, ort or fake");
    assert_refused("a --backend=", "detect: --backend = : expected auto, ort or fake");
}

static void a_missing_value_is_not_taken_from_an_option(void **state)
{
    (void)state;
    assert_refused("a --model", "detect: --model needs a value");
    assert_refused("a -m", "detect: -m needs a value");
    assert_refused("a --model --track", "detect: --model needs a value");
    assert_refused("a -o -t", "detect: -o needs a value");
    assert_refused("a --track=1", "detect: --track takes no value");
    assert_refused("a --no-draw=1", "detect: --draw takes no value");
    assert_int_equal(parse("a --model=--track"), CT_OK);
    assert_string_equal(values.model, "--track");
    assert_int_equal(parse("a --model="), CT_OK);
    assert_string_equal(values.model, "");
}

static void operands_are_counted(void **state)
{
    (void)state;
    assert_refused("", "detect: expected INPUT...");
    assert_refused("--track", "detect: expected INPUT...");
    assert_refused("a b c d e", "detect: unexpected d");
    assert_int_equal(parse("a b c"), CT_OK);
    assert_int_equal(operands.count, 3);
}

static void help_comes_from_the_rows(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "a --track -h --wrong", "-th"};
    static const char help[] =
        "usage: chiton detect [OPTION...] INPUT...\n"
        "\n"
        "find objects in clips and pictures\n"
        "\n"
        "Results are lines of JSON.\n"
        "  an example stays as it is\n"
        "\n"
        "  -m, --model MODEL   model file, or the name of one in the model folders\n"
        "  -o, --output OUT    where results go (may be given several times)\n"
        "\n"
        "  -t, --track         follow objects\n"
        "  -d, --[no-]draw     draw the objects (default on)\n"
        "  -n, --every N       look at one frame in so many (frames; 1 or more; default 1)\n"
        "      --shift N       any whole number\n"
        "  -c, --conf X        least score of an object, which this long sentence explains in more "
        "words than\n"
        "                      can stand in one line beside the name (0 to 1; default 0.35)\n"
        "      --gain-of-the-input DECIBEL\n"
        "                      any number that is not too large (at most 8)\n"
        "      --backend WORD  what runs the model (auto, ort or fake; default auto)\n"
        "  -h, --help          show this text\n";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(parse(lines[i]), CT__OPTIONS_HELP);
        assert_string_equal(message.data, help);
        assert_null(operands.items);
    }
}

static void help_keeps_to_the_page(void **state)
{
    (void)state;
    static char words[2000];
    for (size_t i = 0; i + 1 < sizeof words; i++)
        words[i] = i % 7 == 6 ? ' ' : 'w';
    struct ct__command wordy = command;
    wordy.summary = words;
    wordy.details = words;
    struct ct__text text = {0};
    ct__options_help(&wordy, &text);
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 100);
    ct__text_finish(&text);
}

static void a_command_may_have_neither_options_nor_operands(void **state)
{
    (void)state;
    static const struct ct__option *const none[] = {NULL};
    const struct ct__command bare = {.name = "top", .summary = "show", .groups = none, .size = 1};
    char nothing, name[] = "top", help[] = "--help", operand[] = "x";
    char *argv[] = {name, help}, *wrong[] = {name, operand};
    struct ct__option_list rest = {0};
    assert_int_equal(ct__options_parse(&bare, 1, argv, &nothing, &rest, &message), CT_OK);
    ct__options_finish(&bare, &nothing, &rest);
    assert_int_equal(ct__options_parse(&bare, 2, argv, &nothing, &rest, &message),
                     CT__OPTIONS_HELP);
    assert_string_equal(message.data, "usage: chiton top [OPTION...]\n\nshow\n\n"
                                      "  -h, --help  show this text\n");
    ct__text_clear(&message);
    assert_int_equal(ct__options_parse(&bare, 2, wrong, &nothing, &rest, &message),
                     CT_ERROR_INVALID);
    assert_string_equal(message.data, "top: unexpected x");
}

// Every allocation of a successful, a refused and a helpful call fails once.
static void lack_of_memory_is_reported(void **state)
{
    (void)state;
    static const char *const lines[] = {"a b -o x -o y --track", "a --trak", "a --conf 7",
                                        "--help"};
    static const int answers[] = {CT_OK, CT_ERROR_INVALID, CT_ERROR_INVALID, CT__OPTIONS_HELP};
    for (int i = 0; i < 4; i++) {
        int n = 1;
        for (;; n++) {
            ct__text_finish(&message);
            ct__mem_fail(n);
            int answer = parse(lines[i]);
            bool failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(answer, failed ? CT_ERROR_MEMORY : answers[i]);
            if (!failed)
                break;
            assert_null(operands.items);
            assert_null(values.outputs.items);
        }
        assert_true(n > 3);
    }
}

static int query(const char *text)
{
    static char own[128];
    ct__text_clear(&message);
    strcpy(own, text);
    return ct__options_query(&command, own, &values, &message);
}

static void a_query_has_the_same_rows_and_no_environment(void **state)
{
    (void)state;
    setenv("CHITON_EVERY", "9", 1);
    assert_int_equal(query("model=a%20b%2&conf=.5&&track=1&model=c%26d%zz"), CT_OK);
    unsetenv("CHITON_EVERY");
    assert_string_equal(values.model, "c&d%zz");
    assert_true(values.conf == .5 && values.every == 1 && values.track == 1);
    assert_int_equal(query(""), CT_OK);
    assert_null(values.model);
    assert_int_equal(query("modle=a"), CT_ERROR_INVALID);
    assert_string_equal(message.data, "detect: unknown option modle; did you mean model?");
    assert_int_equal(query("conf=2"), CT_ERROR_INVALID);
    assert_string_equal(message.data, "detect: conf = 2: expected 0 to 1");
    assert_int_equal(query("conf"), CT_ERROR_INVALID);
    assert_string_equal(message.data, "detect: conf needs a value");
}

// The parser takes any bytes: whatever it answers, nothing is lost or read out of bounds.
static void any_bytes_are_answered(void **state)
{
    (void)state;
    static const char alphabet[] = "-=nomtc01.,\xff h";
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char line[24];
        for (size_t i = 0; i + 1 < sizeof line; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            line[i] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
        }
        line[sizeof line - 1] = 0;
        int answer = parse(line);
        assert_true(answer == CT_OK || answer == CT_ERROR_INVALID || answer == CT__OPTIONS_HELP);
        assert_true(answer == CT_OK || message.length > 0);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(presets_fill_what_nobody_gave),
        TEST(values_follow_names_and_letters_in_every_form),
        TEST(flags_go_on_and_off),
        TEST(negative_numbers_are_values),
        TEST(a_dash_is_an_operand_and_a_value),
        TEST(two_dashes_end_the_options),
        TEST(lists_grow_in_order),
        TEST(the_environment_stands_between_arguments_and_presets),
        TEST(a_wrong_variable_is_named),
        TEST(an_unknown_option_is_told_its_nearest),
        TEST(a_value_out_of_range_is_told_the_range),
        TEST(a_missing_value_is_not_taken_from_an_option),
        TEST(operands_are_counted),
        TEST(help_comes_from_the_rows),
        TEST(help_keeps_to_the_page),
        TEST(a_command_may_have_neither_options_nor_operands),
        TEST(lack_of_memory_is_reported),
        TEST(a_query_has_the_same_rows_and_no_environment),
        TEST(any_bytes_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
