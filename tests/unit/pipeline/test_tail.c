// SPDX-License-Identifier: Apache-2.0
// The tail gives frames out in order and delivers them in order, however they are finished.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pipeline/tail.h"

struct seen {
    pthread_mutex_t lock;
    struct ct__tail tail;
    uint64_t numbers[16];
    int count;
};

static void note(void *opaque, struct ct__job *job)
{
    struct seen *seen = opaque;
    seen->numbers[seen->count++] = job->item.info.number;
}

static void begin(struct seen *seen, unsigned size)
{
    *seen = (struct seen){.lock = PTHREAD_MUTEX_INITIALIZER};
    assert_int_equal(ct__tail_init(&seen->tail, size), CT_OK);
    pthread_mutex_lock(&seen->lock);
}

static void end(struct seen *seen)
{
    pthread_mutex_unlock(&seen->lock);
    ct__tail_destroy(&seen->tail);
}

static struct ct__job *take(struct seen *seen, uint64_t number)
{
    struct ct__job *job = ct__tail_take(&seen->tail);
    job->item.info.number = number;
    return job;
}

static unsigned finish(struct seen *seen, struct ct__job *job)
{
    return ct__tail_finish(&seen->tail, job, &seen->lock, note, seen);
}

static void frames_are_delivered_in_the_order_they_were_taken(void **state)
{
    (void)state;
    struct seen seen;
    begin(&seen, 4);
    struct ct__job *a = take(&seen, 10), *b = take(&seen, 11), *c = take(&seen, 12);
    assert_int_equal(finish(&seen, c), 0);
    assert_int_equal(finish(&seen, a), 1);
    assert_int_equal(finish(&seen, b), 2);
    assert_int_equal(seen.count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seen.numbers[i], 10 + i);
    assert_true(ct__tail_is_empty(&seen.tail));
    end(&seen);
}

static void the_window_is_full_until_the_oldest_is_delivered(void **state)
{
    (void)state;
    struct seen seen;
    begin(&seen, 2);
    struct ct__job *a = take(&seen, 0), *b = take(&seen, 1);
    assert_false(ct__tail_has_room(&seen.tail));
    finish(&seen, b);
    assert_false(ct__tail_has_room(&seen.tail));
    finish(&seen, a);
    assert_true(ct__tail_has_room(&seen.tail));
    end(&seen);
}

static void whoever_finishes_while_another_delivers_does_not_wait(void **state)
{
    (void)state;
    struct seen seen;
    begin(&seen, 4);
    struct ct__job *a = take(&seen, 0);
    seen.tail.busy = true; // another thread delivers
    assert_int_equal(finish(&seen, a), 0);
    assert_int_equal(seen.count, 0);
    seen.tail.busy = false;
    assert_int_equal(finish(&seen, take(&seen, 1)), 2);
    end(&seen);
}

static void a_thousand_frames_go_round_the_window(void **state)
{
    (void)state;
    struct seen seen;
    begin(&seen, 3);
    for (uint64_t i = 0; i < 1000; i += 2) {
        struct ct__job *first = take(&seen, i), *second = take(&seen, i + 1);
        seen.count = 0;
        finish(&seen, second);
        assert_int_equal(finish(&seen, first), 2);
        assert_int_equal(seen.numbers[0], i);
        assert_int_equal(seen.numbers[1], i + 1);
    }
    end(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_delivered_in_the_order_they_were_taken),
        cmocka_unit_test(the_window_is_full_until_the_oldest_is_delivered),
        cmocka_unit_test(whoever_finishes_while_another_delivers_does_not_wait),
        cmocka_unit_test(a_thousand_frames_go_round_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
