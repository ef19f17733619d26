// SPDX-License-Identifier: Apache-2.0
// Fetching from a server that breaks off, lies, stalls, sends another file or sends people round in
// circles. Nothing but the right bytes ever gets the name.
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <chiton/error.h>

#include "../said.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/fetch.h"
#include "fixture.h"
#include "program.h"
#include "server.h"
#include "transfer.h"

static bool go_on(void *opaque, int64_t have)
{
    (void)opaque, (void)have;
    return false;
}

static bool stop_at_bytes(void *opaque, int64_t have)
{
    (void)opaque;
    return have > 0;
}

static struct ct__fetch request(const char *url)
{
    return (struct ct__fetch){.name = "model",
                              .url = url,
                              .path = "models/model.onnx",
                              .sha256 = served_digest,
                              .bytes = SERVED_BYTES,
                              .stall_seconds = 20,
                              .progress = go_on};
}

static int fetch(const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "%s", server_url(path));
    const struct ct__fetch wanted = request(url);
    return ct__fetch_file(&wanted);
}

static void assert_fetched(void)
{
    uint8_t bytes[CT__HASH_SIZE];
    char text[2 * CT__HASH_SIZE + 1];
    assert_int_equal(ct__hash_file("models/model.onnx", bytes, NULL), CT_OK);
    ct__hash_text(bytes, text);
    assert_string_equal(text, served_digest);
    assert_false(file_exists("models/model.onnx.part"));
}

static long part_size(void)
{
    struct stat status;
    return stat("models/model.onnx.part", &status) ? -1 : (long)status.st_size;
}

// The name is not there, and the part has so many bytes (-1: there is none).
static void assert_not_fetched(long bytes, const char *message)
{
    assert_false(file_exists("models/model.onnx"));
    assert_int_equal(part_size(), bytes);
    if (!strstr(said, message))
        assert_string_equal(said, message);
}

static int begin(void **state)
{
    (void)state;
    remove("models/model.onnx");
    remove("models/model.onnx.part");
    server_requests();
    said_forget();
    return 0;
}

static void a_file_gets_its_name_when_it_is_whole(void **state)
{
    (void)state;
    remove("models");
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(), "/good -\n");
    assert_string_equal(said, "");
}

static void a_connection_that_breaks_off_is_made_anew_from_there(void **state)
{
    (void)state;
    assert_int_equal(fetch("/break"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(),
                        "/break -\n/break bytes=100000-\n/break bytes=200000-\n");
}

static void an_interrupted_fetch_is_resumed_by_the_next(void **state)
{
    (void)state;
    assert_int_equal(fetch("/third"), CT_ERROR_IO);
    assert_not_fetched(100000, "answers 503: busy, try again later");
    server_requests();
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(), "/good bytes=100000-\n");
}

static void a_server_without_ranges_sends_all_of_it_again(void **state)
{
    (void)state;
    assert_int_equal(fetch("/third"), CT_ERROR_IO);
    assert_int_equal(fetch("/norange"), CT_OK);
    assert_fetched();
}

static void what_a_whole_answer_brought_is_not_asked_for_twice(void **state)
{
    (void)state;
    assert_int_equal(fetch("/third"), CT_ERROR_IO);
    server_requests();
    assert_int_equal(fetch("/norange-wrong"), CT_ERROR_FORMAT);
    assert_not_fetched(-1, "refused: its SHA-256 is");
    assert_string_equal(server_requests(), "/norange-wrong bytes=100000-\n");
}

static void pieces_that_do_not_fit_are_fetched_once_more(void **state)
{
    (void)state;
    write_text("models/model.onnx.part", "of another time");
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(), "/good bytes=15-\n/good -\n");
}

static void a_part_that_is_too_long_or_whole_needs_no_range(void **state)
{
    (void)state;
    unsigned char *long_part = calloc(1, SERVED_BYTES + 1);
    write_file("models/model.onnx.part", long_part, SERVED_BYTES + 1);
    free(long_part);
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(), "/good -\n");
    remove("models/model.onnx");
    write_file("models/model.onnx.part", served, SERVED_BYTES);
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
    assert_string_equal(server_requests(), "");
}

