// SPDX-License-Identifier: Apache-2.0
// The status line: what it says, and that only a terminal gets it.
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "fixture.h"
#include "program.h"

static void assert_line(struct ct__progress progress, struct ct_stream_stats stats, double seconds,
                        const char *expected)
{
    char text[128];
    ct__progress_text(&progress, &stats, seconds, text, sizeof text);
    assert_string_equal(text, expected);
}

static void the_line_tells_frames_rate_and_time_left(void **state)
{
    (void)state;
    const struct ct__progress progress = {0};
    struct ct_stream_stats stats = {.read = 102, .results = 100, .expected = 480};
    assert_line(progress, stats, 2, "100/480 frames  50.0 fps  0:08 left");
    stats.expected = 40000;
    assert_line(progress, stats, 2, "100/40000 frames  50.0 fps  13:18 left");
}

static void the_line_tells_failures(void **state)
{
    (void)state;
    const struct ct__progress progress = {0};
    const struct ct_stream_stats unread = {
        .read = 10, .results = 7, .failed = 3, .expected = 10, .ended = 1};
    assert_line(progress, unread, 1, "10 frames  7.0 fps  3 failed");
    const struct ct_stream_stats unwritten = {.read = 10, .results = 10, .failed = 3, .ended = 1};
    assert_line(progress, unwritten, 1, "10 frames  10.0 fps  3 failed");
}

static void skipped_frames_are_not_waited_for(void **state)
{
    (void)state;
    const struct ct__progress progress = {.every = 4};
    const struct ct_stream_stats stats = {.read = 20, .results = 5, .skipped = 15, .expected = 38};
    assert_line(progress, stats, 1, "5/10 frames  5.0 fps  0:01 left");
}

static void an_input_of_unknown_length_has_no_end_in_sight(void **state)
{
    (void)state;
    struct ct__progress progress = {0};
    assert_line(progress, (struct ct_stream_stats){0}, 0, "0 frames  0.0 fps");
    const struct ct_stream_stats stats = {.read = 5, .results = 5};
    assert_line(progress, stats, 1, "5 frames  5.0 fps");
    progress.max_frames = 20;
    assert_line(progress, stats, 1, "5/20 frames  5.0 fps  0:03 left");
}

// Runs the program with a terminal as its standard error and returns what the terminal got.
static void run_on_terminal(const char *arguments, char *text, size_t size)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
        skip();
    setenv("TERMINAL", ptsname(terminal), 1);
    int other = open(ptsname(terminal), O_RDWR | O_NOCTTY); // keeps what was written readable
    const char *list[] = {"-c", arguments, program_path(), NULL};
    struct answer answer = run_other("/bin/sh", list);
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
    ssize_t length = read(terminal, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    close(other);
    close(terminal);
}

static void only_a_terminal_gets_the_line(void **state)
{
    (void)state;
    char text[4096];
    write_model("model.json");
    write_pictures("few", 4);
    run_on_terminal("exec \"$0\" detect few -m model.json 2>$TERMINAL", text, sizeof text);
    assert_non_null(strstr(text, "4 frames  "));
    assert_non_null(strstr(text, " fps"));
    struct answer answer = run_program("detect", "few", "-m", "model.json", NULL);
    assert_string_equal(answer.err, "");
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_tells_frames_rate_and_time_left),
        cmocka_unit_test(the_line_tells_failures),
        cmocka_unit_test(skipped_frames_are_not_waited_for),
        cmocka_unit_test(an_input_of_unknown_length_has_no_end_in_sight),
        cmocka_unit_test(only_a_terminal_gets_the_line),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
