// SPDX-License-Identifier: Apache-2.0
// Growing text, numbers, nearest words and the order of file names.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <chiton/error.h>

#include "base/mem.h"
#include "base/text.h"

static void text_grows_and_stays_ended(void **state)
{
    (void)state;
    struct ct__text text = {0};
    for (int i = 0; i < 1000; i++) {
        ct__text_puts(&text, "ab");
        ct__text_append(&text, "cd", 1);
        ct__text_printf(&text, "%d", i % 10);
        assert_int_equal(strlen(text.data), text.length);
    }
    assert_int_equal(text.length, 4000);
    assert_memory_equal(text.data, "abc0abc1", 8);
    ct__text_finish(&text);
    assert_null(text.data);
}

static void a_text_may_hold_zeros(void **state)
{
    (void)state;
    struct ct__text text = {0};
    ct__text_append(&text, "a\0b", 3);
    ct__text_append(&text, NULL, 0);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "a\0b", 4);
    ct__text_finish(&text);
}

static void a_formatted_text_longer_than_the_room_is_whole(void **state)
{
    (void)state;
    for (int length = 0; length < 300; length++) {
        struct ct__text text = {0};
        ct__text_puts(&text, "begin ");
        ct__text_printf(&text, "%*d", length, 7);
        assert_int_equal(text.length, 6 + (length ? length : 1));
        assert_int_equal(text.data[text.length - 1], '7');
        assert_false(text.failed);
        ct__text_finish(&text);
    }
}

static void a_text_that_fits_costs_no_allocation(void **state)
{
    (void)state;
    struct ct__text text = {0};
    ct__text_printf(&text, "%100d", 1);
    uint64_t before = ct__mem_count();
    for (int i = 0; i < 50; i++) {
        ct__text_clear(&text);
        assert_string_equal(text.data, "");
        ct__text_printf(&text, "%99d", i);
        ct__text_puts(&text, "x");
    }
    assert_int_equal(ct__mem_count(), before);
    ct__text_finish(&text);
}

static void a_failed_growth_is_remembered(void **state)
{
    (void)state;
    struct ct__text text = {0};
    ct__text_puts(&text, "kept");
    ct__mem_fail(1);
    ct__text_printf(&text, "%200d", 1);
    assert_true(ct__mem_failed());
    assert_true(text.failed);
    ct__text_puts(&text, "more");
    ct__text_printf(&text, "more");
    assert_string_equal(text.data, "kept");
    ct__text_clear(&text);
    assert_false(text.failed);
    ct__text_finish(&text);
}

static void a_failed_first_growth_leaves_no_data(void **state)
{
    (void)state;
    struct ct__text text = {0};
    ct__mem_fail(1);
    ct__text_printf(&text, "x");
    assert_true(text.failed);
    assert_null(text.data);
    ct__text_append(&text, "x", SIZE_MAX);
    assert_null(text.data);
    ct__text_finish(&text);
}

static void whole_numbers_are_read_whole(void **state)
{
    (void)state;
    int64_t value = 5;
    const struct {
        const char *text;
        int64_t value;
    } right[] = {{"0", 0},
                 {"-0", 0},
                 {"+7", 7},
                 {"007", 7},
                 {"-12", -12},
                 {"9223372036854775807", INT64_MAX},
                 {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(ct__parse_int(right[i].text, &value));
        assert_int_equal(value, right[i].value);
    }
    static const char *const wrong[] = {"",
                                        " 1",
                                        "1 ",
                                        "-",
                                        "+",
                                        "1.0",
                                        "0x10",
                                        "--1",
                                        "1e3",
                                        "٣",
                                        "12a",
                                        "9223372036854775808",
                                        "-9223372036854775809"};
    value = 5;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ct__parse_int(wrong[i], &value));
    assert_int_equal(value, 5);
}

static void real_numbers_are_read_whole(void **state)
{
    (void)state;
    double value = 5;
    const struct {
        const char *text;
        double value;
    } right[] = {{"0", 0}, {"-.5", -.5}, {"+1.25", 1.25}, {"1e-3", 1e-3}, {"2.", 2}, {"1e-400", 0}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(ct__parse_double(right[i].text, &value));
        assert_true(value == right[i].value);
    }
    static const char *const wrong[] = {"",    " 1",  "1 ", "nan", "inf", "-inf", "1e999",
                                        "0x1", "1,5", "-",  ".",   "1e",  "1..2", "e5"};
    value = 5;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ct__parse_double(wrong[i], &value));
    assert_true(value == 5);
}

static void a_comma_in_the_locale_changes_nothing(void **state)
{
    (void)state;
    double value = 0;
    // Where the locale is not installed the test is the one above once more.
    setlocale(LC_ALL, "de_DE.UTF-8");
    assert_true(ct__parse_double("1.5", &value));
    assert_true(value == 1.5);
    assert_false(ct__parse_double("1,5", &value));
    struct ct__text text = {0};
    ct__text_printf(&text, "%.2f", value);
    assert_string_equal(text.data, "1.50");
    ct__text_finish(&text);
    setlocale(LC_ALL, "C");
}

static void the_nearest_word_is_found(void **state)
{
    (void)state;
    static const char *const words[] = {"track", "trace", "model", "max-frames", "iou", NULL};
    assert_string_equal(ct__nearest("trak", words), "track");
    assert_string_equal(ct__nearest("trcae", words), "trace");
    assert_string_equal(ct__nearest("max_frame", words), "max-frames");
    assert_string_equal(ct__nearest("model", words), "model");
    assert_string_equal(ct__nearest("ou", words), "iou");
}

