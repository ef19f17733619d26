// SPDX-License-Identifier: Apache-2.0
// The writer's commas, strings and numbers; numbers are compared with printf, which is exact too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void objects_and_arrays_get_their_commas(void **state)
{
    (void)state;
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "a");
    ct__json_int(&json, 1);
    ct__json_key(&json, "b");
    ct__json_begin_array(&json);
    ct__json_begin_array(&json);
    ct__json_end_array(&json);
    ct__json_begin_object(&json);
    ct__json_key(&json, "c");
    ct__json_bool(&json, true);
    ct__json_end_object(&json);
    ct__json_string(&json, NULL);
    ct__json_bool(&json, false);
    ct__json_number(&json, .5, 2);
    ct__json_end_array(&json);
    ct__json_key(&json, "d");
    ct__json_string(&json, "e");
    ct__json_end_object(&json);
    assert_string_equal(text.data, "{\"a\":1,\"b\":[[],{\"c\":true},null,false,0.5],\"d\":\"e\"}");
    ct__text_finish(&text);
}

static void nesting_is_kept_to_32_levels(void **state)
{
    (void)state;
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    for (int i = 0; i < 32; i++) {
        ct__json_begin_array(&json);
        ct__json_int(&json, i);
    }
    for (int i = 0; i < 32; i++) {
        ct__json_int(&json, i);
        ct__json_end_array(&json);
    }
    assert_false(text.failed);
    assert_memory_equal(text.data, "[0,[1,[2,", 9);
    assert_string_equal(text.data + text.length - 9, "],30],31]");
    for (int i = 0; i < 33; i++)
        ct__json_begin_array(&json);
    assert_true(text.failed);
    for (int i = 0; i < 40; i++)
        ct__json_end_array(&json);
    ct__text_finish(&text);
}

static void assert_string_as(const char *string, const char *expected)
{
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__json_string(&json, string);
    assert_string_equal(text.data, expected);
    ct__text_finish(&text);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    assert_string_as("", "\"\"");
    assert_string_as("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    assert_string_as("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    assert_string_as("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
}

static void good_utf8_passes_through(void **state)
{
    (void)state;
    // The first and the last code point of each length, and the neighbours of the surrogates.
    static const char *const good[] = {
        "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",     "\xef\xbf\xbf", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "grün",         "門"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "\"%s\"", good[i]);
        assert_string_as(good[i], expected);
    }
}

#define R "\xef\xbf\xbd"

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    assert_string_as("a\x80z", "\"a" R "z\"");               // a continuation alone
    assert_string_as("\xc0\x80", "\"" R R "\"");             // overlong
    assert_string_as("\xc1\xbf", "\"" R R "\"");             // overlong
    assert_string_as("\xe0\x9f\xbf", "\"" R R R "\"");       // overlong
    assert_string_as("\xf0\x8f\xbf\xbf", "\"" R R R R "\""); // overlong
    assert_string_as("\xed\xa0\x80", "\"" R R R "\"");       // surrogate
    assert_string_as("\xf4\x90\x80\x80", "\"" R R R R "\""); // beyond U+10FFFF
    assert_string_as("\xf5\xff\xfe", "\"" R R R "\"");       // never used
    assert_string_as("\xe2\x82", "\"" R R "\"");             // cut off
    assert_string_as("\xf0\x9f\x90", "\"" R R R "\"");       // cut off
    assert_string_as("\xc3\"", "\"" R "\\\"\"");             // cut off by a quote
}

static void whole_numbers_are_written(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, 9, 10, -10, 1234567890123, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct ct__text text = {0};
        struct ct__json json;
        char expected[32];
        ct__json_init(&json, &text);
        ct__json_int(&json, values[i]);
        snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
        assert_string_equal(text.data, expected);
        ct__text_finish(&text);
    }
}

static void assert_number_as(double value, int decimals, const char *expected)
{
    static struct ct__text text;
    struct ct__json json;
    ct__text_clear(&text);
    ct__json_init(&json, &text);
    ct__json_number(&json, value, decimals);
    assert_string_equal(text.data, expected);
    if (value == 0 && decimals == 0)
        ct__text_finish(&text);
}

static void numbers_lose_their_trailing_zeros(void **state)
{
    (void)state;
    assert_number_as(12.5, 2, "12.5");
    assert_number_as(12, 2, "12");
    assert_number_as(100, 0, "100");
    assert_number_as(100, 9, "100");
    assert_number_as(.05, 2, "0.05");
    assert_number_as(-.25, 2, "-0.25");
    assert_number_as(9.999, 2, "10");
    assert_number_as(-9.999, 2, "-10");
    assert_number_as(1e-9, 9, "0.000000001");
    assert_number_as(0, 0, "0");
}

static void zero_has_no_sign(void **state)
{
    (void)state;
    assert_number_as(-0.0, 2, "0");
    assert_number_as(-0.001, 2, "0");
    assert_number_as(-DBL_TRUE_MIN, 9, "0");
    assert_number_as(0, 0, "0");
}

static void what_json_has_not_becomes_null(void **state)
{
    (void)state;
    assert_number_as(NAN, 2, "null");
    assert_number_as(INFINITY, 2, "null");
    assert_number_as(-INFINITY, 2, "null");
    assert_number_as(0, 0, "0");
}

