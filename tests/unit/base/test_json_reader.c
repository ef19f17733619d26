// SPDX-License-Identifier: Apache-2.0
// What strangers write as JSON, and what they call JSON.
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_reader.h"

static struct ct__json_reader reader;

static void begin(const char *text)
{
    ct__json_read(&reader, text, strlen(text));
}

static double number_of(const char *text)
{
    struct ct__json_number number = {0};
    begin(text);
    assert_true(ct__json_read_number(&reader, &number));
    assert_true(ct__json_end(&reader));
    return number.value;
}

static void objects_and_arrays_are_walked(void **state)
{
    char key[8], word[8];
    int64_t value = 0;
    bool yes = false;
    (void)state;
    begin(" {\"a\" : [1, -2,3 ], \"b\":{}, \"c\":[], \"d\":\"x\", \"e\":true,\"f\":null}\n");
    assert_true(ct__json_enter(&reader, '{'));
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_string_equal(key, "a");
    assert_true(ct__json_enter(&reader, '['));
    int64_t sum = 0;
    for (int i = 0; ct__json_next(&reader); i++) {
        assert_true(ct__json_read_int(&reader, &value));
        sum = sum * 10 + value;
    }
    assert_int_equal(sum, 83);
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_true(ct__json_skip(&reader, NULL));
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_true(ct__json_enter(&reader, '['));
    assert_false(ct__json_next(&reader));
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_int_equal(ct__json_peek(&reader), '"');
    assert_true(ct__json_read_string(&reader, word, sizeof word));
    assert_string_equal(word, "x");
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_true(ct__json_read_bool(&reader, &yes));
    assert_true(yes);
    assert_true(ct__json_next_key(&reader, key, sizeof key));
    assert_int_equal(ct__json_peek(&reader), 'n');
    assert_true(ct__json_skip(&reader, NULL));
    assert_false(ct__json_next_key(&reader, key, sizeof key));
    assert_true(ct__json_end(&reader));
}

static void numbers_are_those_of_the_c_library(void **state)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "-1.5",
                                        "0.1",
                                        "3.14159265358979",
                                        "1e22",
                                        "1e23",
                                        "123456789012345678",
                                        "9007199254740993",
                                        "1.7976931348623157e308",
                                        "5e-324",
                                        "2.2250738585072014e-308",
                                        "1E+2",
                                        "1e-400",
                                        "0e99999",
                                        "0.000000000000000000000000001",
                                        "12345678901234567890123456789",
                                        "0.3333333333333333333333333333333333",
                                        "1000000000000000000000000000000e-30"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double expected = strtod(texts[i], NULL), got = number_of(texts[i]);
        if (memcmp(&expected, &got, sizeof got) != 0)
            fail_msg("%s is read as %.17g", texts[i], got);
    }
}

static void random_numbers_read_back(void **state)
{
    uint64_t seed = 1;
    char text[64];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        double value;
        memcpy(&value, &seed, sizeof value);
        // Every other one is of a size that people use.
        value = i % 2 ? (double)(seed >> 11) * 0x1p-53 * 1000 : value;
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.*g", 1 + i % 23, value);
        double expected = strtod(text, NULL);
        if (isfinite(expected))
            assert_true(number_of(text) == expected);
    }
}

static void whole_numbers_are_exact(void **state)
{
    struct ct__json_number number = {0};
    int64_t value = 0;
    (void)state;
    begin("18446744073709551615");
    assert_true(ct__json_read_number(&reader, &number));
    assert_true(number.whole);
    assert_true(number.size == UINT64_MAX);
    begin("-9223372036854775807");
    assert_true(ct__json_read_int(&reader, &value));
    assert_true(value == -INT64_MAX);
    static const char *const others[] = {"18446744073709551616", "1.0", "1e2",
                                         "9223372036854775808"};
    for (size_t i = 0; i < 4; i++) {
        begin(others[i]);
        assert_false(ct__json_read_int(&reader, &value));
        assert_string_equal(reader.wrong, "a whole number is expected");
    }
}

