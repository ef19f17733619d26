// SPDX-License-Identifier: Apache-2.0
// A table has a header and a row for each object, in any reader's CSV.
#include "bench.h"

static const char header[] = "source,frame,pts,label,class,score,x,y,width,height,id\n";

static void each_object_is_a_row(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.csv", false);
    struct ct_object objects[] = {
        {.x = 1.5f, .y = 2, .width = 3.25f, .height = 4, .score = .875f, .label = "cat"},
        {.x = 10, .y = 20, .width = 30, .height = 40, .score = 1, .class_id = 7, .id = 12},
    };
    struct ct_result result = {
        .source = "a.mp4", .frame = 3, .pts_ns = 120000000, .count = 2, .objects = objects};
    struct ct__sink_item item = {.result = &result};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    result.count = 0;
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    result.count = 1;
    result.pts_ns = CT_NO_TIME;
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out.csv");
    assert_string_equal(text, "source,frame,pts,label,class,score,x,y,width,height,id\n"
                              "a.mp4,3,0.12,cat,0,0.875,1.5,2,3.25,4,\n"
                              "a.mp4,3,0.12,,7,1,10,20,30,40,12\n"
                              "a.mp4,3,,cat,0,0.875,1.5,2,3.25,4,\n");
    ct__free(text);
}

static void text_that_would_break_a_row_is_quoted(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("csv:out", false);
    struct ct_object object = {.label = "a \"big\", red\ncat\""};
    struct ct_result result = {.source = "a,b.mp4", .count = 1, .objects = &object};
    struct ct__sink_item item = {.result = &result};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out");
    assert_string_equal(text + strlen(header),
                        "\"a,b.mp4\",0,0,\"a \"\"big\"\", red\ncat\"\"\",0,0,0,0,0,0,\n");
    ct__free(text);
}

static void without_objects_there_is_the_header(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.csv", false);
    assert_int_equal(ct__sink_close(&sink, false), CT_OK);
    char *text = bench_read("out.csv");
    assert_string_equal(text, header);
    ct__free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(each_object_is_a_row),
        BENCH_TEST(text_that_would_break_a_row_is_quoted),
        BENCH_TEST(without_objects_there_is_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
