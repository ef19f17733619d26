// SPDX-License-Identifier: Apache-2.0
// Forms of strangers.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/form.h"

static const char type[] = "multipart/form-data; boundary=b0";
static struct ct__form form;

static const char *take(const char *body)
{
    return ct__form_read(&form, type, body, strlen(body));
}

#define PART(name, data)                                                                           \
    "--b0\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" data "\r\n"

static void expect_field(const char *name, const char *data)
{
    const struct ct__field_part *field = ct__form_find(&form, name);
    assert_non_null(field);
    assert_int_equal(field->size, strlen(data));
    assert_memory_equal(field->data, data, field->size);
}

static void fields_are_found_by_name(void **state)
{
    (void)state;
    assert_null(take(PART("a", "true") PART("bgc", "1,2,3,4") "--b0--\r\n"));
    assert_int_equal(form.count, 2);
    expect_field("a", "true");
    expect_field("bgc", "1,2,3,4");
    assert_null(ct__form_find(&form, "b"));
}

static void a_file_may_hold_anything(void **state)
{
    static const char body[] = "--b0\r\ncontent-type: image/png\r\ncontent-disposition: form-data; "
                               "filename=\"name=x\"; name=file\r\n\r\n\0\r\n--b1\r\n\r\n\r\n--b0--";
    (void)state;
    assert_null(ct__form_read(&form, type, body, sizeof body - 1));
    const struct ct__field_part *file = ct__form_find(&form, "file");
    assert_non_null(file);
    assert_int_equal(file->size, 11);
    assert_memory_equal(file->data, "\0\r\n--b1\r\n\r\n", 11);
}

static void an_empty_field_and_an_empty_form_are_well(void **state)
{
    (void)state;
    assert_null(take(PART("a", "") "--b0--"));
    expect_field("a", "");
    assert_null(take("--b0--"));
    assert_int_equal(form.count, 0);
}

static void what_stands_before_the_first_part_is_passed_over(void **state)
{
    (void)state;
    assert_null(take("hello\r\n" PART("a", "1") "--b0--"));
    expect_field("a", "1");
}

static void a_boundary_may_be_quoted(void **state)
{
    const char *body = PART("a", "1") "--b0--";
    (void)state;
    assert_null(ct__form_read(&form, "Multipart/Form-Data; charset=x; Boundary=\"b0\"", body,
                              strlen(body)));
    expect_field("a", "1");
}

static void broken_forms_say_why(void **state)
{
    const char *body = PART("a", "1") "--b0--";
    (void)state;
    assert_string_equal(take(""), "it has no end");
    assert_string_equal(take("--b0"), "it has no end");
    assert_string_equal(take(PART("a", "1")), "it has no end");
    assert_string_equal(take("--b0\r\n\r\n1\r\n--b0--"), "a part has no name");
    assert_string_equal(take("--b0\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b0--"),
                        "a part has no name");
    static const char *const types[] = {"multipart/form-data", "multipart/form-data; boundary=",
                                        "multipart/form-data; boundary=\"b0"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(ct__form_read(&form, types[i], body, strlen(body)),
                            "its type names no boundary");
}

static void more_fields_than_there_is_room_for_are_refused(void **state)
{
    char body[8192] = "";
    (void)state;
    for (int i = 0; i < CT__MOST_FIELDS; i++)
        strcat(body, PART("a", "1"));
    size_t length = strlen(body);
    strcat(body, "--b0--");
    assert_null(take(body));
    strcpy(body + length, PART("b", "2") "--b0--");
    assert_string_equal(take(body), "too many fields");
}

// The copy ends where the body does, so that a sanitizer sees a step beyond.
static void a_form_that_is_cut_off_anywhere_is_read_safely(void **state)
{
    const char *body = "x\r\n" PART("a", "1") PART("file", "\r\n--b\r\n") "--b0--\r\n";
    (void)state;
    for (size_t size = 0; size < strlen(body); size++) {
        char *copy = malloc(size + !size);
        memcpy(copy, body, size);
        const char *wrong = ct__form_read(&form, type, copy, size);
        if (size < strlen(body) - 2)
            assert_non_null(wrong);
        free(copy);
    }
}

static void only_such_forms_are_taken_for_one(void **state)
{
    (void)state;
    assert_true(ct__form_is(type));
    assert_true(ct__form_is("multipart/form-data"));
    assert_false(ct__form_is("multipart/form-datas; boundary=b0"));
    assert_false(ct__form_is("image/png"));
    assert_false(ct__form_is(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(a_file_may_hold_anything),
        cmocka_unit_test(an_empty_field_and_an_empty_form_are_well),
        cmocka_unit_test(what_stands_before_the_first_part_is_passed_over),
        cmocka_unit_test(a_boundary_may_be_quoted),
        cmocka_unit_test(broken_forms_say_why),
        cmocka_unit_test(more_fields_than_there_is_room_for_are_refused),
        cmocka_unit_test(a_form_that_is_cut_off_anywhere_is_read_safely),
        cmocka_unit_test(only_such_forms_are_taken_for_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