static void strings_are_unescaped(void **state)
{
    char text[32];
    (void)state;
    begin("\"a\\n\\u00fc\\ud83d\\ude00\\\"\\/\xc3\xbc\"");
    assert_true(ct__json_read_string(&reader, text, sizeof text));
    assert_string_equal(text, "a\n\xc3\xbc\xf0\x9f\x98\x80\"/\xc3\xbc");
    begin("\"12345678\"");
    assert_false(ct__json_read_string(&reader, text, 8));
    begin("{\"12345678\":1}");
    assert_true(ct__json_enter(&reader, '{'));
    assert_true(ct__json_next_key(&reader, text, 8));
    assert_string_equal(text, "");
}

static void what_is_no_json_says_why(void **state)
{
    static const char *const wrong[][2] = {
        {"", "a value is expected"},
        {"[1", "a comma or the end is expected"},
        {"[1,]", "a value is expected"},
        {"[,1]", "a value is expected"},
        {"[1 2]", "a comma or the end is expected"},
        {"{\"a\" 1}", "a colon is expected"},
        {"{a:1}", "a string is expected"},
        {"{\"a\":1,}", "a string is expected"},
        {"01", "a number begins with a zero"},
        {"1.", "a number breaks off"},
        {"1e", "a number breaks off"},
        {"-", "a number is expected"},
        {"1e400", "a number is too large"},
        {"NaN", "a value is expected"},
        {"nul", "a value is expected"},
        {"tru", "a value is expected"},
        {"\"a", "a string breaks off"},
        {"\"\\", "a string breaks off"},
        {"\"\\x\"", "a string holds an unknown escape"},
        {"\"\\u12\"", "a string breaks off"},
        {"\"\\u12g4\"", "\\u needs four hexadecimal digits"},
        {"\"\\u0000\"", "a string holds a zero byte"},
        {"\"\\ud800x\"", "a string holds half a character"},
        {"\"\\ud800\\u0041\"", "a string holds half a character"},
        {"\"\\udc00\"", "a string holds half a character"},
        {"\"\xff\"", "a string holds what is no text"},
        {"\"\n\"", "a string holds what is no text"},
        {"1 2", "something stands behind the end"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        begin(wrong[i][0]);
        assert_false(ct__json_skip(&reader, NULL) && ct__json_end(&reader));
        if (strcmp(reader.wrong, wrong[i][1]) != 0)
            fail_msg("%s: %s", wrong[i][0], reader.wrong);
        assert_int_equal(ct__json_peek(&reader), 0);
    }
}

static void nesting_has_an_end(void **state)
{
    char text[2 * CT__JSON_MOST_DEPTH + 3];
    (void)state;
    for (int depth = CT__JSON_MOST_DEPTH; depth <= CT__JSON_MOST_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        ct__json_read(&reader, text, 2 * (size_t)depth);
        assert_int_equal(ct__json_skip(&reader, NULL), depth == CT__JSON_MOST_DEPTH);
    }
    assert_string_equal(reader.wrong, "it is nested too deeply");
}

static void a_number_without_end_is_refused(void **state)
{
    char text[1000];
    (void)state;
    memset(text, '7', sizeof text);
    ct__json_read(&reader, text, sizeof text);
    assert_false(ct__json_skip(&reader, NULL));
    assert_string_equal(reader.wrong, "a number has too many digits");
}

// From memory that ends where the text does, so that a sanitizer sees a step beyond.
static void what_breaks_off_is_read_safely(void **state)
{
    static const char text[] = "{\"a\\u00e4\xc3\xbc\":[1.5e-3,true,null,\"\\n\"],\"b\":-12}";
    (void)state;
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char *copy = malloc(size + !size);
        memcpy(copy, text, size);
        ct__json_read(&reader, copy, size);
        assert_false(ct__json_skip(&reader, NULL) && ct__json_end(&reader));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_arrays_are_walked),
        cmocka_unit_test(numbers_are_those_of_the_c_library),
        cmocka_unit_test(random_numbers_read_back),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(what_is_no_json_says_why),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(a_number_without_end_is_refused),
        cmocka_unit_test(what_breaks_off_is_read_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
