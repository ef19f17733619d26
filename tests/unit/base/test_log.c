// SPDX-License-Identifier: Apache-2.0
// What reaches the callback, and what a thread remembers of its last failure.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

struct heard {
    int count;
    int inside; // how many calls are in the callback; written without a lock on purpose
    enum ct_log_level level;
    char scope[2048], text[2048];
};

static void hear(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    struct heard *heard = opaque;
    assert_int_equal(heard->inside++, 0);
    heard->count++;
    heard->level = level;
    snprintf(heard->scope, sizeof heard->scope, "%s", scope);
    snprintf(heard->text, sizeof heard->text, "%s", text);
    heard->inside--;
}

static int be_silent(void **state)
{
    (void)state;
    ct_log_set(CT_LOG_NONE, NULL, NULL);
    return 0;
}

static void a_message_arrives_with_level_and_scope(void **state)
{
    (void)state;
    struct heard heard = {0};
    ct_log_set(CT_LOG_INFO, hear, &heard);
    ct__log(CT_LOG_WARN, "door/model", "%d of %d", 3, 4);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.level, CT_LOG_WARN);
    assert_string_equal(heard.scope, "door/model");
    assert_string_equal(heard.text, "3 of 4");
}

static void levels_above_the_threshold_are_not_delivered(void **state)
{
    (void)state;
    struct heard heard = {0};
    ct_log_set(CT_LOG_WARN, hear, &heard);
    ct__log(CT_LOG_INFO, "a", "no");
    ct__log(CT_LOG_DEBUG, "a", "no");
    assert_int_equal(heard.count, 0);
    ct_log_set(CT_LOG_DEBUG, hear, &heard);
    ct__log(CT_LOG_DEBUG, "a", "yes");
    assert_int_equal(heard.count, 1);
    ct_log_set(CT_LOG_DEBUG, NULL, NULL);
    ct__log(CT_LOG_ERROR, "a", "no");
    assert_int_equal(heard.count, 1);
}

static void a_failure_is_logged_and_returned(void **state)
{
    (void)state;
    struct heard heard = {0};
    ct_log_set(CT_LOG_ERROR, hear, &heard);
    assert_int_equal(ct__fail(CT_ERROR_FORMAT, "a.png", "no PNG: %s", "text"), CT_ERROR_FORMAT);
    assert_int_equal(heard.level, CT_LOG_ERROR);
    assert_string_equal(heard.scope, "a.png");
    assert_string_equal(heard.text, "no PNG: text");
    assert_int_equal(ct__fail_memory("lane"), CT_ERROR_MEMORY);
    assert_string_equal(heard.text, "out of memory");
}

static void the_last_failure_is_kept_in_silence(void **state)
{
    (void)state;
    char text[64];
    ct__fail(CT_ERROR_IO, "a", "first");
    ct__fail(CT_ERROR_IO, "a", "second");
    ct__last_failure(text, sizeof text);
    assert_string_equal(text, "second");
    ct__last_failure(text, 4);
    assert_string_equal(text, "sec");
    ct__fail(CT_ERROR_IO, "a.yaml:2:1", "third");
    ct__last_failure_scope(text, sizeof text);
    assert_string_equal(text, "a.yaml:2:1");
}

static void a_failure_may_quote_the_last_one(void **state)
{
    (void)state;
    char text[64];
    ct__fail(CT_ERROR_IO, "a", "disk full");
    ct__last_failure(text, sizeof text);
    ct__fail(CT_ERROR_IO, "b", "clip lost: %s", text);
    ct__last_failure(text, sizeof text);
    assert_string_equal(text, "clip lost: disk full");
}

static void *ask_for_last_failure(void *argument)
{
    ct__last_failure(argument, 64);
    return NULL;
}

static void each_thread_has_its_own_last_failure(void **state)
{
    (void)state;
    char text[64] = "unchanged";
    pthread_t thread;
    ct__fail(CT_ERROR_IO, "a", "mine");
    assert_int_equal(pthread_create(&thread, NULL, ask_for_last_failure, text), 0);
    pthread_join(thread, NULL);
    assert_string_equal(text, "");
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    struct heard heard = {0};
    char longer[3000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    ct_log_set(CT_LOG_ERROR, hear, &heard);
    ct__log(CT_LOG_ERROR, longer, "%s", longer);
    assert_int_equal(strlen(heard.text), 1023);
    assert_int_equal(strlen(heard.scope), 1023);
}

static void control_characters_become_blanks(void **state)
{
    (void)state;
    struct heard heard = {0};
    ct_log_set(CT_LOG_ERROR, hear, &heard);
    ct__log(CT_LOG_ERROR, "a\nb", "\033[31mred\r\n\x7f grün");
    assert_string_equal(heard.scope, "a b");
    assert_string_equal(heard.text, " [31mred    grün");
}

static void *talk(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++)
        ct__log(CT_LOG_INFO, "talk", "%d", i);
    return NULL;
}

static void messages_of_threads_come_one_at_a_time(void **state)
{
    (void)state;
    struct heard heard = {0};
    pthread_t threads[4];
    ct_log_set(CT_LOG_INFO, hear, &heard);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(heard.count, 2000);
}

static void a_calm_thread_says_the_same_once_in_a_while(void **state)
{
    (void)state;
    struct heard heard = {0};
    char name[16];
    ct_log_set(CT_LOG_INFO, hear, &heard);
    ct__clock_hold(1000);
    ct__log_calm(true);
    for (int i = 0; i < 100; i++) {
        ct__fail(CT_ERROR_FORMAT, "door", "picture %d is broken", i);
        ct__log(CT_LOG_WARN, "yard", "slow");
    }
    assert_int_equal(heard.count, 2);
    ct__last_failure(heard.text, sizeof heard.text); // is remembered all the same
    assert_string_equal(heard.text, "picture 99 is broken");
    for (int i = 0; i < 3; i++) {
        ct__log(CT_LOG_INFO, "door", "what is no complaint");
        snprintf(name, sizeof name, "gate %d", i);
        ct__log(CT_LOG_WARN, name, "slow");
    }
    assert_int_equal(heard.count, 8);
    ct__clock_advance(10000000000);
    for (int i = 0; i < 2; i++)
        ct__fail(CT_ERROR_FORMAT, "door", "picture %d is broken", 100 + i);
    assert_int_equal(heard.count, 9);
    assert_string_equal(heard.text, "picture 100 is broken (and 99 times before)");
    for (int i = 0; i < 100; i++) { // more than are remembered
        snprintf(name, sizeof name, "gate %d", i);
        ct__log(CT_LOG_WARN, name, "broken");
    }
    assert_int_equal(heard.count, 109);
    ct__log_calm(false);
    for (int i = 0; i < 3; i++)
        ct__log(CT_LOG_WARN, "yard", "slow");
    assert_int_equal(heard.count, 112);
    ct__clock_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_message_arrives_with_level_and_scope, be_silent),
        cmocka_unit_test_teardown(levels_above_the_threshold_are_not_delivered, be_silent),
        cmocka_unit_test_teardown(a_failure_is_logged_and_returned, be_silent),
        cmocka_unit_test(the_last_failure_is_kept_in_silence),
        cmocka_unit_test(a_failure_may_quote_the_last_one),
        cmocka_unit_test(each_thread_has_its_own_last_failure),
        cmocka_unit_test_teardown(a_long_message_is_cut, be_silent),
        cmocka_unit_test_teardown(control_characters_become_blanks, be_silent),
        cmocka_unit_test_teardown(messages_of_threads_come_one_at_a_time, be_silent),
        cmocka_unit_test(a_calm_thread_says_the_same_once_in_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
