// SPDX-License-Identifier: Apache-2.0
// Who looks on: pictures, events, and clients that do not behave.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture.h"

#define SECOND INT64_C(1000000000)

// The service looks around once in a second of a clock that is held; a request makes it do so now.
// Whatever waits for its thread has had its turn when that is answered.
static void pass_seconds(int count)
{
    while (count--) {
        ct__clock_advance(SECOND);
        expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok");
    }
}

// ---- pictures

// Looks at the engine until so many watch; the test's own time-out is the only other end.
static void wait_watchers(int stream, int count)
{
    while (fake_watchers(engine, stream) != count)
        usleep(1000);
}

// Lets seconds pass until nobody watches any more.
static void wait_unwatched(int stream)
{
    ct__clock_hold(ct__now_ns());
    while (fake_watchers(engine, stream))
        pass_seconds(1);
    ct__clock_release();
}

// A picture of now, while the clock is held, for those who wait for one. They are asked again after
// a moment.
static void show_picture(uint64_t frame, char fill)
{
    fake_picture(engine, 0, frame, 5, fill);
    ct__clock_advance(SECOND / 20);
}

static void the_next_picture_is_waited_for(void **state)
{
    (void)state;
    struct client client;
    client_open(&client, where());
    client_get(&client, "/api/door/latest.jpg", "Connection: close\r\n");
    wait_watchers(0, 1);
    ct__clock_hold(ct__now_ns());
    show_picture(7, 'x');
    assert_true(client_wait(&client, "\r\n\r\nxxxxx"));
    assert_non_null(strstr(client.data, "Content-Type: image/jpeg"));
    assert_non_null(strstr(client.data, "Chiton-Frame: 7"));
    client_close(&client);
    // That one is of now for another second; who has it waits for the next.
    expect(fetch(where(), "/api/door/latest.jpg"), "HTTP/1.1 200", "xxxxx");
    client_open(&client, where());
    client_get(&client, "/api/door/latest.jpg?after=7", "Connection: close\r\n");
    show_picture(8, 'y');
    assert_true(client_wait(&client, "yyyyy"));
    client_close(&client);
}

static void a_dead_camera_gives_no_old_picture(void **state)
{
    (void)state;
    fake_state(engine, 0, CT_STREAM_WAITING, "connection refused");
    char *answer = fetch(where(), "/api/door/latest.jpg");
    assert_non_null(strstr(answer, "Retry-After: 4"));
    expect(answer, "HTTP/1.1 503",
           "\"state\":\"waiting\",\"reason\":\"connection refused\",\"retry_s\":4");
    // One that may come within a moment is waited for, but not for long.
    struct client client;
    fake_state(engine, 0, CT_STREAM_STALLED, "");
    ct__clock_hold(ct__now_ns());
    client_open(&client, where());
    client_get(&client, "/api/door/latest.jpg?width=160", "Connection: close\r\n");
    wait_watchers(0, 2);
    pass_seconds(4);
    assert_true(client_wait(&client, "\"state\":\"stalled\""));
    client_close(&client);
}

static void a_stream_of_pictures_has_one_watch_for_all_viewers(void **state)
{
    (void)state;
    struct client clients[5];
    for (int i = 0; i < 5; i++) {
        client_open(&clients[i], where());
        client_get(&clients[i], i == 4 ? "/api/door/mjpeg?width=300" : "/api/door/mjpeg", "");
        assert_true(client_wait(&clients[i], "\r\n\r\n"));
        assert_non_null(strstr(clients[i].data, "multipart/x-mixed-replace; boundary=frame"));
    }
    assert_int_equal(fake_watchers(engine, 0), 2);
    assert_int_equal(fake_width(engine), 320);
    fake_picture(engine, 0, 1, 200000, 'p');
    for (int i = 0; i < 5; i++) {
        assert_true(client_wait(&clients[i],
                                "--frame\r\nContent-Type: image/jpeg\r\n"
                                "Content-Length: 200000\r\nChiton-Frame: 1\r\n\r\npppp"));
        assert_true(client_wait(&clients[i], "pp\r\n--frame\r\n"));
    }
    fake_picture(engine, 0, 2, 10, 'q');
    for (int i = 0; i < 5; i++) {
        assert_true(client_wait(&clients[i], "qqqqqqqqqq\r\n--frame\r\n"));
        client_close(&clients[i]);
    }
    // Nobody looks: after a while nothing is drawn.
    wait_unwatched(0);
}

static void a_viewer_of_a_dead_camera_that_leaves_is_noticed(void **state)
{
    (void)state;
    struct client client;
    client_open(&client, where());
    client_get(&client, "/api/door/mjpeg", "");
    wait_watchers(0, 1);
    client_close(&client);
    wait_unwatched(0);
}

static void a_slow_viewer_skips_pictures(void **state)
{
    (void)state;
    struct client slow;
    int small = 4096;
    client_open(&slow, where());
    setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client_get(&slow, "/api/door/mjpeg", "");
    assert_true(client_wait(&slow, "boundary=frame"));
    // More than the system holds back for it.
    for (int i = 0; i < 200; i++)
        fake_picture(engine, 0, (uint64_t)i, 200000, 'a');
    fake_picture(engine, 0, 999, 100, 'z');
    assert_true(client_wait(&slow, "zzzzzzzzzz"));
    assert_true(slow.length < 20 * 200000);
    client_close(&slow);
}

