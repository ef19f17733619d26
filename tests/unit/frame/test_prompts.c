// SPDX-License-Identifier: Apache-2.0
// What a prompt may be, and where it may lie.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "frame/prompts.h"

static void expect_failure(int error, const char *part)
{
    char text[256];
    assert_int_equal(error, CT_ERROR_INVALID);
    ct__last_failure(text, sizeof text);
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static int check(struct ct_prompt prompt)
{
    return ct__prompts_check(&(struct ct__prompts){&prompt, 1}, "sam");
}

static void none_is_sound(void **state)
{
    (void)state;
    assert_int_equal(ct__prompts_check(&(struct ct__prompts){0}, "sam"), 0);
    assert_int_equal(ct__prompts_check_within(&(struct ct__prompts){0}, 1, 1, "sam"), 0);
}

static void what_is_no_prompt_is_refused(void **state)
{
    (void)state;
    assert_int_equal(check((struct ct_prompt){CT_PROMPT_FOREGROUND, 1, 2, NAN, NAN}), 0);
    assert_int_equal(check((struct ct_prompt){CT_PROMPT_BOX, 1, 2, 3, 4}), 0);
    expect_failure(check((struct ct_prompt){0}), "prompt 1 is of kind 0 at 0,0");
    expect_failure(check((struct ct_prompt){CT_PROMPT_BOX + 1, 1, 2, 3, 4}), "of kind 4");
    expect_failure(check((struct ct_prompt){CT_PROMPT_BACKGROUND, NAN, 2, 0, 0}), "at nan,2");
    expect_failure(check((struct ct_prompt){CT_PROMPT_BOX, 1, 2, 3, INFINITY}), "of kind 3");
    expect_failure(ct__prompts_check(&(struct ct__prompts){NULL, 1}, "sam"), "1 prompts");
    expect_failure(ct__prompts_check(&(struct ct__prompts){NULL, -1}, "sam"), "-1 prompts");
    const struct ct_prompt many[CT_MAX_PROMPTS + 1] = {{0}};
    expect_failure(ct__prompts_check(&(struct ct__prompts){many, CT_MAX_PROMPTS + 1}, "sam"),
                   "65 prompts: expected 0 to 64");
}

static int check_within(struct ct_prompt prompt)
{
    const struct ct_prompt two[] = {{CT_PROMPT_FOREGROUND, 0, 0, 0, 0}, prompt};
    return ct__prompts_check_within(&(struct ct__prompts){two, 2}, 640, 480, "sam");
}

static void borders_belong_to_the_picture(void **state)
{
    (void)state;
    assert_int_equal(check_within((struct ct_prompt){CT_PROMPT_FOREGROUND, 640, 480, 900, 0}), 0);
    assert_int_equal(check_within((struct ct_prompt){CT_PROMPT_BOX, 640, 480, 0, 0}), 0);
    expect_failure(check_within((struct ct_prompt){CT_PROMPT_FOREGROUND, 640.5, 3, 0, 0}),
                   "prompt 2: 640.5,3 lies outside the picture of 640x480");
    expect_failure(check_within((struct ct_prompt){CT_PROMPT_BACKGROUND, 3, -1, 0, 0}), "3,-1");
    expect_failure(check_within((struct ct_prompt){CT_PROMPT_BOX, 3, 4, 5, 481}), "5,481");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_is_sound),
        cmocka_unit_test(what_is_no_prompt_is_refused),
        cmocka_unit_test(borders_belong_to_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
