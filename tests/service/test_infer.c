// SPDX-License-Identifier: Apache-2.0
// Inferences that strangers ask for, read and answered without a model.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/datatype.h"
#include "service/kserve.h"
#include "service/reply.h"

static struct ct__infer infer;
static struct ct__refusal refusal;

static bool take(const char *body, size_t size, int64_t header)
{
    refusal = (struct ct__refusal){0};
    return ct__infer_read(&infer, body, size, header, &refusal);
}

static bool take_json(const char *body)
{
    return take(body, strlen(body), -1);
}

static void a_request_is_read(void **state)
{
    (void)state;
    assert_true(take_json(
        "{\"id\":\"7\",\"x\":[{}],\"parameters\":{\"binary_data_output\":true,\"p\":1},\"outputs\":"
        "["
        "{\"name\":\"o\"},{\"parameters\":{\"binary_data\":false},\"name\":\"q\"}],\"inputs\":["
        "{\"data\":[1,2],\"shape\":[2,1],\"datatype\":\"INT16\",\"name\":\"a\",\"more\":null}]}"));
    assert_string_equal(infer.id, "7");
    assert_int_equal(infer.input_count, 1);
    assert_int_equal(infer.inputs[0].type, CT_TYPE_I16);
    assert_int_equal(infer.inputs[0].rank, 2);
    assert_int_equal(infer.inputs[0].dim[0], 2);
    assert_false(infer.inputs[0].binary);
    assert_int_equal(infer.output_count, 2);
    assert_true(infer.outputs[0].binary);
    assert_false(infer.outputs[1].binary);
}

#define INPUT(more)  "{\"inputs\":[{\"name\":\"a\",\"shape\":[2],\"datatype\":\"UINT8\"" more "}]}"
#define BINARY(size) INPUT(",\"parameters\":{\"binary_data_size\":" size "}")

static void bytes_stand_behind_the_json(void **state)
{
    static const char head[] =
        "{\"inputs\":[{\"name\":\"a\",\"shape\":[2],\"datatype\":\"UINT8\",\"parameters\":"
        "{\"binary_data_size\":2}},{\"name\":\"b\",\"shape\":[1],\"datatype\":\"FP32\","
        "\"parameters\":{\"binary_data_size\":4}}]}";
    char body[sizeof head + 6];
    size_t count = 0, length = sizeof head - 1;
    float value = 0;
    (void)state;
    memcpy(body, head, length);
    memcpy(body + length, "\1\2\0\0\200\77", 6);
    assert_true(take(body, length + 6, (int64_t)length));
    assert_memory_equal(infer.inputs[0].data, "\1\2", 2);
    assert_true(ct__infer_count(&infer.inputs[1], &count, &refusal));
    assert_int_equal(count, 1);
    assert_true(ct__infer_fill(&infer.inputs[1], &value, 1, &refusal));
    assert_true(value == 1);
    assert_false(take(body, length + 5, (int64_t)length));
    assert_int_equal(refusal.status, 400);
    body[length + 6] = 0;
    assert_false(take(body, length + 7, (int64_t)length));
    assert_string_equal(refusal.why, "1 bytes belong to no input");
    assert_false(take(body, length + 6, (int64_t)length + 7));
    assert_int_equal(refusal.status, 400);
}

