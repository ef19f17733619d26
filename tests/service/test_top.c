// SPDX-License-Identifier: Apache-2.0
// chiton top and TLS: the program asks a service over an engine that says what the test tells it.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "fixture.h"

static char *program;

// Runs `chiton top` with these arguments; what it wrote, to be freed, and its exit code.
static char *top(const char *arguments, int *code)
{
    char *command = NULL, *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(asprintf(&command, "'%s' top %s 2>&1", program, arguments) > 0);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(text, 1, 65535, pipe);
    text[length] = 0;
    int status = pclose(pipe);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    free(command);
    return text;
}

static void expect_top(const char *options, const char *url, int code, const char *words)
{
    char arguments[512];
    int got;
    snprintf(arguments, sizeof arguments, "%s %s", options, url);
    char *text = top(arguments, &got);
    if (got != code || !strstr(text, words))
        fail_msg("expected %d ... %s, not %d: %s", code, words, got, text);
    free(text);
}

static void a_table_shows_each_camera(void **state)
{
    (void)state;
    int yard = fake_add(engine, "yard", CT_STREAM_LIVE);
    fake_state(engine, yard, CT_STREAM_WAITING, "connection refused");
    expect_top("--once", where(), 0, "1 of 2 live  20.0 results/s  latency 20.0/40.0 ms  CPU ");
    expect_top("--once", where(), 0, "lanes 25 % 50 %\n");
    expect_top("--once", where(), 0,
               "door                 live          30.0    10.0   10.0     21.5     33.2        0  "
               "     66         0\n");
    expect_top("--once", where(), 0, "  connection refused; again in 4 s\n");
}

static void a_name_cannot_command_the_terminal(void **state)
{
    (void)state;
    int code;
    char arguments[128];
    fake_add(engine, "\033[31mred\007", CT_STREAM_LIVE);
    snprintf(arguments, sizeof arguments, "--once %s", where());
    char *text = top(arguments, &code);
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\007'));
    assert_non_null(strstr(text, "[31mred"));
    free(text);
}

static void an_engine_that_is_not_there_is_told(void **state)
{
    (void)state;
    expect_top("--once", "http://127.0.0.1:1", 1, "error: http://127.0.0.1:1: Failed to connect");
    expect_top("--once", "door", 2, "expected an address as in http://127.0.0.1:8080");
}

static void a_reader_that_hangs_up_ends_it(void **state)
{
    (void)state;
    char command[1024], told[64] = "";
    snprintf(
        command, sizeof command,
        "{ { '%s' top -i 0.1 %s 2>/dev/null; echo code $? >&3; } | head -n 1 >/dev/null; } 3>&1",
        program, where());
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(told, sizeof told, pipe));
    pclose(pipe);
    assert_string_equal(told, "code 1\n");
}

static void a_token_is_read_from_its_file(void **state)
{
    (void)state;
    write_file("token", " s3cret\n");
    write_file("other", "guess");
    restart((struct ct_service_params){.token_file = "token"});
    expect_top("--once", where(), 2, "asks for a token: --token-file");
    expect_top("--once --token-file other", where(), 2, "asks for a token");
    expect_top("--once --token-file token", where(), 0, "1 of 1 live");
    expect_top("--once --token-file none", where(), 1, "none");
}

static void what_was_said_is_encrypted(void **state)
{
    (void)state;
    if (system("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
               "-subj /CN=chiton -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1") != 0) {
        print_message("no openssl program on this machine to make a certificate\n");
        skip();
    }
    restart((struct ct_service_params){
        .listen = "0.0.0.0:0", .tls_certificate = "cert.pem", .tls_key = "key.pem"});
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1%s", strrchr(where(), ':'));
    assert_int_equal(strncmp(where(), "https://0.0.0.0:", 16), 0);
    expect_top("--once --ca-cert cert.pem", url, 0, "1 of 1 live");
    expect_top("--once", url, 1, "certificate");
    // Who speaks plainly gets no answer.
    char *answer = fetch(where(), "/healthz");
    assert_true(!answer || !strstr(answer, "200 OK"));
    free(answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_table_shows_each_camera),           T(a_name_cannot_command_the_terminal),
        T(an_engine_that_is_not_there_is_told), T(a_token_is_read_from_its_file),
        T(what_was_said_is_encrypted),          T(a_reader_that_hangs_up_ends_it),
#undef T
    };
    // The tests run in a folder of their own.
    program = realpath(argc > 1 ? argv[1] : "chiton", NULL);
    assert_non_null(program);
    int failed = run_all(tests, sizeof tests / sizeof *tests);
    free(program);
    return failed;
}
