// SPDX-License-Identifier: Apache-2.0
// What is asked and answered at once, and who may ask.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fixture.h"

// ---- addresses

static void a_process_that_lives_is_healthy(void **state)
{
    (void)state;
    expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok\n");
}

static void an_engine_that_does_not_run_yet_is_not_ready(void **state)
{
    (void)state;
    expect(fetch(where(), "/readyz"), "HTTP/1.1 200", "ready\n");
    int stream = fake_add(engine, "yard", CT_STREAM_NEW);
    expect(fetch(where(), "/readyz"), "HTTP/1.1 503", "\"code\":\"not_ready\"");
    fake_state(engine, stream, CT_STREAM_FAILED, "no such host");
    expect(fetch(where(), "/readyz"), "HTTP/1.1 200", "ready\n");
}

static void metrics_are_of_the_type_that_prometheus_reads(void **state)
{
    (void)state;
    expect(fetch(where(), "/metrics"), "HTTP/1.1 200",
           "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    fake_padding(engine, 100000);
    char *answer = fetch(where(), "/metrics");
    assert_true(strlen(answer) > 100000);
    expect(answer, "HTTP/1.1 200", "chiton_frames_total{camera=\"door\"} 34\n");
}

static void streams_are_listed_with_their_state(void **state)
{
    (void)state;
    int yard = fake_add(engine, "yard", CT_STREAM_LIVE);
    fake_state(engine, yard, CT_STREAM_WAITING, "connection refused");
    expect(fetch(where(), "/api/streams"), "HTTP/1.1 200",
           "\"name\":\"yard\",\"number\":1,\"input\":\"rtsp://camera/yard\",\"state\":\"waiting\","
           "\"reason\":\"connection refused\",\"retry_s\":4");
    expect(fetch(where(), "/api/streams/door"), "HTTP/1.1 200", "\"latency_ms\":{\"p50\":21.5");
    fake_remove(engine, yard);
    char *answer = fetch(where(), "/api/streams");
    assert_null(strstr(answer, "yard"));
    free(answer);
    expect(fetch(where(), "/api/streams/yard"), "HTTP/1.1 404", "\"code\":\"no_camera\"");
}

static void a_camera_may_be_called_by_its_path(void **state)
{
    (void)state;
    fake_add(engine, "clips/a b.mp4", CT_STREAM_LIVE);
    expect(fetch(where(), "/api/streams/clips%2Fa%20b.mp4"), "HTTP/1.1 200",
           "\"name\":\"clips/a b.mp4\"");
    expect(fetch(where(), "/api/streams/clips/a%20b.mp4"), "HTTP/1.1 200", "clips/a b.mp4");
}

static void stats_tell_of_lanes_and_cpu(void **state)
{
    (void)state;
    char *answer = fetch(where(), "/api/stats");
    assert_non_null(strstr(answer, "\"cpu\":{\"seconds\":"));
    assert_non_null(strstr(answer, "\"stages\":[{\"name\":\"run\",\"count\":68"));
    expect(answer, "HTTP/1.1 200", "\"lanes\":[0.25,0.5]");
}

static void the_configuration_is_what_was_said_last(void **state)
{
    (void)state;
    expect(fetch(where(), "/api/config"), "HTTP/1.1 404", "\"code\":\"no_config\"");
    assert_int_equal(ct_service_set_config(service, "listen: here\n"), CT_OK);
    assert_int_equal(ct_service_set_config(service, "listen: there\n"), CT_OK);
    expect(fetch(where(), "/api/config"), "HTTP/1.1 200", "\r\n\r\nlisten: there\n");
    ct__mem_fail(1);
    assert_int_equal(ct_service_set_config(service, "no"), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    expect(fetch(where(), "/api/config/schema.json"), "HTTP/1.1 200", "{\"title\":\"fleet\"}");
}

static void the_page_may_load_nothing_of_others(void **state)
{
    (void)state;
    char *answer = fetch(where(), "/");
    assert_non_null(strstr(answer, "default-src 'none'; script-src 'sha256-"));
    assert_null(strstr(answer, "http://"));
    assert_null(strstr(answer, "https://"));
    expect(answer, "HTTP/1.1 200", "<title>chiton</title>");
}

static void every_answer_is_closed_to_other_sites(void **state)
{
    (void)state;
    char *answer = fetch(where(), "/healthz");
    assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(answer, "X-Frame-Options: DENY"));
    assert_null(strstr(answer, "Access-Control"));
    expect(answer, "HTTP/1.1 200", "Cross-Origin-Resource-Policy: same-origin");
}

// ---- what is wrong with a request

static void an_unknown_address_is_404(void **state)
{
    (void)state;
    expect(fetch(where(), "/nothing"), "HTTP/1.1 404",
           "{\"error\":{\"code\":\"not_found\",\"message\":\"nothing is called /nothing\"}}");
    expect(fetch(where(), "/api/yard/latest.jpg"), "HTTP/1.1 404", "no_camera");
    expect(fetch(where(), "/api/yard/mjpeg"), "HTTP/1.1 404", "no_camera");
    expect(fetch(where(), "/api/events?camera=yard"), "HTTP/1.1 404", "no_camera");
    expect(fetch(where(), "/api//mjpeg"), "HTTP/1.1 404", "no");
    expect(fetch(where(), "/../../etc/passwd"), "HTTP/1.1 404", "not_found");
}

static void another_method_is_405_and_told_which_are_allowed(void **state)
{
    (void)state;
    expect(exchange(where(),
                    "POST /api/streams HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Length: 2\r\n\r\n{}"),
           "HTTP/1.1 405", "Allow: GET, HEAD");
    expect(exchange(where(), "DELETE /api/streams/door HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 405", "\"code\":\"method\"");
}

static void a_body_that_nobody_wants_is_413(void **state)
{
    (void)state;
    expect(exchange(where(),
                    "POST /api/streams HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                    "Content-Length: 100000000\r\n\r\n"),
           "HTTP/1.1 413", "\"code\":\"body\"");
}

static void an_address_that_is_too_long_is_414(void **state)
{
    (void)state;
    char path[3000];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    expect(fetch(where(), path), "HTTP/1.1 414", "\"code\":\"uri\"");
}

static void what_is_no_http_is_refused(void **state)
{
    (void)state;
    expect(exchange(where(), "\x16\x03\x01 hello\r\n\r\n"), "HTTP/1.", " 400 ");
    expect(exchange(where(), "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"), "HTTP/1.1 400",
           "");
    expect(exchange(where(), "GET /api/streams/do%00or HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 400", "zero byte");
    expect(fetch(where(), "/api/door/latest.jpg?width=wide"), "HTTP/1.1 400", "width=wide");
    expect(fetch(where(), "/api/door/mjpeg?width=-1"), "HTTP/1.1 400", "expected a number");
}

static void head_is_get_without_the_body(void **state)
{
    (void)state;
    char *answer = exchange(where(), "HEAD /api/streams HTTP/1.1\r\nHost: localhost\r\n"
                                     "Connection: close\r\n\r\n");
    assert_null(strstr(answer, "door"));
    expect(answer, "HTTP/1.1 200", "Content-Type: application/json");
    expect(exchange(where(), "HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 200", "text/event-stream");
}

static void questions_on_one_connection_are_answered_in_turn(void **state)
{
    (void)state;
    expect(exchange(where(),
                    "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
           "HTTP/1.1 200", "ready\n");
}

// ---- who may ask

static void a_foreign_name_for_this_machine_is_refused(void **state)
{
    (void)state;
    expect(exchange(where(), "GET /api/streams HTTP/1.1\r\nHost: evil.example:8080\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 403", "\"code\":\"host\"");
    expect(exchange(where(), "GET /healthz HTTP/1.1\r\nHost: localhost.evil.example\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 403", "host");
    expect(exchange(where(),
                    "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:80\r\nConnection: close\r\n\r\n"),
           "HTTP/1.1 200", "ok");
    expect(
        exchange(where(), "GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n"),
        "HTTP/1.1 200", "ok");
}

static void a_page_of_another_site_is_refused(void **state)
{
    (void)state;
    expect(exchange(where(), "GET /api/door/latest.jpg HTTP/1.1\r\nHost: localhost\r\n"
                             "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"
                             "Connection: close\r\n\r\n"),
           "HTTP/1.1 403", "cross_site");
    expect(exchange(where(), "GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
                             "Sec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n"),
           "HTTP/1.1 200", "chiton");
}

static void a_token_opens_what_it_closes(void **state)
{
    (void)state;
    write_file("token", "  s3cret\n");
    restart((struct ct_service_params){.token_file = "token"});
    expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok");
    expect(fetch(where(), "/"), "HTTP/1.1 200", "chiton");
    expect(fetch(where(), "/api/streams"), "HTTP/1.1 401", "WWW-Authenticate: Bearer");
    expect(fetch(where(), "/metrics"), "HTTP/1.1 401", "\"code\":\"token\"");
    expect(fetch(where(), "/nothing"), "HTTP/1.1 401", "token");
    expect(fetch(where(), "/api/streams?token=s3creT"), "HTTP/1.1 401", "token");
    expect(fetch(where(), "/api/streams?token=s3cre"), "HTTP/1.1 401", "token");
    expect(fetch(where(), "/api/streams?token="), "HTTP/1.1 401", "token");
    expect(fetch(where(), "/api/streams?token=s3cret"), "HTTP/1.1 200", "door");
    expect(exchange(where(), "GET /api/streams HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                             "Authorization: Bearer s3cret\r\n\r\n"),
           "HTTP/1.1 200", "door");
    expect(exchange(where(), "GET /api/streams?token=s3cret HTTP/1.1\r\nHost: localhost\r\n"
                             "Connection: close\r\nAuthorization: Bearer no\r\n\r\n"),
           "HTTP/1.1 401", "token");
}

static void refused(struct ct_service_params params, int error, const char *message)
{
    ct_service *none = NULL;
    assert_int_equal(ct_service_start(&none, engine, &params), error);
    assert_null(none);
    if (!strstr(last_message, message))
        fail_msg("expected %s, not: %s", message, last_message);
}

static void what_cannot_be_served_is_said_at_the_start(void **state)
{
    (void)state;
    write_file("empty", " \n");
    write_file("two", "two words\n");
    write_file("no.pem", "no certificate\n");
    refused((struct ct_service_params){.listen = "0.0.0.0:0"}, CT_ERROR_INVALID,
            "0.0.0.0:0 can be reached by others: give it a token or TLS, or listen on 127.0.0.1");
    refused((struct ct_service_params){.listen = "[::]:0"}, CT_ERROR_INVALID,
            "[::]:0 can be reached");
    refused((struct ct_service_params){.listen = "door"}, CT_ERROR_INVALID,
            "expected ADDRESS:PORT");
    refused((struct ct_service_params){.listen = ":80"}, CT_ERROR_INVALID, "expected ADDRESS:PORT");
    refused((struct ct_service_params){.listen = "127.0.0.1:66000"}, CT_ERROR_INVALID, "66000");
    refused((struct ct_service_params){.listen = "::1:80"}, CT_ERROR_INVALID, "[::1]:8080");
    refused((struct ct_service_params){.listen = "example.org:80"}, CT_ERROR_INVALID,
            "example.org");
    refused((struct ct_service_params){.listen = where() + 7}, CT_ERROR_IO, "in use");
    refused((struct ct_service_params){.listen = "127.0.0.1:0", .token_file = "none"},
            CT_ERROR_NOT_FOUND, "none");
    refused((struct ct_service_params){.listen = "127.0.0.1:0", .token_file = "empty"},
            CT_ERROR_INVALID, "empty: there is no word in it");
    refused((struct ct_service_params){.listen = "127.0.0.1:0", .token_file = "two"},
            CT_ERROR_INVALID, "one word");
    refused((struct ct_service_params){.listen = "127.0.0.1:0", .tls_key = "no.pem"},
            CT_ERROR_INVALID, "the certificate is missing");
    refused((struct ct_service_params){.listen = "127.0.0.1:0",
                                       .tls_key = "no.pem",
                                       .tls_certificate = "no.pem"},
            CT_ERROR_INVALID, "cannot start");
    refused((struct ct_service_params){.listen = "127.0.0.1:0", .max_clients = -1},
            CT_ERROR_INVALID, "max_clients = -1");
}

static void an_address_for_all_is_served_with_a_token(void **state)
{
    (void)state;
    write_file("token", "s3cret");
    restart((struct ct_service_params){.listen = "0.0.0.0:0", .token_file = "token"});
    // Names that others call this machine by are no attack there.
    expect(exchange(where(),
                    "GET /healthz HTTP/1.1\r\nHost: cameras.example\r\nConnection: close\r\n\r\n"),
           "HTTP/1.1 200", "ok");
}

static void without_memory_the_service_does_not_start(void **state)
{
    (void)state;
    int failures = 0;
    write_file("token", "s3cret");
    for (uint64_t n = 1;; n++) {
        ct_service *other = NULL;
        const struct ct_service_params params = {.listen = "127.0.0.1:0", .token_file = "token"};
        ct__mem_fail(n);
        int error = ct_service_start(&other, engine, &params);
        int failed = ct__mem_failed();
        ct__mem_fail(0);
        if (!failed) {
            assert_int_equal(error, CT_OK);
            ct_service_stop(&other);
            break;
        }
        assert_int_equal(error, CT_ERROR_MEMORY);
        assert_null(other);
        failures++;
    }
    assert_true(failures >= 4);
}

static void without_memory_a_request_fails_and_the_next_does_not(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/streams", "/api/streams/door", "/metrics", "/nothing",
                                        "/api/stats"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (uint64_t n = 1;; n++) {
            ct__mem_fail(n);
            char *answer = fetch(where(), paths[i]);
            int failed = ct__mem_failed();
            ct__mem_fail(0);
            free(answer);
            if (!failed)
                break;
        }
    expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_process_that_lives_is_healthy),
        T(an_engine_that_does_not_run_yet_is_not_ready),
        T(metrics_are_of_the_type_that_prometheus_reads),
        T(streams_are_listed_with_their_state),
        T(a_camera_may_be_called_by_its_path),
        T(stats_tell_of_lanes_and_cpu),
        T(the_configuration_is_what_was_said_last),
        T(the_page_may_load_nothing_of_others),
        T(every_answer_is_closed_to_other_sites),
        T(an_unknown_address_is_404),
        T(another_method_is_405_and_told_which_are_allowed),
        T(a_body_that_nobody_wants_is_413),
        T(an_address_that_is_too_long_is_414),
        T(what_is_no_http_is_refused),
        T(head_is_get_without_the_body),
        T(questions_on_one_connection_are_answered_in_turn),
        T(a_foreign_name_for_this_machine_is_refused),
        T(a_page_of_another_site_is_refused),
        T(a_token_opens_what_it_closes),
        T(what_cannot_be_served_is_said_at_the_start),
        T(an_address_for_all_is_served_with_a_token),
        T(without_memory_the_service_does_not_start),
        T(without_memory_a_request_fails_and_the_next_does_not),
#undef T
    };
    return run_all(tests, sizeof tests / sizeof *tests);
}