static void halves_go_away_from_zero(void **state)
{
    (void)state;
    assert_number_as(.5, 0, "1");
    assert_number_as(-.5, 0, "-1");
    assert_number_as(2.5, 0, "3");
    assert_number_as(.125, 2, "0.13");
    assert_number_as(-.375, 2, "-0.38");
    assert_number_as(1234.0625, 3, "1234.063");
    assert_number_as(nextafter(.5, 0), 0, "0");
    assert_number_as(nextafter(.125, 0), 2, "0.12");
    // A tie in decimal is none in binary: these doubles are a little less or more than they look.
    assert_number_as(1.005, 2, "1");
    assert_number_as(1.115, 2, "1.11");
    assert_number_as(.285, 2, "0.28");
    assert_number_as(.145, 2, "0.14");
    assert_number_as(1.45, 1, "1.4");
    assert_number_as(.35, 1, "0.3");
    assert_number_as(.45, 1, "0.5");
    assert_number_as(0, 0, "0");
}

static void large_numbers_are_exact(void **state)
{
    (void)state;
    assert_number_as(9007199254740993.0, 9, "9007199254740992");
    assert_number_as(2251799813685248.5, 1, "2251799813685248.5");
    assert_number_as(4503599627370495.5, 0, "4503599627370496");
    assert_number_as(9223372036854774784.0, 9, "9223372036854774784");
    assert_number_as(-9223372036854775808.0, 2, "-9223372036854775808");
    assert_number_as(1e22, 2, "10000000000000000000000");
    assert_number_as(0, 0, "0");
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 11;
}

// printf rounds exactly, but ties to even; random doubles of this size do not tie.
static void many_numbers_are_those_of_printf(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        int decimals = (int)(next_random(&seed) % 10);
        double value = (double)next_random(&seed) * 0x1p-53 * pow(10, next_random(&seed) % 9);
        // Every other one stands close to a decimal tie.
        if (i % 2)
            value = (floor(value * 1000) + .5) / 1000;
        if (value * pow(2, 10) == floor(value * pow(2, 10)))
            continue;
        char expected[64];
        snprintf(expected, sizeof expected, "%.*f", decimals, value);
        if (strchr(expected, '.')) {
            char *end = expected + strlen(expected);
            while (end[-1] == '0')
                *--end = 0;
            if (end[-1] == '.')
                end[-1] = 0;
        }
        assert_number_as(value, decimals, expected);
    }
    assert_number_as(0, 0, "0");
}

static const char *float_text(struct ct__text *text, double value, bool is_float)
{
    struct ct__json json;
    ct__text_clear(text);
    ct__json_init(&json, text);
    if (is_float)
        ct__json_float(&json, (float)value);
    else
        ct__json_double(&json, value);
    return text->data;
}

static void a_float_has_no_more_digits_than_it_needs(void **state)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-2.5, "-2.5"},
        {.1, "0.1"},
        {1e-4, "0.0001"},
        {1e15, "1000000000000000"},
        {3e-6, "0.000003"},
        {1e-7, "1e-7"},
        {16777216, "16777216"},
        {1e20, "1e20"},
        {NAN, "null"},
        {-INFINITY, "null"},
        {1.0 / 3, "0.33333334"},
    };
    struct ct__text text = {0};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_string_equal(float_text(&text, known[i].value, true), known[i].text);
    assert_string_equal(float_text(&text, 1.0 / 3, false), "0.33333333333333331");
    assert_string_equal(float_text(&text, 9007199254740991, false), "9007199254740991");
    ct__text_finish(&text);
}

static void floats_read_back_as_they_were(void **state)
{
    struct ct__text text = {0};
    uint64_t seed = 3;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint32_t bits = (uint32_t)(next_random(&seed) >> 16);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && strtof(float_text(&text, (double)value, true), NULL) != value)
            fail_msg("%.9g is written as %s", (double)value, text.data);
        double wide = (double)value * (1 + 0x1p-30);
        if (isfinite(wide) && strtod(float_text(&text, wide, false), NULL) != wide)
            fail_msg("%.17g is written as %s", wide, text.data);
    }
    ct__text_finish(&text);
}

static void a_line_costs_no_allocation_once_the_text_has_grown(void **state)
{
    (void)state;
    struct ct__text text = {0};
    uint64_t before = 0;
    for (int line = 0; line < 20; line++) {
        struct ct__json json;
        if (line == 1)
            before = ct__mem_count();
        ct__text_clear(&text);
        ct__json_init(&json, &text);
        ct__json_begin_array(&json);
        for (int i = 0; i < 100; i++)
            ct__json_number(&json, 1000 + i * .37, 2);
        ct__json_end_array(&json);
    }
    assert_int_equal(ct__mem_count(), before);
    ct__text_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_arrays_get_their_commas),
        cmocka_unit_test(nesting_is_kept_to_32_levels),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(good_utf8_passes_through),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(whole_numbers_are_written),
        cmocka_unit_test(numbers_lose_their_trailing_zeros),
        cmocka_unit_test(zero_has_no_sign),
        cmocka_unit_test(what_json_has_not_becomes_null),
        cmocka_unit_test(halves_go_away_from_zero),
        cmocka_unit_test(large_numbers_are_exact),
        cmocka_unit_test(many_numbers_are_those_of_printf),
        cmocka_unit_test(a_float_has_no_more_digits_than_it_needs),
        cmocka_unit_test(floats_read_back_as_they_were),
        cmocka_unit_test(a_line_costs_no_allocation_once_the_text_has_grown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
