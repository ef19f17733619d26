// SPDX-License-Identifier: Apache-2.0
// chiton run: begins, goes on, reads its file again and ends. What the program says on its standard
// output, a pipe, tells when it is at work: each camera writes its lines there.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

static char fleet[2048];

// A fleet of cameras with these names, each with its own figures, that write to standard output.
static const char *cameras(const char *const *names)
{
    size_t length = (size_t)sprintf(fleet, "defaults:\n  detect: {model: det.json}\n"
                                           "  outputs: [\"-\"]\ncameras:\n");
    for (; *names; names++)
        length += (size_t)sprintf(fleet + length,
                                  "  %s:\n    inputs: [{path: \"synthetic:walkers?n=1&size=64x48"
                                  "&frames=0\", rate: 50}]\n",
                                  *names);
    return fleet;
}

// Reads until the text has come.
static void wait_for(int out, const char *text)
{
    static char seen[1 << 20];
    size_t length = 0;
    while (length < sizeof seen - 1) {
        ssize_t more = read(out, seen + length, 1);
        assert_int_equal(more, 1);
        length += (size_t)more;
        seen[length] = 0;
        size_t tail = strlen(text);
        if (length >= tail && memcmp(seen + length - tail, text, tail) == 0)
            return;
    }
    fail_msg("%s did not come", text);
}

static void drain(int out)
{
    char buffer[4096];
    while (read(out, buffer, sizeof buffer) > 0) {
    }
    close(out);
}

static void signals_end_it_with_their_codes(void **state)
{
    (void)state;
    static const struct {
        int signal, code;
    } ends[] = {{SIGTERM, 0}, {SIGINT, 130}};
    static const char *const arguments[] = {"run", "fleet.yaml", NULL};
    write_text("fleet.yaml", cameras((const char *const[]){"door", NULL}));
    for (int i = 0; i < 2; i++) {
        int out;
        pid_t pid = start_program(&out, arguments);
        wait_for(out, "\"source\":\"door\"");
        assert_int_equal(kill(pid, ends[i].signal), 0);
        drain(out);
        assert_int_equal(wait_program(pid), ends[i].code);
    }
}

static void a_changed_file_is_read_again(void **state)
{
    (void)state;
    static const char *const hup[] = {"run", "fleet.yaml", NULL};
    static const char *const watch[] = {"run", "fleet.yaml", "--watch-config", NULL};
    for (int i = 0; i < 2; i++) {
        int out;
        write_text("fleet.yaml", cameras((const char *const[]){"door", NULL}));
        pid_t pid = start_program(&out, i ? watch : hup);
        wait_for(out, "\"source\":\"door\"");
        write_text("other.yaml", cameras((const char *const[]){"door", "yard", NULL}));
        assert_int_equal(rename("other.yaml", "fleet.yaml"), 0);
        if (!i)
            assert_int_equal(kill(pid, SIGHUP), 0);
        wait_for(out, "\"source\":\"yard\"");
        wait_for(out, "\"source\":\"door\"");
        assert_int_equal(kill(pid, SIGTERM), 0);
        drain(out);
        assert_int_equal(wait_program(pid), 0);
    }
}

static void a_broken_file_changes_nothing(void **state)
{
    (void)state;
    static const char *const arguments[] = {"run", "fleet.yaml", "--log-level", "none", NULL};
    int out;
    write_text("fleet.yaml", cameras((const char *const[]){"door", NULL}));
    pid_t pid = start_program(&out, arguments);
    wait_for(out, "\"source\":\"door\"");
    write_text("fleet.yaml", "cameras: [\n");
    assert_int_equal(kill(pid, SIGHUP), 0);
    for (int i = 0; i < 20; i++)
        wait_for(out, "\"source\":\"door\"");
    write_text("fleet.yaml", cameras((const char *const[]){"yard", NULL}));
    assert_int_equal(kill(pid, SIGHUP), 0);
    wait_for(out, "\"source\":\"yard\"");
    assert_int_equal(kill(pid, SIGTERM), 0);
    drain(out);
    assert_int_equal(wait_program(pid), 0);
}

static void it_starts_without_any_camera_and_ends_by_the_clock(void **state)
{
    (void)state;
    write_text("fleet.yaml", "cameras:\n");
    struct answer answer = run_program("run", "fleet.yaml", "--duration", "0.05", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
}

static void outputs_count_from_the_state_folder_or_from_the_file(void **state)
{
    (void)state;
    static const char text[] = "cameras:\n  door:\n    inputs: [{path: \"synthetic:walkers?n=1&"
                               "size=64x48&frames=0\", rate: 50}]\n    detect: {model: "
                               "../det.json}\n    outputs: [\"jsonl:events/{camera}.jsonl\", "
                               "\"-\"]\nmetrics: kept.prom\n";
    static const char *const arguments[][6] = {
        {"run", "there/fleet.yaml", NULL},
        {"run", "there/fleet.yaml", "--state-dir", "kept", NULL},
    };
    struct answer answer = run_other("/bin/mkdir", (const char *const[]){"-p", "there", NULL});
    answer_finish(&answer);
    write_text("there/fleet.yaml", text);
    for (int i = 0; i < 2; i++) {
        int out;
        pid_t pid = start_program(&out, arguments[i]);
        wait_for(out, "\"source\":\"door\"");
        assert_int_equal(kill(pid, SIGTERM), 0);
        drain(out);
        assert_int_equal(wait_program(pid), 0);
        assert_true(file_exists(i ? "kept/events/door.jsonl" : "there/events/door.jsonl"));
        assert_true(file_exists(i ? "kept/kept.prom" : "there/kept.prom"));
    }
}

static void what_cannot_begin_is_told_and_nothing_runs(void **state)
{
    (void)state;
    write_text("fleet.yaml", "cameras:\n  door: {}\n");
    struct answer answer = run_program("run", "fleet.yaml", NULL);
    assert_int_equal(answer.code, 2);
    assert_non_null(strstr(answer.err, "fleet.yaml:2:3: error: door: no input"));
    answer_finish(&answer);
    write_text("broken.json", "{\"chiton_fake\":1");
    write_text("fleet.yaml", "cameras:\n  door: {inputs: [{path: synthetic:walkers}], detect: "
                             "{model: broken.json}}\n");
    answer = run_program("run", "fleet.yaml", NULL);
    assert_int_equal(answer.code, 1);
    assert_non_null(strstr(answer.err, "broken.json"));
    answer_finish(&answer);
    write_text("fleet.yaml", "listen: nowhere\n");
    answer = run_program("run", "fleet.yaml", NULL);
    assert_int_equal(answer.code, 2);
    assert_non_null(strstr(answer.err, "nowhere"));
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_end_it_with_their_codes),
        cmocka_unit_test(a_changed_file_is_read_again),
        cmocka_unit_test(a_broken_file_changes_nothing),
        cmocka_unit_test(it_starts_without_any_camera_and_ends_by_the_clock),
        cmocka_unit_test(outputs_count_from_the_state_folder_or_from_the_file),
        cmocka_unit_test(what_cannot_begin_is_told_and_nothing_runs),
    };
    program_begin(argc, argv);
    write_text("det.json", "{\"chiton_fake\":1,\"detector\":{\"noise\":0.02}}");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