static void what_is_broken_is_told(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *word;
    } wrong[] = {
        {"", 400, "an object is expected"},
        {"[]", 400, "an object is expected"},
        {"{\"inputs\":1}", 400, "an array is expected"},
        {"{\"inputs\":[]", 400, "a comma or the end"},
        {"{\"inputs\":[{}]}", 400, "has no name"},
        {"{\"inputs\":[{\"name\":\"a\"}]}", 400, "has no datatype"},
        {"{\"inputs\":[{\"name\":\"a\",\"datatype\":\"FP32\"}]}", 400, "has no shape"},
        {INPUT(""), 400, "has no data"},
        {"{\"inputs\":[{\"name\":\"a\",\"datatype\":\"BYTES\"}]}", 422, "datatype BYTES"},
        {"{\"inputs\":[{\"shape\":[-1]}]}", 400, "a dimension is negative"},
        {"{\"inputs\":[{\"shape\":[1.5]}]}", 400, "a whole number"},
        {"{\"inputs\":[{\"shape\":[1,1,1,1,1,1,1,1,1]}]}", 400, "more than 8"},
        {BINARY("1"), 400, "0 bytes are left"},
        {BINARY("-3"), 400, "binary_data_size = -3"},
        {BINARY("99999999999"), 400, "0 bytes are left"},
        {INPUT(",\"data\":[1,2],\"parameters\":{\"binary_data_size\":0}"), 400, "data twice"},
        {INPUT(",\"parameters\":{\"shared_memory_region\":\"x\"}"), 422, "no shared_memory_region"},
        {"{\"outputs\":[{\"name\":\"a\",\"parameters\":{\"classification\":3}}]}", 422,
         "no classification"},
        {"{\"outputs\":[{}]}", 400, "output 0 has no name"},
        {"{\"inputs\":[],\"inputs\":[{\"name\":\"a\",\"shape\":[],\"datatype\":\"BOOL\",\"data\":["
         "1]},"
         "{\"name\":\"a\",\"shape\":[],\"datatype\":\"BOOL\",\"data\":[1]}]}",
         400, "a is given twice"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(take_json(wrong[i].body));
        if (refusal.status != wrong[i].status || !strstr(refusal.why, wrong[i].word))
            fail_msg("%s: %d %s", wrong[i].body, refusal.status, refusal.why);
    }
}

static void more_tensors_than_there_is_room_for_are_refused(void **state)
{
    char body[8192] = "{\"outputs\":[";
    (void)state;
    for (int i = 0; i <= CT__MOST_TENSORS; i++)
        strcat(body, i ? ",{\"name\":\"a\"}" : "{\"name\":\"a\"}");
    strcat(body, "]}");
    assert_false(take_json(body));
    assert_non_null(strstr(refusal.why, "more than 64"));
}

// Reads an input of that type, shape and data into `to`.
static bool fill(const char *type, const char *shape, const char *data, void *to)
{
    char body[512];
    size_t count = 0;
    snprintf(body, sizeof body,
             "{\"inputs\":[{\"name\":\"a\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}]}", type,
             shape, data);
    assert_true(take_json(body));
    return ct__infer_count(&infer.inputs[0], &count, &refusal) &&
           ct__infer_fill(&infer.inputs[0], to, count, &refusal);
}

static void data_may_be_flat_or_nested(void **state)
{
    static const char *const data[] = {"[1,2,3,4,5,6]", "[[1,2,3],[4,5,6]]"};
    int32_t to[6];
    (void)state;
    for (int i = 0; i < 2; i++) {
        memset(to, 0, sizeof to);
        assert_true(fill("INT32", "[2,3]", data[i], to));
        for (int at = 0; at < 6; at++)
            assert_int_equal(to[at], at + 1);
    }
    assert_true(fill("INT32", "[]", "[9]", to));
    assert_int_equal(to[0], 9);
    assert_true(fill("INT32", "[0,3]", "[]", to));
    assert_true(fill("INT32", "[2,0]", "[[],[]]", to));
}

static void data_of_another_shape_are_refused(void **state)
{
    static const char *const data[] = {"[1,2,3]",       "[1,2,3,4,5]", "[[1,2],[3]]",
                                       "[[1,2],3,4]",   "[1,[2,3],4]", "[[[1,2]],[[3,4]]]",
                                       "[[1,2,3],[4]]", "[[1,2,3,4]]", "[[1],[2],[3],[4]]"};
    int32_t to[4];
    (void)state;
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        if (fill("INT32", "[2,2]", data[i], to))
            fail_msg("%s passes for [2,2]", data[i]);
        assert_true(refusal.status == 400 || refusal.status == 422);
    }
    assert_false(fill("INT32", "[4611686018427387904,4611686018427387904]", "[1]", to));
    assert_int_equal(refusal.status, 422);
    assert_false(fill("INT32", "[1000000]", "[1]", to));
    assert_int_equal(refusal.status, 422);
    assert_true(fill("INT32", "[4611686018427387904,4611686018427387904,0]", "[]", to));
}

