// SPDX-License-Identifier: Apache-2.0
// The first look at a file: ONNX or something else; and the texts and tensors that backends share.
#include "support.h"

#include "runtime/graph.h"
#include "runtime/library.h"
#include "runtime/onnx.h"
#include "runtime/sentence.h"

static bool accepts(const char *bytes, size_t size)
{
    // A copy of exactly this size, so that a sanitizer sees a read beyond it.
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    copy = realloc(copy, size ? size : 1);
    bool answer = ct__onnx_accepts(copy, size);
    free(copy);
    return answer;
}
#define ACCEPTS(literal) accepts(literal, sizeof(literal) - 1)

static void the_beginning_of_a_model_is_accepted(void **state)
{
    (void)state;
    assert_true(ACCEPTS("\x08\x08"));                   // format 8
    assert_true(ACCEPTS("\x08\x07\x12\x07pytorch"));    // format, producer
    assert_true(ACCEPTS("\x12\x02me\x28\x05\x08\x0a")); // producer, model's own version, format
    assert_true(ACCEPTS("\xa2\x01\x01x\x08\x0a\xff"));  // training information, format
}

static void other_files_are_refused(void **state)
{
    (void)state;
    assert_false(ACCEPTS(""));
    assert_false(ACCEPTS("\xff\xd8\xff\xe0")); // JPEG
    assert_false(ACCEPTS("\x89PNG\r\n\x1a\n"));
    assert_false(ACCEPTS("{\"chiton_fake\": 1}"));
    assert_false(ACCEPTS("hello world"));
    assert_false(ACCEPTS("result: 1"));  // its first letter is a field of models
    assert_false(ACCEPTS("\"quoted\"")); // likewise
    assert_false(ACCEPTS("2 apples\n")); // likewise
    assert_false(ACCEPTS("\x08"));       // no value
    assert_false(ACCEPTS("\x08\x00"));   // no version
    assert_false(ACCEPTS("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_false(ACCEPTS("\x12\x7f\x08\x08")); // a producer longer than the file
    assert_false(ACCEPTS("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x\x08\x08"));
}

static void weights_beside_the_file_are_seen(void **state)
{
    (void)state;
    assert_true(ct__onnx_beside((const uint8_t *)"...\x0a\x08location\x12", 14));
    assert_false(ct__onnx_beside((const uint8_t *)"location location", 17));
    assert_false(ct__onnx_beside((const uint8_t *)"", 0));
}

static void a_library_s_text_becomes_one_short_line(void **state)
{
    (void)state;
    char line[16];
    ct__one_line(" a\n\tb \x7f c\n", line, sizeof line);
    assert_string_equal(line, "a b c");
    ct__one_line("123456789012345", line, sizeof line);
    assert_string_equal(line, "123456789012345");
    ct__one_line("1234567890123456", line, sizeof line);
    assert_string_equal(line, "123456789012...");
    ct__one_line("12345678901\u00e4\u00e4\u00e4", line, sizeof line);
    assert_string_equal(line, "12345678901...");
    ct__one_line("", line, sizeof line);
    assert_string_equal(line, "");
}

static void places_in_a_library_s_source_are_cut_out(void **state)
{
    static const char *const cases[][2] = {
        {"Failed:/src/onnxruntime/core/a.h:46 void ns::F(const T<U>&, int) Only now.",
         "Failed: Only now."},
        {"Message: /x/onnxruntime/core/b.cc:1 f(g(), (h)) x == y", "Message: x == y"},
        {"nothing to cut (here)", "nothing to cut (here)"},
        {"Load model from a b.onnx failed:No good.", "No good."},
        {"Load model from a.onnx failed:/x/onnxruntime/core/b.cc:1 f(g()) x", "x"},
        {"Load model from a.onnx", "Load model from a.onnx"},
        {"/x/onnxruntime/core/open.cc:1 f(never closed", ""},
        {"/x/onnxruntime/core/without.cc:1", "/x/onnxruntime/core/without.cc:1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[128], cut[128];
        ct__one_line(cases[i][0], line, sizeof line);
        ct__cut_place(line);
        ct__one_line(line, cut, sizeof cut);
        assert_string_equal(cut, cases[i][1]);
    }
}

static void a_tensor_too_large_is_refused(void **state)
{
    (void)state;
    struct ct__tensor tensor = {"big", CT_TYPE_F32, 2, {1 << 20, 1 << 10}, NULL};
    assert_int_equal(ct__tensor_alloc(&tensor, "scope"), CT_ERROR_LIMIT);
    assert_reason("big [1048576,1024]: larger than 2 GiB");
    tensor.dim[0] = tensor.dim[1] = INT64_MAX;
    assert_int_equal(ct__tensor_alloc(&tensor, "scope"), CT_ERROR_LIMIT);
    tensor.dim[0] = -1;
    assert_int_equal(ct__tensor_alloc(&tensor, "scope"), CT_ERROR_LIMIT);
    tensor.type = CT_TYPE_OTHER;
    assert_int_equal(ct__tensor_alloc(&tensor, "scope"), CT_ERROR_UNSUPPORTED);
    assert_null(tensor.data);
}

static void the_first_library_that_loads_is_taken(void **state)
{
    (void)state;
    const char *const names[] = {"/nowhere/libm.so", "libm.so.6", NULL};
    char path[256];
    void *function = NULL;
    assert_int_equal(ct__library_load(names, "cos", &function, path, sizeof path), CT_OK);
    assert_non_null(function);
    assert_non_null(strstr(path, "libm.so.6"));
}

static void the_first_reason_is_told_when_none_loads(void **state)
{
    (void)state;
    const char *const names[] = {"/nowhere/libfirst.so", "/nowhere/libsecond.so", NULL};
    const char *const without[] = {"libm.so.6", NULL};
    char path[256];
    void *function = NULL;
    assert_int_equal(ct__library_load(names, "cos", &function, path, sizeof path),
                     CT_ERROR_UNSUPPORTED);
    assert_non_null(strstr(path, "/nowhere/libfirst.so"));
    assert_int_equal(ct__library_load(without, "no_such_symbol", &function, path, sizeof path),
                     CT_ERROR_UNSUPPORTED);
    assert_non_null(strstr(path, "no_such_symbol"));
    assert_null(function);
}

static void versions_are_compared_as_numbers(void **state)
{
    (void)state;
    assert_true(ct__version_reaches("1.21.0", 1, 21));
    assert_true(ct__version_reaches("1.100.0", 1, 21));
    assert_true(ct__version_reaches("2.0", 1, 21));
    assert_false(ct__version_reaches("1.20.1", 1, 21));
    assert_false(ct__version_reaches("1.3.0", 1, 21));
    assert_false(ct__version_reaches("0.99", 1, 21));
    assert_false(ct__version_reaches("", 1, 21));
    assert_false(ct__version_reaches("new", 1, 21));
}

static void backends_are_found_by_name_and_by_data(void **state)
{
    (void)state;
    const char *fake = "{\"chiton_fake\": 1}";
    assert_ptr_equal(ct__backend_find("ort", NULL, 0), &ct__backend_ort);
    assert_ptr_equal(ct__backend_find("fake", NULL, 0), &ct__backend_fake);
    assert_null(ct__backend_find("none", NULL, 0));
    assert_ptr_equal(ct__backend_find("auto", (const uint8_t *)fake, strlen(fake)),
                     &ct__backend_fake);
    assert_ptr_equal(ct__backend_find("auto", (const uint8_t *)"\x08\x08", 2), &ct__backend_ort);
    assert_ptr_equal(ct__backend_find("auto", NULL, 0), &ct__backend_ort);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_of_a_model_is_accepted),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(weights_beside_the_file_are_seen),
        cmocka_unit_test(a_library_s_text_becomes_one_short_line),
        cmocka_unit_test(places_in_a_library_s_source_are_cut_out),
        cmocka_unit_test(a_tensor_too_large_is_refused),
        cmocka_unit_test(the_first_library_that_loads_is_taken),
        cmocka_unit_test(the_first_reason_is_told_when_none_loads),
        cmocka_unit_test(versions_are_compared_as_numbers),
        cmocka_unit_test(backends_are_found_by_name_and_by_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
