// SPDX-License-Identifier: Apache-2.0
// Points and boxes as people and clients of rembg write them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/model_path.h"
#include "base/prompts.h"

static void expect_why(const char *why, const char *part)
{
    if (!strstr(why, part))
        fail_msg("\"%s\" does not say \"%s\"", why, part);
}

static void expect(const struct ct__prompt_list *list, int at, enum ct_prompt_kind kind, double x,
                   double y, double x2, double y2)
{
    const struct ct_prompt *prompt = &list->items[at];
    assert_true(at < list->count);
    assert_int_equal(prompt->kind, kind);
    assert_true(prompt->x == x && prompt->y == y && prompt->x2 == x2 && prompt->y2 == y2);
}

static void a_point_is_of_what_is_meant_or_not(void **state)
{
    (void)state;
    struct ct__prompt_list list = {0};
    char why[128];
    assert_true(ct__prompts_add_point(&list, "320,240", why, sizeof why));
    assert_true(ct__prompts_add_point(&list, "12.5,-1:0", why, sizeof why));
    assert_true(ct__prompts_add_point(&list, "0,65535:1", why, sizeof why));
    assert_true(ct__prompts_add_box(&list, "20,30,2e2,300.25", why, sizeof why));
    assert_int_equal(list.count, 4);
    expect(&list, 0, CT_PROMPT_FOREGROUND, 320, 240, 0, 0);
    expect(&list, 1, CT_PROMPT_BACKGROUND, 12.5, -1, 0, 0);
    expect(&list, 2, CT_PROMPT_FOREGROUND, 0, 65535, 0, 0);
    expect(&list, 3, CT_PROMPT_BOX, 20, 30, 200, 300.25);
}

static void a_wrong_point_or_box_is_told(void **state)
{
    (void)state;
    static const char *const points[] = {
        "",      "1",     "1,",   ",2",      "1,2,3",  "1,2:",   "1,2:2",   "1:2,0", "x,2",
        "1,nan", "1,inf", "1, 2", "1,70000", "1,2:0 ", "0x10,2", "1e999,2", "1,2:01"};
    static const char *const boxes[] = {"",        "1,2,3",   "1,2,3,4,5", "1,2,3,x",
                                        "1,2,1,4", "1,2,3,2", "1,2,3,4:1", "1,2:3,4"};
    struct ct__prompt_list list = {0};
    char why[192];
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        assert_false(ct__prompts_add_point(&list, points[i], why, sizeof why));
        expect_why(why, points[i]);
        expect_why(why, ": expected X,Y or X,Y:LABEL in pixels");
    }
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        assert_false(ct__prompts_add_box(&list, boxes[i], why, sizeof why));
        expect_why(why, ": expected X1,Y1,X2,Y2");
    }
    assert_int_equal(list.count, 0);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct ct__prompt_list list = {0};
    char why[128];
    for (int i = 0; i < CT_MAX_PROMPTS; i++)
        assert_true(ct__prompts_add_point(&list, "1,2", why, sizeof why));
    assert_false(ct__prompts_add_box(&list, "1,2,3,4", why, sizeof why));
    expect_why(why, "more than 64 points and boxes");
}

static bool read(struct ct__prompt_list *list, const char *text, char why[192])
{
    *list = (struct ct__prompt_list){0};
    return ct__prompts_read_extras(list, text, strlen(text), why, 192);
}

static void extras_are_those_of_rembg(void **state)
{
    (void)state;
    struct ct__prompt_list list;
    char why[192];
    assert_true(
        read(&list,
             "{\"sam_prompt\": [{\"type\": \"point\", \"data\": [724, 740.5], \"label\": 1}, "
             "{\"type\":\"rectangle\",\"data\":[1,2,3,4],\"label\":0},\n"
             "{\"type\": \"point\", \"data\": [-1, 0], \"label\": 0.0}], "
             "\"sam_model\": \"sam_vit_l_0b3195\", \"sam_quant\": true}",
             why));
    assert_int_equal(list.count, 3);
    expect(&list, 0, CT_PROMPT_FOREGROUND, 724, 740.5, 0, 0);
    expect(&list, 1, CT_PROMPT_BOX, 1, 2, 3, 4);
    expect(&list, 2, CT_PROMPT_BACKGROUND, -1, 0, 0, 0);
    assert_string_equal(list.model, "sam_vit_l_0b3195");
    assert_true(list.quantised);
    static const char *const nothing[] = {"", " ", "{}", "null", " { } ", "{\"sam_quant\": false}"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
        assert_true(read(&list, nothing[i], why));
        assert_true(list.count == 0 && !list.model[0] && !list.quantised);
    }
}

