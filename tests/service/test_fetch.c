// SPDX-License-Identifier: Apache-2.0
// What is fetched for strangers, and from where never. A thread of the test stands for the network.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include <chiton/error.h>

#include "base/clock.h"
#include "service/address.h"
#include "service/fetch.h"

// Answers every connection with the same text, until the socket is shut down.
struct server {
    int fd, port, count;
    char answer[512];
    pthread_t thread;
};

static struct server server;
static struct ct__text bytes;
static char why[256];

static void *serve(void *argument)
{
    struct server *own = argument;
    char request[4096];
    int client;
    while ((client = accept(own->fd, NULL, NULL)) >= 0) {
        own->count++;
        if (read(client, request, sizeof request) > 0)
            assert_true(write(client, own->answer, strlen(own->answer)) > 0);
        close(client);
    }
    return NULL;
}

static int set_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    (void)state;
    server = (struct server){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(server.fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.fd, 16), 0);
    getsockname(server.fd, (struct sockaddr *)&address, &size);
    server.port = ntohs(address.sin_port);
    return 0;
}

static void start(const char *head, const char *body)
{
    snprintf(server.answer, sizeof server.answer,
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", head,
             strlen(body), body);
    assert_int_equal(pthread_create(&server.thread, NULL, serve, &server), 0);
}

static void end(void)
{
    shutdown(server.fd, SHUT_RDWR);
    pthread_join(server.thread, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    close(server.fd);
    ct__text_finish(&bytes);
    return 0;
}

// 127.0.0.1 stands for the internet, all else of loopback for what must not be reached.
static bool is_first(const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const void *)address;
    return address->sa_family == AF_INET && ntohl(v4->sin_addr.s_addr) == INADDR_LOOPBACK;
}

static int get(const char *url, bool (*allows)(const struct sockaddr *))
{
    const struct ct__fetch fetch = {
        .max_bytes = 100, .until_ns = ct__now_ns() + INT64_C(60000000000), .allows = allows};
    ct__text_clear(&bytes);
    return ct__fetch_run(&fetch, url, &bytes, why, sizeof why);
}

static const char *url(const char *host)
{
    static char text[128];
    snprintf(text, sizeof text, "http://%s:%d/a.png", host, server.port);
    return text;
}

// What a name of the test means: what it says at first, then for good. libcurl asks here, since the
// program's own functions go before those of libraries.
static const char *meanings[2];
static int asked;

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &symbol, sizeof real);
    if (name && strcmp(name, "changes.test") == 0)
        name = meanings[asked++ > 0];
    // Of names only this machine's own is looked up: no test asks the network.
    struct addrinfo own = hints ? *hints : (struct addrinfo){0};
    if (name && strcasecmp(name, "localhost") != 0)
        own.ai_flags |= AI_NUMERICHOST;
    return real(name, service, &own, result);
}

static void let_change(const char *first, const char *later)
{
    meanings[0] = first;
    meanings[1] = later;
    asked = 0;
}

// ---- addresses

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return ct__address_is_public((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return ct__address_is_public((struct sockaddr *)&v6);
}

static void special_addresses_are_not_public(void **state)
{
    static const char *const special[] = {"0.0.0.0",
                                          "10.0.0.1",
                                          "100.64.0.1",
                                          "127.0.0.1",
                                          "127.255.255.255",
                                          "169.254.169.254",
                                          "172.16.0.1",
                                          "172.31.255.255",
                                          "192.0.0.1",
                                          "192.0.2.1",
                                          "192.168.1.1",
                                          "198.18.0.1",
                                          "198.19.255.255",
                                          "203.0.113.9",
                                          "224.0.0.1",
                                          "240.0.0.1",
                                          "255.255.255.255",
                                          "::",
                                          "::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:8.8.8.8",
                                          "::127.0.0.1",
                                          "64:ff9b::7f00:1",
                                          "fe80::1",
                                          "fc00::1",
                                          "fd12::1",
                                          "ff02::1",
                                          "2002:7f00:1::",
                                          "2001::1",
                                          "2001:db8::1",
                                          "3fff::1",
                                          "100::1",
                                          "fec0::1",
                                          "198.51.100.7"};
    (void)state;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (is_public(special[i]))
            fail_msg("%s passes for public", special[i]);
}

static void addresses_beside_the_special_ones_are_public(void **state)
{
    static const char *const open[] = {
        "1.1.1.1",       "9.255.255.255", "11.0.0.0",    "100.63.0.1",   "100.128.0.1",
        "172.15.0.1",    "172.32.0.1",    "192.167.1.1", "198.17.0.1",   "198.20.0.1",
        "223.255.255.1", "2606:4700::1",  "2001:200::1", "2a00:1450::1", "3ffe::1"};
    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (!is_public(open[i]))
            fail_msg("%s does not pass for public", open[i]);
}

static void an_address_of_no_internet_is_not_public(void **state)
{
    const struct sockaddr local = {.sa_family = AF_UNIX};
    (void)state;
    assert_false(ct__address_is_public(&local));
}

// ---- fetching

static void a_file_is_fetched(void **state)
{
    (void)state;
    start("200 OK", "picture");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_OK);
    assert_string_equal(bytes.data, "picture");
    end();
}