static void a_removed_camera_ends_its_pictures(void **state)
{
    (void)state;
    struct client client;
    client_open(&client, where());
    client_get(&client, "/api/door/mjpeg", "");
    wait_watchers(0, 1);
    fake_remove(engine, 0);
    assert_true(client_wait(&client, "\r\n0\r\n"));
    client_close(&client);
}

static void a_camera_that_cannot_be_watched_is_503(void **state)
{
    (void)state;
    fake_refuse(engine, CT_ERROR_MEMORY);
    expect(fetch(where(), "/api/door/mjpeg"), "HTTP/1.1 503", "unavailable");
    expect(fetch(where(), "/api/door/latest.jpg"), "HTTP/1.1 503", "unavailable");
    expect(fetch(where(), "/api/events"), "HTTP/1.1 503", "unavailable");
}

// ---- events

static void open_events(struct client *client, const char *path, const char *headers)
{
    client_open(client, where());
    client_get(client, path, headers);
    assert_true(client_wait(client, "retry: 1000\n\n"));
}

static void results_come_as_events(void **state)
{
    (void)state;
    struct client all, yard;
    fake_add(engine, "yard", CT_STREAM_LIVE);
    open_events(&all, "/api/events", "");
    open_events(&yard, "/api/events?camera=yard", "");
    assert_non_null(strstr(all.data, "Content-Type: text/event-stream"));
    assert_int_equal(fake_watchers(engine, -1), 1);
    fake_result(engine, 0, 5);
    fake_result(engine, 1, 6);
    assert_true(client_wait(&all, "id: 1\ndata: {\"source\":\"door\",\"frame\":5,"));
    assert_true(client_wait(&all, "id: 2\ndata: {\"source\":\"yard\",\"frame\":6,"));
    assert_true(client_wait(&yard, "id: 2\ndata: {\"source\":\"yard\""));
    assert_null(strstr(yard.data, "door"));
    client_close(&yard);
    client_close(&all);
    wait_unwatched(-1);
}

static void a_client_that_comes_again_gets_what_it_missed(void **state)
{
    (void)state;
    struct client client;
    open_events(&client, "/api/events", "");
    for (uint64_t i = 0; i < 10; i++)
        fake_result(engine, 0, i);
    assert_true(client_wait(&client, "\"frame\":9"));
    client_close(&client);
    open_events(&client, "/api/events", "Last-Event-ID: 8\r\n");
    assert_true(client_wait(&client, "\"frame\":9"));
    assert_non_null(strstr(client.data, "\"frame\":8"));
    assert_null(strstr(client.data, "\"frame\":7"));
    client_close(&client);
}

static void a_client_that_is_too_slow_is_told_what_it_lost(void **state)
{
    (void)state;
    static const char event[] = "event: lost\ndata: {\"lost\":";
    struct client client;
    int lost = 0;
    open_events(&client, "/api/events", "");
    fake_padding(engine, 5000);
    for (uint64_t i = 0; i < 20000; i++)
        fake_result(engine, 0, i);
    fake_padding(engine, 0);
    fake_result(engine, 0, 77777);
    assert_true(client_wait(&client, "\"frame\":77777"));
    // At once or, where both take turns, a few at a time.
    for (const char *at = client.data; (at = strstr(at, event)); lost += atoi(at))
        at += sizeof event - 1;
    assert_true(lost > 100);
    client_close(&client);
}

static void a_line_that_is_too_long_counts_as_lost(void **state)
{
    (void)state;
    struct client client;
    open_events(&client, "/api/events", "");
    fake_padding(engine, 3000000);
    fake_result(engine, 0, 1);
    fake_padding(engine, 0);
    fake_result(engine, 0, 2);
    assert_true(client_wait(&client, "event: lost\ndata: {\"lost\":1}\n\n"));
    assert_true(client_wait(&client, "id: 2\ndata: {\"source\":\"door\",\"frame\":2"));
    client_close(&client);
}

static void two_hundred_clients_get_the_same(void **state)
{
    (void)state;
    enum { CLIENTS = 200 };
    static struct client clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        open_events(&clients[i], "/api/events", "");
    for (uint64_t i = 0; i < 50; i++)
        fake_result(engine, 0, i);
    for (int i = 0; i < CLIENTS; i++)
        assert_true(client_wait(&clients[i], "\"frame\":49"));
    expect(fetch(where(), "/api/stats"), "HTTP/1.1 200", "\"clients\":{\"events\":200,");
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
}

// ---- limits

static void one_client_too_many_is_told_to_come_later(void **state)
{
    (void)state;
    struct client first, second;
    restart((struct ct_service_params){.max_clients = 2});
    open_events(&first, "/api/events", "");
    open_events(&second, "/api/events", "");
    char *answer = fetch(where(), "/api/events");
    assert_non_null(strstr(answer, "Retry-After: 5"));
    expect(answer, "HTTP/1.1 503", "\"code\":\"clients\"");
    expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok");
    client_close(&first);
    client_close(&second);
}

