// SPDX-License-Identifier: Apache-2.0
// The table of known models: whatever uses it may rely on the form of its rows.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <chiton/model.h>

#include "base/model_path.h"
#include "models/family.h"

static void expect_file(const char *url, const char *sha256, int64_t bytes)
{
    assert_int_equal(strncmp(url, "https://", 8), 0);
    assert_int_equal(strlen(sha256), 64);
    assert_int_equal(strspn(sha256, "0123456789abcdef"), 64);
    assert_true(bytes > 0);
}

static void every_row_can_be_fetched_and_checked(void **state)
{
    (void)state;
    const struct ct_known_model *list;
    int count = ct_known_model_list(&list);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const struct ct_known_file *decoder = &list[i].decoder;
        expect_file(list[i].url, list[i].sha256, list[i].bytes);
        if (decoder->url || decoder->sha256 || decoder->bytes)
            expect_file(decoder->url, decoder->sha256, decoder->bytes);
        assert_true(list[i].licence && list[i].help);
        assert_null(strchr(list[i].name, '/'));
        assert_true(i == 0 || strcmp(list[i - 1].name, list[i].name) < 0);
    }
}

static void every_family_that_is_named_is_built_in(void **state)
{
    (void)state;
    const struct ct_known_model *list;
    int count = ct_known_model_list(&list);
    for (int i = 0; i < count; i++) {
        int found = list[i].family == NULL;
        for (int f = 0; ct__families()[f]; f++)
            found |= list[i].family && strcmp(ct__families()[f]->name, list[i].family) == 0;
        assert_true(found);
    }
}

static void a_row_is_found_with_and_without_its_ending(void **state)
{
    (void)state;
    const struct ct_known_model *model = ct_known_model_find("yolox_nano");
    assert_non_null(model);
    assert_ptr_equal(ct_known_model_find("yolox_nano.onnx"), model);
    assert_string_equal(ct_known_model_find("sam")->name, CT__SAM_KNOWN);
    assert_null(ct_known_model_find("yolox_nano2"));
    assert_null(ct_known_model_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_can_be_fetched_and_checked),
        cmocka_unit_test(every_family_that_is_named_is_built_in),
        cmocka_unit_test(a_row_is_found_with_and_without_its_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