static void every_type_has_its_range(void **state)
{
    static const struct {
        const char *type, *good, *beyond;
    } types[] = {
        {"INT8", "[-128,127]", "[128,0]"},
        {"INT16", "[-32768,32767]", "[-32769,0]"},
        {"INT32", "[-2147483648,2147483647]", "[2147483648,0]"},
        {"INT64", "[-9223372036854775808,9223372036854775807]", "[9223372036854775808,0]"},
        {"UINT8", "[0,255]", "[256,0]"},
        {"UINT16", "[0,65535]", "[-1,0]"},
        {"UINT32", "[0,4294967295]", "[4294967296,0]"},
        {"UINT64", "[0,18446744073709551615]", "[18446744073709551616,0]"},
        {"BOOL", "[true,0]", "[2,0]"},
        {"FP16", "[-65504,0.5]", "[65505,0]"},
        {"FP32", "[3.4e38,-1e-40]", "[1e39,0]"},
        {"FP64", "[1e308,-1]", "[null,0]"},
        {"INT32", "[1,2]", "[1.5,0]"},
        {"BOOL", "[false,1]", "[\"a\",0]"},
    };
    _Alignas(8) unsigned char to[16];
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!fill(types[i].type, "[2]", types[i].good, to))
            fail_msg("%s %s: %s", types[i].type, types[i].good, refusal.why);
        if (fill(types[i].type, "[2]", types[i].beyond, to))
            fail_msg("%s takes %s", types[i].type, types[i].beyond);
        assert_int_equal(refusal.status, 400);
    }
    assert_true(fill("INT64", "[2]", "[-9223372036854775808,-1]", to));
    assert_true(((const int64_t *)(const void *)to)[0] == INT64_MIN);
    assert_true(fill("FP16", "[2]", "[1,-2]", to));
    assert_memory_equal(to, "\0\74\0\300", 4);
}

static void types_have_names(void **state)
{
    (void)state;
    for (int i = CT_TYPE_NONE + 1; i < CT_TYPE_OTHER; i++)
        assert_int_equal(ct__datatype_find(ct__datatype_name((enum ct_type)i)), i);
    assert_null(ct__datatype_name(CT_TYPE_OTHER));
    assert_null(ct__datatype_name(CT_TYPE_NONE));
    assert_int_equal(ct__datatype_size(CT_TYPE_OTHER), 0);
    assert_int_equal(ct__datatype_find("fp32"), CT_TYPE_NONE);
}

static void an_answer_has_json_and_bytes(void **state)
{
    float floats[] = {.5F, -1};
    unsigned char truths[] = {1, 0};
    const struct ct_tensor outputs[] = {
        {"f", CT_TYPE_F32, 2, {1, 2}, floats, sizeof floats},
        {"b", CT_TYPE_BOOL, 1, {2}, truths, sizeof truths},
        {"s", CT_TYPE_OTHER, 1, {1}, NULL, 0},
    };
    struct ct__reply reply = {"net", outputs, 2, 100};
    struct ct__text text = {0};
    size_t header = 1;
    (void)state;
    assert_true(take_json("{\"id\":\"a\\\"b\",\"inputs\":[]}"));
    assert_true(ct__reply_write(&reply, &infer, &text, &header, &refusal));
    assert_int_equal(header, 0);
    assert_string_equal(
        text.data, "{\"id\":\"a\\\"b\",\"model_name\":\"net\",\"model_version\":\"1\",\"outputs\":["
                   "{\"name\":\"f\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[0.5,-1]},"
                   "{\"name\":\"b\",\"datatype\":\"BOOL\",\"shape\":[2],\"data\":[true,false]}]}");
    ct__text_clear(&text);
    assert_true(take_json("{\"outputs\":[{\"name\":\"b\"},{\"name\":\"f\",\"parameters\":"
                          "{\"binary_data\":true}}]}"));
    assert_true(ct__reply_write(&reply, &infer, &text, &header, &refusal));
    assert_int_equal(text.length, header + 8);
    assert_memory_equal(text.data + header, floats, 8);
    assert_non_null(strstr(text.data, "\"parameters\":{\"binary_data_size\":8}}]}"));
    ct__text_finish(&text);
}