static void wrong_extras_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"[1]", "the whole: expected {\"sam_prompt\": [...]}"},
        {"{\n", "2:1: no JSON: "},
        {"{\"api_key\": 1}", "api_key: there is nothing of the kind here"},
        {"{\"sam_prompt\": []}", "sam_prompt: expected a list"},
        {"{\"sam_prompt\": 5}", "1:16: sam_prompt = 5: expected a list of points and rectangles"},
        {"{\"sam_prompt\": [5]}", "a prompt without type = 5: expected point or rectangle"},
        {"{\"sam_prompt\": [{\"type\": \"circle\"}]}", "1:26: type = circle: expected point"},
        {"{\"sam_prompt\": [{\"type\": \"point\"}]}", "a prompt without data: expected [x, y]"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 2]}]}", "a point without label"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 2, 3], \"label\": 1}]}",
         "data: expected [x, y]"},
        {"{\"sam_prompt\": [{\"type\": \"rectangle\", \"data\": [1, 2]}]}",
         "data: expected [x1, y1, x2, y2]"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, \"x\"], \"label\": 1}]}",
         "data = x: expected pixels"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 1e9], \"label\": 1}]}",
         "data = 1e9: expected pixels, at most 65535"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, [2]], \"label\": 1}]}",
         "data: expected pixels"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 2], \"label\": 5}]}",
         "1:60: label = 5: expected 1 for what is meant, 0 for what is not"},
        {"{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 2], \"label\": [1]}]}",
         "label: expected 1"},
        {"{\"sam_model\": []}", "sam_model: expected the name of a model"},
        {"{\"sam_model\": \"\"}", "sam_model = : expected the name of a model"},
        {"{\"sam_quant\": 7}", "sam_quant = 7: expected true or false"},
        {"{\"sam_quant\": true, \"sam_quant\": true}", "duplicate key sam_quant"},
        {"{\"sam_prompt\": &a [*a]}", "1:16: no JSON: "},
        {"{'''''''''''''''''}", "1:2: no JSON: "}, // libfyaml 0.7 leaks memory on it
    };
    struct ct__prompt_list list;
    char why[192];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(read(&list, cases[i].text, why));
        expect_why(why, cases[i].why);
    }
    static char many[70000];
    memset(many, ' ', sizeof many - 1);
    assert_false(read(&list, many, why));
    expect_why(why, "longer than 65536 bytes");
}

static void more_than_there_is_room_for_is_told(void **state)
{
    (void)state;
    struct ct__prompt_list list;
    char why[192], text[8192] = "{\"sam_prompt\": [";
    for (int i = 0; i <= CT_MAX_PROMPTS; i++)
        strcat(text, "{\"type\": \"point\", \"data\": [1, 2], \"label\": 1},");
    strcpy(strrchr(text, ','), "]}");
    assert_false(read(&list, text, why));
    expect_why(why, "more than 64 points and boxes");
}

static void sam_means_the_one_that_is_said(void **state)
{
    (void)state;
    struct ct__prompt_list list = {0};
    char text[96];
    assert_string_equal(ct__prompts_model(&list, "u2netp", text), "u2netp");
    assert_string_equal(ct__prompts_model(&list, "sam", text), "sam");
    list.quantised = true;
    assert_string_equal(ct__prompts_model(&list, "u2netp", text), "u2netp");
    assert_string_equal(ct__prompts_model(&list, "sam", text),
                        "sam_vit_b_01ec64.encoder.quant.onnx");
    strcpy(list.model, "sam_vit_l_0b3195");
    assert_string_equal(ct__prompts_model(&list, "sam", text),
                        "sam_vit_l_0b3195.encoder.quant.onnx");
    list.quantised = false;
    assert_string_equal(ct__prompts_model(&list, "sam", text), "sam_vit_l_0b3195");
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct ct__prompt_list list;
        char why[192];
        ct__mem_fail(n);
        bool good =
            read(&list, "{\"sam_prompt\": [{\"type\": \"point\", \"data\": [1, 2], \"label\": 1}]}",
                 why);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(good, !failed);
        if (!failed)
            break;
        expect_why(why, "out of memory");
        assert_true(n < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_is_of_what_is_meant_or_not),
        cmocka_unit_test(a_wrong_point_or_box_is_told),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(extras_are_those_of_rembg),
        cmocka_unit_test(wrong_extras_are_told_with_their_place),
        cmocka_unit_test(more_than_there_is_room_for_is_told),
        cmocka_unit_test(sam_means_the_one_that_is_said),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