static void a_word_like_no_other_has_no_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"track", "iou", NULL}, *const none[] = {NULL};
    char endless[1000];
    memset(endless, 't', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    assert_null(ct__nearest("picture", words));
    assert_null(ct__nearest("xy", words));
    assert_null(ct__nearest("", words));
    assert_null(ct__nearest(endless, words));
    assert_null(ct__nearest("track", none));
}

static int compare(const void *a, const void *b)
{
    return ct__natural_compare(*(const char *const *)a, *(const char *const *)b);
}

static void file_names_sort_as_people_do(void **state)
{
    (void)state;
    static const char *const sorted[] = {"",
                                         "a",
                                         "a01b",
                                         "a1b",
                                         "a2",
                                         "a10",
                                         "a10b2",
                                         "a10b10",
                                         "b",
                                         "img0",
                                         "img00",
                                         "img1",
                                         "img2.jpg",
                                         "img10.jpg",
                                         "img18446744073709551616",
                                         "img18446744073709551617",
                                         "\xc3\xa4"};
    enum { COUNT = sizeof sorted / sizeof *sorted };
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(ct__natural_compare(sorted[i], sorted[i]), 0);
        for (int j = i + 1; j < COUNT; j++) {
            assert_true(ct__natural_compare(sorted[i], sorted[j]) < 0);
            assert_true(ct__natural_compare(sorted[j], sorted[i]) > 0);
        }
    }
    const char *names[COUNT];
    for (int i = 0; i < COUNT; i++)
        names[i] = sorted[(i * 7) % COUNT];
    qsort(names, COUNT, sizeof *names, compare);
    for (int i = 0; i < COUNT; i++)
        assert_string_equal(names[i], sorted[i]);
}

static void endings_ignore_case(void **state)
{
    (void)state;
    assert_true(ct__ends_with("A.JPG", ".jpg"));
    assert_true(ct__ends_with("a.jpg", ".JPG"));
    assert_true(ct__ends_with("a", ""));
    assert_false(ct__ends_with("jpg", ".jpg"));
    assert_false(ct__ends_with("a.jpeg", ".jpg"));
    assert_false(ct__ends_with("a@", "a`"));
}

static void a_copy_is_cut_and_ended(void **state)
{
    (void)state;
    char to[4] = "zzz";
    assert_true(ct__copy_text(to, sizeof to, "abc"));
    assert_string_equal(to, "abc");
    assert_false(ct__copy_text(to, sizeof to, "defg"));
    assert_string_equal(to, "def");
    assert_false(ct__copy_text(to, 1, "x"));
    assert_string_equal(to, "");
    assert_true(ct__copy_text(to, 1, ""));
}

static void a_size_is_two_sides_of_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width, height; // -1: it is no size
        const char *behind;
    } sizes[] = {
        {"640x480", 640, 480, ""},
        {"1x99999,rgb", 1, 99999, ",rgb"},
        {"07x08", 7, 8, ""},
        {"640x480x3", 640, 480, "x3"},
        {"0x0", 0, 0, ""},
        {"", -1, -1, NULL},
        {"640", -1, -1, NULL},
        {"640x", -1, -1, NULL},
        {"x480", -1, -1, NULL},
        {" 640x480", -1, -1, NULL},
        {"640 x480", -1, -1, NULL},
        {"640x 480", -1, -1, NULL},
        {"-640x480", -1, -1, NULL},
        {"640x+480", -1, -1, NULL},
        {"640X480", -1, -1, NULL},
        {"123456x1", -1, -1, NULL},
        {"1x999999999999", -1, -1, NULL},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int width = -1, height = -1;
        const char *behind = ct__parse_size(sizes[i].text, &width, &height);
        assert_int_equal(width, sizes[i].width);
        assert_int_equal(height, sizes[i].height);
        assert_true(!behind == !sizes[i].behind);
        if (behind)
            assert_string_equal(behind, sizes[i].behind);
    }
}

static void a_text_is_handed_out_as_far_as_there_is_room(void **state)
{
    (void)state;
    char out[8] = "old";
    struct ct__text text = {0};
    ct__text_puts(&text, "chiton is");
    assert_int_equal(ct__text_hand_out(&text, "t", out, sizeof out), 9);
    assert_string_equal(out, "chiton ");
    assert_null(text.data);
    assert_int_equal(ct__text_hand_out(&text, "t", out, sizeof out), 0);
    assert_string_equal(out, "");
    assert_int_equal(ct__text_hand_out(&text, "t", NULL, 0), 0);
    text.failed = true;
    assert_int_equal(ct__text_hand_out(&text, "t", out, sizeof out), CT_ERROR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_two_sides_of_digits),
        cmocka_unit_test(text_grows_and_stays_ended),
        cmocka_unit_test(a_text_may_hold_zeros),
        cmocka_unit_test(a_formatted_text_longer_than_the_room_is_whole),
        cmocka_unit_test(a_text_that_fits_costs_no_allocation),
        cmocka_unit_test(a_failed_growth_is_remembered),
        cmocka_unit_test(a_failed_first_growth_leaves_no_data),
        cmocka_unit_test(whole_numbers_are_read_whole),
        cmocka_unit_test(real_numbers_are_read_whole),
        cmocka_unit_test(a_comma_in_the_locale_changes_nothing),
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(a_word_like_no_other_has_no_nearest),
        cmocka_unit_test(file_names_sort_as_people_do),
        cmocka_unit_test(endings_ignore_case),
        cmocka_unit_test(a_copy_is_cut_and_ended),
        cmocka_unit_test(a_text_is_handed_out_as_far_as_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
