// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include "sinks/targets.h"

static const char *const inputs[] = {"in/", "other", NULL};

static const char *give(struct ct__targets *targets, const char *path)
{
    static struct ct__text name;
    assert_int_equal(ct__targets_give(targets, path, &name), 0);
    return name.data;
}

static const char *find(struct ct__targets *targets, const char *path)
{
    static struct ct__text name;
    assert_int_equal(ct__targets_find(targets, path, &name), 0);
    return name.data;
}

static void folders_of_the_input_are_kept(void **state)
{
    (void)state;
    struct ct__targets *targets = NULL;
    assert_int_equal(ct__targets_create(&targets, "out", inputs), 0);
    assert_string_equal(give(targets, "in/a.jpg"), "out/a");
    assert_string_equal(give(targets, "in/x/y/b.tar.jpg"), "out/x/y/b.tar");
    assert_string_equal(give(targets, "other/x/c"), "out/x/c");
    assert_string_equal(give(targets, "else/where/d.png"), "out/d");
    assert_string_equal(give(targets, "e.png"), "out/e");
    assert_string_equal(give(targets, "-"), "out/input");
    assert_string_equal(give(targets, "in/.hidden"), "out/.hidden");
    ct__targets_destroy(&targets);
}

static void no_name_leads_out_of_the_folder(void **state)
{
    (void)state;
    struct ct__targets *targets = NULL;
    assert_int_equal(ct__targets_create(&targets, "out", inputs), 0);
    assert_string_equal(give(targets, "in/../../etc/a.png"), "out/a");
    assert_string_equal(give(targets, "in/x/../../b.png"), "out/b");
    ct__targets_destroy(&targets);
}

static void a_second_name_gets_a_number_and_keeps_it(void **state)
{
    (void)state;
    struct ct__targets *targets = NULL;
    assert_int_equal(ct__targets_create(&targets, "out", inputs), 0);
    assert_string_equal(give(targets, "in/a.jpg"), "out/a");
    assert_string_equal(give(targets, "in/a.png"), "out/a-2");
    assert_string_equal(give(targets, "in/a-2.png"), "out/a-2-2");
    assert_string_equal(give(targets, "other/a.png"), "out/a-3");
    assert_string_equal(find(targets, "in/a.jpg"), "out/a");
    assert_string_equal(find(targets, "in/a.png"), "out/a-2");
    assert_string_equal(find(targets, "in/a-2.png"), "out/a-2-2");
    assert_string_equal(find(targets, "never/given.png"), "out/given");
    assert_string_equal(give(targets, "in/a.png"), "out/a-2"); // once more: it has changed
    char path[64];
    for (int i = 0; i < 300; i++) { // the table grows
        snprintf(path, sizeof path, "in/%d/b.jpg", i);
        give(targets, path);
    }
    assert_string_equal(find(targets, "in/a.png"), "out/a-2");
    ct__targets_destroy(&targets);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    int error = CT_ERROR_MEMORY;
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__targets *targets = NULL;
        struct ct__text name = {0};
        ct__mem_fail(n);
        error = ct__targets_create(&targets, "out", inputs);
        error = error ? error : ct__targets_give(targets, "in/a.jpg", &name);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct__text_finish(&name);
        if (targets)
            ct__targets_destroy(&targets);
    }
    assert_int_equal(error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(folders_of_the_input_are_kept),
        BENCH_TEST(no_name_leads_out_of_the_folder),
        BENCH_TEST(a_second_name_gets_a_number_and_keeps_it),
        BENCH_TEST(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
