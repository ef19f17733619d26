// SPDX-License-Identifier: Apache-2.0
// The inbox keeps a few frames, in order, and lets go of them when it ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pipeline/inbox.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count_release(void *released)
{
    ++*(int *)released;
}

static struct ct__item item_of(uint64_t number, int *released)
{
    static const uint8_t pixel[3];
    struct ct_picture picture = {
        .format = CT_FORMAT_RGB, .width = 1, .height = 1, .data = {pixel}, .stride = {3}};
    struct ct__item item = {.info = {.number = number}};
    assert_int_equal(ct_frame_wrap(&item.frame, &picture, count_release, released), CT_OK);
    return item;
}

static void items_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct ct__inbox inbox;
    int released = 0;
    ct__inbox_init(&inbox);
    pthread_mutex_lock(&lock);
    for (uint64_t i = 0; i < 50; i++) {
        struct ct__item in = item_of(i, &released), out;
        assert_true(ct__inbox_put(&inbox, &lock, &in));
        assert_null(in.frame);
        assert_true(ct__inbox_take(&inbox, &out));
        assert_int_equal(out.info.number, i);
        ct_frame_unref(&out.frame);
        assert_false(ct__inbox_take(&inbox, &out));
    }
    pthread_mutex_unlock(&lock);
    assert_int_equal(released, 50);
    ct__inbox_finish(&inbox);
}

static void nothing_goes_into_an_ended_inbox_and_nothing_leaks(void **state)
{
    (void)state;
    struct ct__inbox inbox;
    int released = 0;
    ct__inbox_init(&inbox);
    pthread_mutex_lock(&lock);
    struct ct__item a = item_of(0, &released), b = item_of(1, &released);
    assert_true(ct__inbox_put(&inbox, &lock, &a));
    ct__inbox_end(&inbox, false);
    assert_int_equal(inbox.count, 1);
    assert_false(ct__inbox_put(&inbox, &lock, &b));
    assert_int_equal(released, 1);
    ct__inbox_end(&inbox, true);
    assert_int_equal(released, 2);
    pthread_mutex_unlock(&lock);
    ct__inbox_finish(&inbox);
}

static void *put_one(void *argument)
{
    struct ct__inbox *inbox = argument;
    struct ct__item item = {.info = {.number = 99}};
    pthread_mutex_lock(&lock);
    ct__inbox_put(inbox, &lock, &item);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void a_full_inbox_makes_its_reader_wait_for_a_place(void **state)
{
    (void)state;
    struct ct__inbox inbox;
    struct ct__item item = {0};
    pthread_t reader;
    ct__inbox_init(&inbox);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < CT__INBOX_DEPTH; i++) {
        struct ct__item in = {.info = {.number = (uint64_t)i}};
        assert_true(ct__inbox_put(&inbox, &lock, &in));
    }
    assert_int_equal(pthread_create(&reader, NULL, put_one, &inbox), 0);
    assert_true(ct__inbox_take(&inbox, &item));
    pthread_mutex_unlock(&lock);
    pthread_join(reader, NULL);
    pthread_mutex_lock(&lock);
    for (int i = 1; i < CT__INBOX_DEPTH; i++)
        assert_true(ct__inbox_take(&inbox, &item));
    assert_true(ct__inbox_take(&inbox, &item));
    assert_int_equal(item.info.number, 99);
    pthread_mutex_unlock(&lock);
    ct__inbox_finish(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_as_they_went_in),
        cmocka_unit_test(nothing_goes_into_an_ended_inbox_and_nothing_leaks),
        cmocka_unit_test(a_full_inbox_makes_its_reader_wait_for_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
