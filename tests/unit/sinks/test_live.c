// SPDX-License-Identifier: Apache-2.0
// What outputs do for a stream without an end: lines are there at once and take turns in files,
// clips are cut and named after the time of day.
#include "bench.h"

#include "base/clock.h"

static struct ct__sink_params live_params(int64_t rotate_bytes)
{
    return (struct ct__sink_params){.live = true,
                                    .encoder_threads = 1,
                                    .input_count = 1,
                                    .rotate_bytes = rotate_bytes,
                                    .rotate_keep = 2};
}

static struct ct__sink *open_live(const char *output, int64_t rotate_bytes)
{
    struct ct__sink *sink = NULL;
    const struct ct__sink_params params = live_params(rotate_bytes);
    assert_int_equal(ct__sink_open(&sink, output, &params), CT_OK);
    return sink;
}

static int count_lines(const char *path)
{
    char *text = bench_read(path);
    int lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    ct__free(text);
    return lines;
}

static void lines_can_be_read_at_once_and_are_added_to_old_ones(void **state)
{
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct ct__sink *sink = open_live("events/door.jsonl", 1 << 20);
        for (uint64_t i = 0; i < 3; i++) {
            assert_int_equal(bench_line(sink, i), CT_OK);
            assert_int_equal(count_lines("events/door.jsonl"), 3 * run + 1 + (int)i);
        }
        ct__sink_close(&sink, false);
    }
    assert_int_equal(count_lines("events/door.jsonl"), 6);
}

static void files_take_turns_and_the_oldest_goes(void **state)
{
    (void)state;
    struct ct__sink *sink = open_live("a.jsonl", 400);
    for (uint64_t i = 0; i < 40; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    ct__sink_close(&sink, true);
    assert_int_equal(bench_count("."), 3);
    int each = count_lines("a.jsonl.1");
    assert_true(each >= 2 && each <= 10);
    assert_int_equal(count_lines("a.jsonl.2"), each);
    char *text = bench_read("a.jsonl");
    assert_non_null(strstr(text, "\"frame\":39,"));
    ct__free(text);
}

static void a_table_has_its_columns_in_each_file(void **state)
{
    (void)state;
    struct ct__sink *sink = open_live("a.csv", 150);
    for (uint64_t i = 0; i < 9; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    ct__sink_close(&sink, true);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a.csv", "a.csv.1", "a.csv.2"};
        char *text = bench_read(names[i]);
        assert_memory_equal(text, "source,frame,", 13);
        assert_null(strstr(text + 1, "source,frame,"));
        ct__free(text);
    }
}

static void a_sequence_of_another_run_is_put_aside(void **state)
{
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct ct__sink *sink = open_live("a.mot.txt", 1 << 20);
        assert_int_equal(bench_line(sink, 0), CT_OK);
        ct__sink_close(&sink, true);
    }
    assert_int_equal(count_lines("a.mot.txt"), 1);
    assert_int_equal(count_lines("a.mot.txt.1"), 1);
}

static void a_document_needs_an_end(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    const struct ct__sink_params params = live_params(1);
    assert_int_equal(ct__sink_open(&sink, "a.coco.json", &params), CT_ERROR_INVALID);
    assert_non_null(strstr(bench_log, "a live stream has not: give .jsonl"));
}

static void a_full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    struct ct__sink *sink = open_live("jsonl:/dev/full", 100);
    assert_int_equal(bench_line(sink, 0), CT_ERROR_IO);
    assert_non_null(strstr(bench_log, "/dev/full: cannot write: No space left on device"));
    ct__sink_close(&sink, false);
}

// Without memory a file may not take its turn: the output is then to be opened anew.
static void a_turn_that_fails_for_lack_of_memory_is_told_and_survived(void **state)
{
    (void)state;
    int hit = 1;
    for (uint64_t n = 1; hit; n++) {
        struct ct__sink *sink = open_live("a.jsonl", 1);
        assert_int_equal(bench_line(sink, 0), CT_OK);
        ct__mem_fail(n);
        int error = bench_line(sink, 1);
        hit = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, hit ? CT_ERROR_MEMORY : CT_OK);
        error = bench_line(sink, 2);
        assert_true(error == CT_OK || (hit && error == CT_ERROR_IO));
        ct__sink_close(&sink, true);
    }
    assert_true(count_lines("a.jsonl") > 0);
}

static void clips_are_named_after_the_time_and_another_size_begins_another(void **state)
{
    (void)state;
    ct__clock_hold(INT64_C(1767268800250000000)); // 2026-01-01T12:00:00.25Z
    struct ct__sink *sink = open_live("door.mp4", 1);
    ct__clock_advance(INT64_C(3600000000000)); // the camera was not there yet
    assert_int_equal(bench_write(sink, "rtsp://door/1", 0, 0, 10, 64, 48), CT_OK);
    assert_int_equal(bench_write(sink, "rtsp://door/1", 0, 1, 10, 64, 48), CT_OK);
    ct__clock_advance(INT64_C(2000000000));
    assert_int_equal(bench_write(sink, "rtsp://door/1", 0, 2, 10, 96, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    ct__clock_release();
    assert_true(bench_exists("door_20260101T130000.250Z.mp4"));
    assert_true(bench_exists("door_20260101T130002.250Z.mp4"));
    assert_int_equal(bench_count("."), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(lines_can_be_read_at_once_and_are_added_to_old_ones),
        BENCH_TEST(files_take_turns_and_the_oldest_goes),
        BENCH_TEST(a_table_has_its_columns_in_each_file),
        BENCH_TEST(a_sequence_of_another_run_is_put_aside),
        BENCH_TEST(a_document_needs_an_end),
        BENCH_TEST(a_full_disk_leaves_whole_lines),
        BENCH_TEST(a_turn_that_fails_for_lack_of_memory_is_told_and_survived),
        BENCH_TEST(clips_are_named_after_the_time_and_another_size_begins_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