static void connections_of_one_address_are_limited(void **state)
{
    (void)state;
    struct client clients[3];
    restart((struct ct_service_params){.max_connections_per_address = 2});
    open_events(&clients[0], "/api/events", "");
    open_events(&clients[1], "/api/events", "");
    client_open(&clients[2], where());
    client_get(&clients[2], "/healthz", "");
    client_drain(&clients[2]);
    assert_int_equal(clients[2].length, 0);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
}

static void who_never_asks_is_sent_away(void **state)
{
    (void)state;
    struct client silent, half;
    restart((struct ct_service_params){.timeout_ms = 1000});
    client_open(&silent, where());
    client_open(&half, where());
    client_send(&half, "GET /healthz HTTP/1.1\r\nHost: local");
    client_drain(&silent);
    client_drain(&half);
    client_close(&silent);
    client_close(&half);
}

static void *drip(void *opaque)
{
    const struct client *client = opaque;
    while (send(client->fd, "x", 1, MSG_NOSIGNAL) == 1)
        usleep(100000);
    return NULL;
}

static void who_asks_a_letter_at_a_time_is_sent_away(void **state)
{
    (void)state;
    struct client client;
    pthread_t thread;
    restart((struct ct_service_params){.timeout_ms = 1000});
    client_open(&client, where());
    client_send(&client, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ");
    assert_int_equal(pthread_create(&thread, NULL, drip, &client), 0);
    ct__clock_hold(ct__now_ns());
    pass_seconds(5); // it may be known to the service but since the first
    pthread_join(thread, NULL);
    client_close(&client);
}

// An answer may take a second for each 128 KiB, and twice the time-out.
static void who_takes_an_answer_too_slowly_is_sent_away(void **state)
{
    (void)state;
    enum { SIZE = 16 << 20, TIMEOUT_S = 100, MOST_S = 2 * TIMEOUT_S + SIZE / 131072 };
    struct client clients[2];
    restart((struct ct_service_params){.timeout_ms = 1000 * TIMEOUT_S});
    fake_padding(engine, SIZE);
    ct__clock_hold(ct__now_ns());
    for (int i = 0; i < 2; i++) {
        client_open(&clients[i], where());
        client_get(&clients[i], "/metrics", "Connection: close\r\n");
        assert_true(client_wait(&clients[i], "HTTP/1.1 200"));
    }
    ct__clock_advance((MOST_S - 2) * SECOND);
    pass_seconds(1);
    client_drain(&clients[0]);
    assert_true(clients[0].length > SIZE);
    pass_seconds(2);
    client_drain(&clients[1]);
    assert_true(clients[1].length < SIZE);
    for (int i = 0; i < 2; i++)
        client_close(&clients[i]);
}

static void the_end_is_told_to_who_looks_on(void **state)
{
    (void)state;
    struct client events, pictures, waiting;
    open_events(&events, "/api/events", "");
    client_open(&pictures, where());
    client_get(&pictures, "/api/door/mjpeg", "");
    wait_watchers(0, 1);
    client_open(&waiting, where());
    client_get(&waiting, "/api/door/latest.jpg", "");
    int64_t begin_ns = ct__now_ns();
    ct_service_stop(&service);
    assert_true(ct__now_ns() - begin_ns < INT64_C(5000000000));
    client_drain(&events);
    assert_non_null(strstr(events.data, "\r\n0\r\n"));
    client_drain(&pictures);
    client_drain(&waiting);
    client_close(&events);
    client_close(&pictures);
    client_close(&waiting);
}

static void an_idle_service_does_not_run(void **state)
{
    (void)state;
    expect(fetch(where(), "/healthz"), "HTTP/1.1 200", "ok");
    int64_t before_ns = ct__process_cpu_ns();
    usleep(300000);
    assert_true(ct__process_cpu_ns() - before_ns < INT64_C(20000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(the_next_picture_is_waited_for),
        T(a_dead_camera_gives_no_old_picture),
        T(a_stream_of_pictures_has_one_watch_for_all_viewers),
        T(a_viewer_of_a_dead_camera_that_leaves_is_noticed),
        T(a_slow_viewer_skips_pictures),
        T(a_removed_camera_ends_its_pictures),
        T(a_camera_that_cannot_be_watched_is_503),
        T(results_come_as_events),
        T(a_client_that_comes_again_gets_what_it_missed),
        T(a_client_that_is_too_slow_is_told_what_it_lost),
        T(a_line_that_is_too_long_counts_as_lost),
        T(two_hundred_clients_get_the_same),
        T(one_client_too_many_is_told_to_come_later),
        T(connections_of_one_address_are_limited),
        T(who_never_asks_is_sent_away),
        T(who_asks_a_letter_at_a_time_is_sent_away),
        T(who_takes_an_answer_too_slowly_is_sent_away),
        T(the_end_is_told_to_who_looks_on),
        T(an_idle_service_does_not_run),
#undef T
    };
    return run_all(tests, sizeof tests / sizeof *tests);
}
