// SPDX-License-Identifier: Apache-2.0
// Lines are whole, in order, in a file that is whole or absent.
#include "bench.h"

#include <fcntl.h>
#include <signal.h>

static void each_result_is_a_line(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.jsonl", false);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_null(sink);
    char *text = bench_read("out.jsonl");
    int lines = 0;
    for (char *line = text; *line; line = strchr(line, '\n') + 1) {
        char start[64];
        snprintf(start, sizeof start, "{\"source\":\"clip.mp4\",\"frame\":%d,", lines++);
        assert_memory_equal(line, start, strlen(start));
        assert_non_null(strchr(line, '\n'));
    }
    assert_int_equal(lines, 3);
    ct__free(text);
}

static void the_file_appears_when_it_is_complete(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.jsonl", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_false(bench_exists("out.jsonl"));
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_true(bench_exists("out.jsonl"));
    assert_int_equal(bench_count("."), 1);
}

static void an_interrupted_run_keeps_its_lines(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("jsonl:kept", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, false), CT_OK);
    char *text = bench_read("kept");
    assert_int_equal(text[strlen(text) - 1], '\n');
    ct__free(text);
}

static void no_results_make_an_empty_file(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.jsonl", false);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("out.jsonl");
    assert_string_equal(text, "");
    ct__free(text);
}

// Standard output is a file for the length of this test.
static void a_dash_is_standard_output(void **state)
{
    (void)state;
    int kept = dup(STDOUT_FILENO), file = open("seen", O_CREAT | O_WRONLY, 0600);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    struct ct__sink *sink = bench_open("-", false);
    int wrote = bench_line(sink, 7), closed = ct__sink_close(&sink, true);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    assert_int_equal(wrote, CT_OK);
    assert_int_equal(closed, CT_OK);
    char *text = bench_read("seen");
    assert_non_null(strstr(text, "\"frame\":7,"));
    ct__free(text);
}

static void a_full_disk_is_told_once(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("jsonl:/dev/full", false);
    int error = CT_OK;
    for (uint64_t i = 0; i < 100000 && !error; i++)
        error = bench_line(sink, i);
    assert_int_equal(error, CT_ERROR_IO);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_string_equal(bench_log, "/dev/full: cannot write: No space left on device\n");
}

static void a_disk_that_fills_with_the_last_block_is_told_at_the_end(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("jsonl:/dev/full", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_ERROR_IO);
    assert_int_equal(bench_messages, 1);
}

static void a_reader_that_went_away_is_a_write_error(void **state)
{
    (void)state;
    int ends[2];
    char path[32];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "jsonl:/dev/fd/%d", ends[1]);
    struct ct__sink *sink = bench_open(path, false);
    close(ends[0]);
    int error = CT_OK;
    for (uint64_t i = 0; i < 100000 && !error; i++)
        error = bench_line(sink, i);
    assert_int_equal(error, CT_ERROR_IO);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_non_null(strstr(bench_log, "cannot write: Broken pipe"));
    close(ends[1]);
}

static void what_cannot_be_created_is_told_at_once(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {0};
    FILE *file = fopen("plain", "w");
    fclose(file);
    assert_int_equal(ct__sink_open(&sink, "plain/out.jsonl", &params), CT_ERROR_IO);
    assert_int_equal(ct__sink_open(&sink, "jsonl:", &params), CT_ERROR_INVALID);
    assert_null(sink);
}

static void lines_allocate_nothing_after_the_first(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.jsonl", false);
    bench_line(sink, 999);
    uint64_t before = ct__mem_count();
    for (uint64_t i = 0; i < 500; i++)
        assert_int_equal(bench_line(sink, i), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct ct__sink *sink = NULL;
        struct ct__sink_params params = {0};
        ct__mem_fail(n);
        int error = ct__sink_open(&sink, "out.jsonl", &params);
        int wrote = error ? error : bench_line(sink, 0);
        int hit = ct__mem_failed();
        ct__mem_fail(0);
        ct__sink_close(&sink, true);
        assert_int_equal(wrote, hit ? CT_ERROR_MEMORY : CT_OK);
        if (!hit)
            break;
    }
    assert_int_equal(bench_count("."), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(each_result_is_a_line),
        BENCH_TEST(the_file_appears_when_it_is_complete),
        BENCH_TEST(an_interrupted_run_keeps_its_lines),
        BENCH_TEST(no_results_make_an_empty_file),
        BENCH_TEST(a_dash_is_standard_output),
        BENCH_TEST(a_full_disk_is_told_once),
        BENCH_TEST(a_disk_that_fills_with_the_last_block_is_told_at_the_end),
        BENCH_TEST(a_reader_that_went_away_is_a_write_error),
        BENCH_TEST(what_cannot_be_created_is_told_at_once),
        BENCH_TEST(lines_allocate_nothing_after_the_first),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