static void wrong_bytes_are_refused_and_nothing_stays(void **state)
{
    (void)state;
    assert_int_equal(fetch("/wrong"), CT_ERROR_FORMAT);
    assert_not_fetched(-1, "refused: its SHA-256 is");
    assert_non_null(strstr(said, served_digest));
    assert_string_equal(server_requests(), "/wrong -\n");
}

static void an_answer_that_ends_early_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(fetch("/short"), CT_ERROR_IO);
    assert_not_fetched(1000, "the answer ends after 1000 of 300000 bytes");
    assert_int_equal(fetch("/short"), CT_ERROR_IO);
    assert_string_equal(server_requests(), "/short -\n/short bytes=1000-\n/short -\n");
}

static void an_answer_that_goes_on_too_long_is_refused(void **state)
{
    (void)state;
    assert_int_equal(fetch("/long"), CT_ERROR_FORMAT);
    assert_not_fetched(-1, "refused: more than the 300000 bytes it has");
    assert_int_equal(fetch("/long-declared"), CT_ERROR_FORMAT);
    assert_not_fetched(-1, "refused: more than the 300000 bytes it has");
}

static void redirects_are_followed_but_not_for_ever(void **state)
{
    (void)state;
    assert_int_equal(fetch("/redirect/3"), CT_OK);
    assert_fetched();
    remove("models/model.onnx");
    server_requests();
    assert_int_equal(fetch("/loop"), CT_ERROR_IO);
    assert_not_fetched(-1, "redirects");
    int requests = count_lines(server_requests());
    assert_in_range(requests, 2, 20);
    assert_int_equal(fetch("/elsewhere"), CT_ERROR_IO);
    assert_false(file_exists("models/model.onnx"));
}

static void an_answer_of_the_server_is_told(void **state)
{
    (void)state;
    assert_int_equal(fetch("/nothing"), CT_ERROR_NOT_FOUND);
    assert_not_fetched(-1, "answers 404: not there");
    assert_int_equal(fetch("/busy"), CT_ERROR_IO);
    assert_not_fetched(-1, "answers 503: busy, try again later");
}

static void a_password_in_the_address_is_not_told(void **state)
{
    (void)state;
    char url[256];
    snprintf(url, sizeof url, "http://me:secret@%s?token", server_url("/nothing") + 7);
    const struct ct__fetch wanted = request(url);
    assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_NOT_FOUND);
    assert_non_null(strstr(said, "model: 127.0.0.1:"));
    assert_null(strstr(said, "secret"));
    assert_null(strstr(said, "token"));
}

static void a_server_that_does_not_answer_is_given_up(void **state)
{
    (void)state;
    static const char *const paths[] = {"/silent", "/stall"};
    for (int i = 0; i < 2; i++) {
        char url[256];
        snprintf(url, sizeof url, "%s", server_url(paths[i]));
        struct ct__fetch wanted = request(url);
        wanted.stall_seconds = i ? 3 : 1; // what a server says at all, it says within 3 s
        begin(NULL);
        assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_IO);
        assert_not_fetched(i ? SERVED_BYTES / 2 : -1, "too slow");
    }
}

static void no_network_is_said_in_so_many_words(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(taken, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &size), 0);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    const struct ct__fetch wanted = request(url);
    assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_IO);
    assert_not_fetched(-1, "is the network there? A copy of the file may be put at "
                           "models/model.onnx by hand");
    close(taken);
}

static void a_proxy_of_the_environment_is_used(void **state)
{
    (void)state;
    setenv("http_proxy", server_url(""), 1);
    const struct ct__fetch wanted = request("http://models.invalid/good");
    assert_int_equal(ct__fetch_file(&wanted), CT_OK);
    unsetenv("http_proxy");
    assert_fetched();
    assert_string_equal(server_requests(), "http://models.invalid/good -\n");
}