static void loopback_is_refused_by_whatever_name(void **state)
{
    static const char *const names[] = {
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "[::ffff:7f00:1]",
        "0177.0.0.1",
        "0x7f000001",
        "0",
        "017700000001",
        "127.0.0.1.",
        "LOCALHOST",
        "127.0.1",
        "[::1]",
        "[::]",
        "%6cocalhost",
        "changes.test",
    };
    (void)state;
    let_change("127.0.0.1", "127.0.0.1");
    start("200 OK", "secret");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_not_equal(get(url(names[i]), NULL), CT_OK);
    assert_int_equal(get(url("127.0.0.1"), NULL), CT_ERROR_INVALID);
    assert_string_equal(why, "only addresses of the public internet are asked");
    end();
    assert_int_equal(server.count, 0);
}

static void a_redirect_is_checked_like_the_first_address(void **state)
{
    char head[128];
    (void)state;
    snprintf(head, sizeof head, "302 Found\r\nLocation: http://127.0.0.2:%d/", server.port);
    start(head, "");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_INVALID);
    assert_string_equal(why, "only addresses of the public internet are asked");
    end();
    assert_int_equal(server.count, 1);
}

static void a_name_that_changes_its_meaning_gains_nothing(void **state)
{
    (void)state;
    let_change("127.0.0.1", "127.0.0.2");
    start("200 OK", "picture");
    assert_int_equal(get(url("changes.test"), is_first), CT_OK);
    assert_int_equal(get(url("changes.test"), is_first), CT_ERROR_INVALID);
    assert_string_equal(why, "only addresses of the public internet are asked");
    end();
    assert_int_equal(asked, 2);
    assert_int_equal(server.count, 1);
}

static void a_redirect_to_a_name_is_checked_by_what_it_means(void **state)
{
    char head[192];
    (void)state;
    let_change("127.0.0.2", "127.0.0.1");
    snprintf(head, sizeof head, "302 Found\r\nLocation: %s", url("changes.test"));
    start(head, "");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_INVALID);
    end();
    assert_int_equal(asked, 1);
    assert_int_equal(server.count, 1);
}

static void a_redirect_leads_to_no_other_protocol(void **state)
{
    (void)state;
    start("302 Found\r\nLocation: file:///etc/hostname", "");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_INVALID);
    end();
}

static void five_redirects_are_followed_and_no_more(void **state)
{
    (void)state;
    start("302 Found\r\nLocation: /again", "");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_INVALID);
    end();
    assert_int_equal(server.count, 1 + CT__MOST_REDIRECTS);
}

static void other_protocols_are_refused(void **state)
{
    static const char *const urls[] = {
        "file:///etc/hostname", "ftp://127.0.0.1/", "gopher://a/", "a.png", "", "http:/"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(get(urls[i], is_first), CT_ERROR_INVALID);
}

static void a_password_in_an_address_is_refused(void **state)
{
    (void)state;
    assert_int_equal(get(url("me:secret@127.0.0.1"), is_first), CT_ERROR_INVALID);
}

static void what_is_too_large_is_given_up(void **state)
{
    char body[201];
    (void)state;
    memset(body, 'a', 200);
    body[200] = 0;
    start("200 OK", body);
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_LIMIT);
    assert_true(bytes.length <= 100);
    end();
}

static void an_answer_that_is_no_file_is_a_failure(void **state)
{
    (void)state;
    start("404 Not Found", "no such picture");
    assert_int_equal(get(url("127.0.0.1"), is_first), CT_ERROR_IO);
    end();
}

static void a_time_that_is_over_stops(void **state)
{
    const struct ct__fetch fetch = {.max_bytes = 100, .until_ns = 0, .allows = is_first};
    (void)state;
    // Nobody accepts: the connection stands, the answer never comes.
    assert_int_equal(ct__fetch_run(&fetch, url("127.0.0.1"), &bytes, why, sizeof why),
                     CT_ERROR_STOPPED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(special_addresses_are_not_public),
        TEST(addresses_beside_the_special_ones_are_public),
        TEST(an_address_of_no_internet_is_not_public),
        TEST(a_file_is_fetched),
        TEST(loopback_is_refused_by_whatever_name),
        TEST(a_redirect_is_checked_like_the_first_address),
        TEST(a_name_that_changes_its_meaning_gains_nothing),
        TEST(a_redirect_to_a_name_is_checked_by_what_it_means),
        TEST(a_redirect_leads_to_no_other_protocol),
        TEST(five_redirects_are_followed_and_no_more),
        TEST(other_protocols_are_refused),
        TEST(a_password_in_an_address_is_refused),
        TEST(what_is_too_large_is_given_up),
        TEST(an_answer_that_is_no_file_is_a_failure),
        TEST(a_time_that_is_over_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
