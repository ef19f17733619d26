// SPDX-License-Identifier: Apache-2.0
// Names are asked for without being held up by who does not answer. The name server is here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/resolve.h"

static atomic_int asked, returned; // of silent hosts
static atomic_bool stop;           // set once a silent host is asked for
static sem_t answer;               // lets the server of silent hosts answer

// Stands in for the C library's: a program's own functions go before those of libraries.
__attribute__((visibility("default"))) int getaddrinfo(const char *host, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    (void)service;
    if (hints->ai_flags & AI_NUMERICHOST && host[0] != '1')
        return EAI_NONAME;
    if (strcmp(host, "unknown") == 0)
        return EAI_NONAME;
    if (strcmp(host, "silent") == 0) {
        asked++;
        atomic_store(&stop, true);
        sem_wait(&answer);
        returned++;
    }
    *out = calloc(1, sizeof **out);
    return *out ? 0 : EAI_MEMORY;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *list)
{
    free(list);
}

static char told[256];

static void note(void *opaque, enum ct_log_level level, const char *scope, const char *message)
{
    (void)opaque;
    (void)level;
    snprintf(told, sizeof told, "%s: %s", scope, message);
}

static int begin(void **state)
{
    (void)state;
    told[0] = 0;
    asked = returned = 0;
    atomic_store(&stop, false);
    ct_log_set(CT_LOG_ERROR, note, NULL);
    return sem_init(&answer, 0, 0);
}

// The threads of the last test end.
static int end(void **state)
{
    (void)state;
    for (int i = 0; i < asked; i++)
        sem_post(&answer);
    while (returned < asked)
        sched_yield();
    ct_log_set(CT_LOG_ERROR, NULL, NULL);
    return 0;
}

static const struct ct__resolve_params plain = {.scope = "cam"};

static void numbers_and_what_is_no_address_need_nobody(void **state)
{
    (void)state;
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__resolve("rtsp://user:pass@127.0.0.1:554/1", &plain), CT_OK);
    assert_int_equal(ct__resolve("v4l2:0", &plain), CT_OK);
    assert_int_equal(ct__resolve("http://", &plain), CT_OK);
    assert_int_equal(ct__mem_count(), before);
}

static void a_name_is_known_or_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(ct__resolve("rtsp://door/1", &plain), CT_OK);
    assert_string_equal(told, "");
    assert_int_equal(ct__resolve("rtsp://user:secret@unknown/1", &plain), CT_ERROR_IO);
    assert_string_equal(told, "cam: host unknown: Name or service not known");
}

static void a_stop_ends_the_wait_for_a_silent_server(void **state)
{
    (void)state;
    const struct ct__resolve_params inner = {.scope = "cam", .stop = &stop},
                                    outer = {.scope = "cam", .outer_stop = &stop};
    assert_int_equal(ct__resolve("rtsp://silent/1", &inner), CT_ERROR_STOPPED);
    assert_int_equal(ct__resolve("rtsp://silent/1", &outer), CT_ERROR_STOPPED);
    assert_string_equal(told, "");
}

static void a_deadline_ends_it_too(void **state)
{
    (void)state;
    const struct ct__resolve_params late = {.scope = "cam", .deadline_ns = 1};
    assert_int_equal(ct__resolve("rtsp://silent/1", &late), CT_ERROR_IO);
    assert_string_equal(told, "cam: host silent: the name server did not answer in time");
    while (!asked)
        sched_yield();
}

static void who_asks_for_the_same_waits_for_the_same_answer(void **state)
{
    (void)state;
    const struct ct__resolve_params stopped = {.scope = "cam", .stop = &stop};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ct__resolve("rtsp://silent/1", &stopped), CT_ERROR_STOPPED);
    assert_int_equal(asked, 1);
    for (int i = 0; i < 2; i++) // it may have been given already: then the host is asked for anew
        sem_post(&answer);
    assert_int_equal(ct__resolve("rtsp://silent/2", &plain), CT_OK);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    ct__mem_fail(1);
    assert_int_equal(ct__resolve("rtsp://door/1", &plain), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    ct__mem_fail(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_and_what_is_no_address_need_nobody, begin, end),
        cmocka_unit_test_setup_teardown(a_name_is_known_or_it_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_stop_ends_the_wait_for_a_silent_server, begin, end),
        cmocka_unit_test_setup_teardown(a_deadline_ends_it_too, begin, end),
        cmocka_unit_test_setup_teardown(who_asks_for_the_same_waits_for_the_same_answer, begin,
                                        end),
        cmocka_unit_test_setup_teardown(without_memory_it_says_so, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
