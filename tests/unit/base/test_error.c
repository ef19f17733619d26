// SPDX-License-Identifier: Apache-2.0
// Every code has a name, and any other number has one too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <chiton/error.h>

static void every_code_has_its_own_name(void **state)
{
    (void)state;
    for (int a = CT_ERROR_END; a <= CT_OK; a++) {
        assert_true(strlen(ct_error_name(a)) > 0);
        for (int b = CT_ERROR_END; b < a; b++)
            assert_string_not_equal(ct_error_name(a), ct_error_name(b));
    }
    assert_string_equal(ct_error_name(CT_ERROR_NOT_FOUND), "not found");
}

static void a_count_is_no_error(void **state)
{
    (void)state;
    assert_string_equal(ct_error_name(480), "ok");
    assert_string_equal(ct_error_name(INT_MAX), "ok");
}

static void an_unknown_code_is_called_so(void **state)
{
    (void)state;
    assert_string_equal(ct_error_name(CT_ERROR_END - 1), "unknown error");
    assert_string_equal(ct_error_name(INT_MIN), "unknown error");
}

static void the_version_is_that_of_the_headers(void **state)
{
    (void)state;
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", CT_VERSION_MAJOR, CT_VERSION_MINOR,
             CT_VERSION_PATCH);
    assert_string_equal(ct_version(), version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_own_name),
        cmocka_unit_test(a_count_is_no_error),
        cmocka_unit_test(an_unknown_code_is_called_so),
        cmocka_unit_test(the_version_is_that_of_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
