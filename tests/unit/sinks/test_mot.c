// SPDX-License-Identifier: Apache-2.0
// MOTChallenge's lines count from 1, and a file is one sequence.
#include "bench.h"

static void write_item(struct ct__sink *sink, uint64_t part, uint64_t frame, int64_t id)
{
    struct ct_object object = {
        .x = 0, .y = 9.5f, .width = 3, .height = 4, .score = .5f, .class_id = 2, .id = id};
    struct ct_result result = {.source = "x", .frame = frame, .count = 1, .objects = &object};
    struct ct__sink_item item = {.result = &result, .part = part};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
}

static void frames_classes_and_pixels_count_from_one(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.mot.txt", false);
    write_item(sink, 0, 0, 0);
    write_item(sink, 0, 4, 17);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out.mot.txt");
    assert_string_equal(text, "1,-1,1,10.5,3,4,0.5,3,1\n5,17,1,10.5,3,4,0.5,3,1\n");
    ct__free(text);
}

static void frames_of_the_next_input_count_on(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("mot:out", false);
    write_item(sink, 0, 0, 1);
    write_item(sink, 0, 6, 1);
    write_item(sink, 1, 0, 1);
    write_item(sink, 2, 0, 1);
    write_item(sink, 2, 1, 1);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out"), *line = text;
    static const int numbers[] = {1, 7, 8, 9, 10};
    for (int i = 0; i < 5; i++) {
        char start[16];
        snprintf(start, sizeof start, "%d,1,", numbers[i]);
        assert_memory_equal(line, start, strlen(start));
        line = strchr(line, '\n') + 1;
    }
    assert_string_equal(line, "");
    ct__free(text);
}

static void of_tracked_objects_only_those_with_an_id_are_written(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {.track = true};
    assert_int_equal(ct__sink_open(&sink, "mot:out", &params), CT_OK);
    write_item(sink, 0, 0, 0);
    write_item(sink, 0, 1, 5);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out");
    assert_string_equal(text, "2,5,1,10.5,3,4,0.5,3,1\n");
    ct__free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(frames_classes_and_pixels_count_from_one),
        BENCH_TEST(frames_of_the_next_input_count_on),
        BENCH_TEST(of_tracked_objects_only_those_with_an_id_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
