// SPDX-License-Identifier: Apache-2.0
// Addresses lose their secrets before they are logged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/url.h"

static void assert_logged(const char *text, const char *expected)
{
    char *copy = ct__url_loggable(text);
    assert_non_null(copy);
    assert_string_equal(copy, expected);
    ct__free(copy);
}

static void user_and_password_are_left_out(void **state)
{
    (void)state;
    assert_logged("rtsp://user:pass@10.0.0.9/1", "rtsp://10.0.0.9/1");
    assert_logged("rtsp://user@10.0.0.9:554/1", "rtsp://10.0.0.9:554/1");
    assert_logged("rtsp://u:p@ss@door/1", "rtsp://door/1");
    assert_logged("rtsp://u:a/b@door/1", "rtsp://door/1");
    assert_logged("http://u:p@[::1]:80/x@y", "http://[::1]:80/x@y");
}

static void what_holds_no_secret_stays(void **state)
{
    (void)state;
    assert_logged("rtsp://door:8554/a@b/c", "rtsp://door:8554/a@b/c");
    assert_logged("http://[fe80::1]/a@b", "http://[fe80::1]/a@b");
    assert_logged("clips/a@b.mp4", "clips/a@b.mp4");
    assert_logged("", "");
}

static void secrets_in_a_query_are_left_out(void **state)
{
    (void)state;
    assert_logged("http://cam/snap.cgi?user=a&pwd=b&size=2",
                  "http://cam/snap.cgi?user=a&pwd=&size=2");
    assert_logged("http://cam/?AccessToken=b", "http://cam/?AccessToken=");
    assert_logged("http://cam/?a&&password=#x", "http://cam/?a&&password=#x");
}

static void a_scheme_is_told_from_other_text(void **state)
{
    (void)state;
    assert_int_equal(ct__url_scheme("rtsp://x"), 7);
    assert_int_equal(ct__url_scheme("v4l2:/dev/video0"), 0);
    assert_int_equal(ct__url_scheme("://x"), 0);
}

static void assert_host(const char *address, const char *expected)
{
    const char *host = NULL;
    size_t length = ct__url_host(address, &host);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(host, expected, length);
}

static void the_host_stands_behind_the_user(void **state)
{
    (void)state;
    assert_host("rtsp://user:p@ss@door:554/1", "door");
    assert_host("http://door", "door");
    assert_host("http://door?x=a@b:80", "door");
    assert_host("http://u@[fe80::1]:80/x", "fe80::1");
    assert_host("http://[fe80::1", "fe80::1");
    assert_host("http://:80/x", "");
    assert_host("http://", "");
    assert_host("v4l2:0", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(user_and_password_are_left_out),
        cmocka_unit_test(what_holds_no_secret_stays),
        cmocka_unit_test(secrets_in_a_query_are_left_out),
        cmocka_unit_test(the_host_stands_behind_the_user),
        cmocka_unit_test(a_scheme_is_told_from_other_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
