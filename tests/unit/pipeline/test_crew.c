// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"
#include "pipeline/crew.h"

#include <chiton/error.h>

enum { MANY = 500 };

static void count(void *context, int index)
{
    ((int *)context)[index]++;
}

static void every_part_is_done_once_and_before_the_return(void **state)
{
    (void)state;
    for (int threads = 1; threads < 6; threads++) {
        struct ct__crew *crew = NULL;
        assert_int_equal(ct__crew_create(&crew, threads), CT_OK);
        const struct ct__parallel *parallel = ct__crew_parallel(crew);
        assert_int_equal(parallel->parts, threads);
        for (int parts = 0; parts < MANY; parts += 1 + parts / 3) {
            int done[MANY] = {0};
            parallel->run(parallel->opaque, parts, count, done);
            for (int i = 0; i < MANY; i++)
                assert_int_equal(done[i], i < parts);
        }
        ct__crew_destroy(&crew);
        assert_null(crew);
    }
    ct__crew_destroy(&(struct ct__crew *){NULL});
}

struct meeting {
    pthread_barrier_t barrier;
};

static void meet(void *context, int index)
{
    (void)index;
    pthread_barrier_wait(&((struct meeting *)context)->barrier);
}

static void parts_run_at_the_same_time(void **state)
{
    (void)state;
    struct ct__crew *crew = NULL;
    struct meeting meeting;
    pthread_barrier_init(&meeting.barrier, NULL, 3); // each waits for the other two
    assert_int_equal(ct__crew_create(&crew, 3), CT_OK);
    const struct ct__parallel *parallel = ct__crew_parallel(crew);
    for (int i = 0; i < 100; i++)
        parallel->run(parallel->opaque, 3, meet, &meeting);
    ct__crew_destroy(&crew);
    pthread_barrier_destroy(&meeting.barrier);
}

static void pieces_are_spread_over_the_parts(void **state)
{
    (void)state;
    struct ct__crew *crew = NULL;
    assert_int_equal(ct__crew_create(&crew, 3), CT_OK);
    for (int pieces = 0; pieces < MANY; pieces += 1 + pieces / 5) {
        int done[MANY] = {0};
        ct__parallel_each(ct__crew_parallel(crew), pieces, count, done);
        for (int i = 0; i < MANY; i++)
            assert_int_equal(done[i], i < pieces);
    }
    ct__crew_destroy(&crew);
}

static void without_memory_there_is_no_crew(void **state)
{
    (void)state;
    struct ct__crew *crew = NULL;
    for (uint64_t n = 1; n < 10; n++) {
        ct__mem_fail(n);
        int error = ct__crew_create(&crew, 4);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
        assert_true(failed == !crew);
        ct__crew_destroy(&crew);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_done_once_and_before_the_return),
        cmocka_unit_test(parts_run_at_the_same_time),
        cmocka_unit_test(pieces_are_spread_over_the_parts),
        cmocka_unit_test(without_memory_there_is_no_crew),
    };
    return cmocka_run_group_tests_name("pipeline/crew", tests, NULL, NULL);
}
