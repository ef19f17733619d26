// SPDX-License-Identifier: Apache-2.0
// What broke in sidecars, found by fuzz/sidecar.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/sidecar.h"

// The YAML parser never came back from this one.
static void a_broken_directive_ends(void **state)
{
    (void)state;
    static const char text[] = "%iz\xff: -a\ni";
    struct ct__sidecar sidecar = {0};
    assert_int_equal(ct__sidecar_parse(&sidecar, "m.yaml", text, sizeof text - 1), CT_ERROR_FORMAT);
    ct__sidecar_finish(&sidecar);
}

// The parser lost memory over this one; it is not given bytes that are no text any more.
static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char text[] = "? ''''''''''''''''''''''''''''''\xe0\xce % - % ";
    struct ct__sidecar sidecar = {0};
    assert_int_equal(ct__sidecar_parse(&sidecar, "m.yaml", text, sizeof text - 1), CT_ERROR_FORMAT);
    ct__sidecar_finish(&sidecar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_directive_ends),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
