// SPDX-License-Identifier: Apache-2.0
// Output files are named after inputs, safely, each once.
#include "bench.h"

#include "sinks/names.h"

static void assert_name(const char *source, const char *expected)
{
    struct ct__names names = {0};
    struct ct__text path = {0};
    assert_int_equal(ct__names_take(&names, "d", source, ".png", &path), CT_OK);
    assert_string_equal(path.data, expected);
    ct__text_finish(&path);
    ct__names_finish(&names);
}

static void a_name_is_the_last_part_without_its_ending(void **state)
{
    (void)state;
    assert_name("dog.jpg", "d/dog.png");
    assert_name("/photos/2026/dog.tar.jpg", "d/dog.tar.png");
    assert_name("no/ending", "d/ending.png");
    assert_name("folder/", "d/folder.png");
    assert_name(".hidden", "d/.hidden.png");
    assert_name("rtsp://user@host/live/door?key=1/2#a.b", "d/door.png");
    assert_name("what?.png", "d/what?.png");
}

static void names_that_are_none_become_one(void **state)
{
    (void)state;
    static const char *const odd[] = {"", "-", ".", "..", "/", "a/..", "///"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_name(odd[i], "d/input.png");
    assert_name("a\nb\x7f\\c.jpg", "d/a_b__c.png");
}

static void long_names_are_cut(void **state)
{
    (void)state;
    char source[1000];
    memset(source, 'x', sizeof source - 1);
    source[sizeof source - 1] = 0;
    struct ct__names names = {0};
    struct ct__text path = {0};
    assert_int_equal(ct__names_take(&names, "d", source, ".png", &path), CT_OK);
    assert_in_range(path.length, 100, 200);
    ct__text_finish(&path);
    ct__names_finish(&names);
}

static void the_second_of_a_name_gets_a_number(void **state)
{
    (void)state;
    struct ct__names names = {0};
    struct ct__text path = {0};
    static const char *const rows[][3] = {{"a/x.jpg", ".jpg", "d/x.jpg"},
                                          {"b/x.jpg", ".jpg", "d/x-2.jpg"},
                                          {"x.png", ".png", "d/x.png"},
                                          {"c/x.jpg", ".jpg", "d/x-3.jpg"},
                                          {"x-2.jpg", ".jpg", "d/x-2-2.jpg"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ct__names_take(&names, "d", rows[i][0], rows[i][1], &path), CT_OK);
        assert_string_equal(path.data, rows[i][2]);
    }
    ct__text_finish(&path);
    ct__names_finish(&names);
}

static void thousands_of_names_stay_apart(void **state)
{
    (void)state;
    struct ct__names names = {0};
    struct ct__text path = {0};
    for (int i = 0; i < 5000; i++) {
        char source[16], expected[32];
        snprintf(source, sizeof source, "%d.jpg", i);
        snprintf(expected, sizeof expected, "d/%d.jpg", i);
        assert_int_equal(ct__names_take(&names, "d", source, ".jpg", &path), CT_OK);
        assert_string_equal(path.data, expected);
    }
    assert_int_equal(names.count, 5000);
    ct__text_finish(&path);
    ct__names_finish(&names);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct ct__names names = {0};
        struct ct__text path = {0};
        int error = CT_OK;
        ct__mem_fail(n);
        for (int i = 0; i < 200 && !error; i++)
            error = ct__names_take(&names, "d", "same", ".jpg", &path);
        int hit = ct__mem_failed();
        ct__mem_fail(0);
        ct__text_finish(&path);
        ct__names_finish(&names);
        assert_int_equal(error, hit ? CT_ERROR_MEMORY : CT_OK);
        if (!hit)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_name_is_the_last_part_without_its_ending),
        BENCH_TEST(names_that_are_none_become_one),
        BENCH_TEST(long_names_are_cut),
        BENCH_TEST(the_second_of_a_name_gets_a_number),
        BENCH_TEST(thousands_of_names_stay_apart),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