static void other_ways_than_http_are_refused(void **state)
{
    (void)state;
    const struct ct__fetch wanted = request("file:///etc/hostname");
    assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_IO);
    assert_not_fetched(-1, "not supported");
}

static void a_stop_keeps_what_has_come(void **state)
{
    (void)state;
    char url[256];
    snprintf(url, sizeof url, "%s", server_url("/stall"));
    struct ct__fetch wanted = request(url);
    wanted.progress = stop_at_bytes;
    assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_STOPPED);
    assert_true(part_size() > 0);
    assert_non_null(strstr(said, "the next pull goes on from there"));
}

static void two_at_once_fetch_it_once(void **state)
{
    (void)state;
    pid_t children[2];
    assert_int_equal(mkfifo("gate", 0600), 0);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(fetch("/gate") ? 1 : 0);
    }
    // Opens when the server has one of them at its gate; closing lets it through.
    FILE *gate = fopen("gate", "w");
    assert_non_null(gate);
    fclose(gate);
    for (int i = 0; i < 2; i++)
        assert_int_equal(wait_program(children[i]), 0);
    assert_fetched();
    assert_string_equal(server_requests(), "/gate -\n");
}

static void a_full_disk_is_told_and_the_rest_can_follow(void **state)
{
    (void)state;
    struct rlimit limit, little = {.rlim_cur = 5000};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    little.rlim_max = limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    int error = fetch("/good");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(error, CT_ERROR_IO);
    assert_not_fetched(5000, "models/model.onnx.part: cannot write: ");
    assert_int_equal(fetch("/good"), CT_OK);
    assert_fetched();
}

static void a_folder_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    write_text("file", "");
    struct ct__fetch wanted = request(server_url("/good"));
    wanted.path = "file/model.onnx";
    assert_int_equal(ct__fetch_file(&wanted), CT_ERROR_IO);
    assert_non_null(strstr(said, "file"));
    ct__mem_fail(1);
    assert_int_equal(fetch("/good"), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_string_equal(server_requests(), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_file_gets_its_name_when_it_is_whole, begin),
        cmocka_unit_test_setup(a_connection_that_breaks_off_is_made_anew_from_there, begin),
        cmocka_unit_test_setup(an_interrupted_fetch_is_resumed_by_the_next, begin),
        cmocka_unit_test_setup(a_server_without_ranges_sends_all_of_it_again, begin),
        cmocka_unit_test_setup(what_a_whole_answer_brought_is_not_asked_for_twice, begin),
        cmocka_unit_test_setup(pieces_that_do_not_fit_are_fetched_once_more, begin),
        cmocka_unit_test_setup(a_part_that_is_too_long_or_whole_needs_no_range, begin),
        cmocka_unit_test_setup(wrong_bytes_are_refused_and_nothing_stays, begin),
        cmocka_unit_test_setup(an_answer_that_ends_early_is_no_file, begin),
        cmocka_unit_test_setup(an_answer_that_goes_on_too_long_is_refused, begin),
        cmocka_unit_test_setup(redirects_are_followed_but_not_for_ever, begin),
        cmocka_unit_test_setup(an_answer_of_the_server_is_told, begin),
        cmocka_unit_test_setup(a_password_in_the_address_is_not_told, begin),
        cmocka_unit_test_setup(a_server_that_does_not_answer_is_given_up, begin),
        cmocka_unit_test_setup(no_network_is_said_in_so_many_words, begin),
        cmocka_unit_test_setup(a_proxy_of_the_environment_is_used, begin),
        cmocka_unit_test_setup(other_ways_than_http_are_refused, begin),
        cmocka_unit_test_setup(a_stop_keeps_what_has_come, begin),
        cmocka_unit_test_setup(two_at_once_fetch_it_once, begin),
        cmocka_unit_test_setup(a_full_disk_is_told_and_the_rest_can_follow, begin),
        cmocka_unit_test_setup(a_folder_that_cannot_be_made_is_told, begin),
    };
    transfer_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transfer_end();
    return failed;
}
