// SPDX-License-Identifier: Apache-2.0
// Ctrl-C in the middle. No sleeps: standard output is a pipe that holds less than the whole answer,
// so once a first piece has come and nobody reads on, the program is in the middle of its work.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

enum { FRAMES = 4000, MOST_OUTPUT = 4 * 1024 * 1024 };

// `FRAMES` names of the same small picture, which give more lines than a pipe holds.
static void start_long_job(pid_t *pid, int *out, const char *output)
{
    enum { NAMES = 100 };
    const char *arguments[NAMES + 16] = {"detect"};
    int count = 1;
    write_model("model.json");
    write_pictures("forty", 40);
    for (int i = 0; i < NAMES; i++)
        arguments[count++] = "forty";
    arguments[count++] = "-m";
    arguments[count++] = "model.json";
    arguments[count++] = "-o";
    arguments[count++] = "-";
    if (output) {
        arguments[count++] = "-o";
        arguments[count++] = output;
    }
    *pid = start_program(out, arguments);
}

// Reads one piece, interrupts, reads the rest. The caller frees the text.
static char *interrupt(pid_t pid, int out, int signal)
{
    char *text = calloc(1, MOST_OUTPUT);
    assert_non_null(text);
    ssize_t length = read(out, text, 1);
    assert_int_equal(length, 1);
    assert_int_equal(kill(pid, signal), 0);
    for (ssize_t more; (more = read(out, text + length, MOST_OUTPUT - 1 - (size_t)length)) > 0;)
        length += more;
    close(out);
    return text;
}

static void remove_pictures(void)
{
    static const char *const arguments[] = {"-rf", "forty", NULL};
    struct answer answer = run_other("/bin/rm", arguments);
    answer_finish(&answer);
}

static void an_interrupt_leaves_whole_lines(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        pid_t pid;
        int out;
        start_long_job(&pid, &out, NULL);
        char *text = interrupt(pid, out, signals[i]);
        assert_int_equal(wait_program(pid), 130);
        assert_string_equal(broken_line(text), "");
        assert_in_range(count_lines(text), 1, FRAMES - 1);
        free(text);
        remove_pictures();
    }
}

static void an_interrupted_clip_is_playable(void **state)
{
    (void)state;
    pid_t pid;
    int out;
    start_long_job(&pid, &out, "stopped.mp4");
    char *text = interrupt(pid, out, SIGINT);
    assert_int_equal(wait_program(pid), 130);
    free(text);
    struct answer answer = run_program("detect", "stopped.mp4", "-m", "model.json", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    assert_in_range(count_lines(answer.out), 1, FRAMES - 1);
    answer_finish(&answer);
    remove_pictures();
}

static void a_reader_that_goes_away_ends_the_job(void **state)
{
    (void)state;
    pid_t pid;
    int out;
    start_long_job(&pid, &out, NULL);
    char byte;
    assert_int_equal(read(out, &byte, 1), 1);
    close(out);
    assert_int_equal(wait_program(pid), 1);
    remove_pictures();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_leaves_whole_lines),
        cmocka_unit_test(an_interrupted_clip_is_playable),
        cmocka_unit_test(a_reader_that_goes_away_ends_the_job),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