static void outputs_that_cannot_be_given_are_refused(void **state)
{
    float floats[] = {.5F, -1};
    const struct ct_tensor outputs[] = {{"f", CT_TYPE_F32, 1, {2}, floats, sizeof floats},
                                        {"s", CT_TYPE_OTHER, 1, {1}, NULL, 0}};
    struct ct__reply reply = {"net", outputs, 2, 100};
    struct ct__text text = {0};
    size_t header = 0;
    (void)state;
    assert_true(take_json("{}"));
    assert_false(ct__reply_write(&reply, &infer, &text, &header, &refusal));
    assert_string_equal(refusal.why, "output s holds no numbers");
    assert_true(take_json("{\"outputs\":[{\"name\":\"g\"}]}"));
    assert_false(ct__reply_write(&reply, &infer, &text, &header, &refusal));
    assert_int_equal(refusal.status, 422);
    assert_true(take_json("{\"outputs\":[{\"name\":\"f\"}]}"));
    reply.max_bytes = 7;
    assert_false(ct__reply_write(&reply, &infer, &text, &header, &refusal));
    assert_int_equal(refusal.status, 413);
    ct__text_finish(&text);
}

static void addresses_are_known(void **state)
{
    static const struct {
        const char *path;
        enum ct__kserve_kind kind;
        const char *model;
    } known[] = {
        {"/v2", CT__KSERVE_SERVER, ""},
        {"/v2/health/live", CT__KSERVE_LIVE, ""},
        {"/v2/health/ready", CT__KSERVE_READY, ""},
        {"/v2/repository/index", CT__KSERVE_INDEX, ""},
        {"/v2/models/a.b-c_d", CT__KSERVE_MODEL, "a.b-c_d"},
        {"/v2/models/a/versions/1", CT__KSERVE_MODEL, "a"},
        {"/v2/models/a/ready", CT__KSERVE_MODEL_READY, "a"},
        {"/v2/models/a/versions/1/ready", CT__KSERVE_MODEL_READY, "a"},
        {"/v2/models/a/infer", CT__KSERVE_INFER, "a"},
        {"/v2/models/a/versions/1/infer", CT__KSERVE_INFER, "a"},
        {"/v2/models/versions/infer", CT__KSERVE_INFER, "versions"},
        {"/v2/models", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/a/versions/2/infer", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/a/versions", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/a/infer/b", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/../infer", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/.a", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/a//infer", CT__KSERVE_UNKNOWN, ""},
        {"/v2/models/0123456789012345678901234567890123456789012345678901234567890123"
         "45678901234567890123456789012345",
         CT__KSERVE_UNKNOWN, ""},
        {"/v2/a/b/c/d/e/f/g/h", CT__KSERVE_UNKNOWN, ""},
        {"/v2/", CT__KSERVE_UNKNOWN, ""},
        {"/v22", CT__KSERVE_NONE, ""},
        {"/", CT__KSERVE_NONE, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct ct__kserve_ask ask = ct__kserve_read(known[i].path);
        if (ask.kind != known[i].kind || strcmp(ask.model, known[i].model) != 0)
            fail_msg("%s: %d %s", known[i].path, ask.kind, ask.model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(bytes_stand_behind_the_json),
        cmocka_unit_test(what_is_broken_is_told),
        cmocka_unit_test(more_tensors_than_there_is_room_for_are_refused),
        cmocka_unit_test(data_may_be_flat_or_nested),
        cmocka_unit_test(data_of_another_shape_are_refused),
        cmocka_unit_test(every_type_has_its_range),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(an_answer_has_json_and_bytes),
        cmocka_unit_test(outputs_that_cannot_be_given_are_refused),
        cmocka_unit_test(addresses_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
