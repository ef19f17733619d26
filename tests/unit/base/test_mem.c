// SPDX-License-Identifier: Apache-2.0
// Allocations are counted, and fail when a test asks for it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"

static void an_empty_block_is_a_block(void **state)
{
    (void)state;
    void *blocks[] = {ct__alloc(0), ct__calloc(0, 8), ct__realloc_array(NULL, 0, 8),
                      ct__alloc_aligned(0)};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        assert_non_null(blocks[i]);
        ct__free(blocks[i]);
    }
}

static void a_size_that_overflows_is_refused(void **state)
{
    (void)state;
    assert_null(ct__calloc(SIZE_MAX / 2, 3));
    assert_null(ct__realloc_array(NULL, SIZE_MAX / 2, 3));
    assert_null(ct__alloc_aligned(SIZE_MAX - 8));
}

static void aligned_memory_has_room_beyond_its_end(void **state)
{
    (void)state;
    for (size_t size = 0; size < 200; size += 13) {
        unsigned char *memory = ct__alloc_aligned(size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        memset(memory, 1, size + 64);
        ct__free(memory);
    }
}

static void every_kind_of_allocation_is_counted(void **state)
{
    (void)state;
    uint64_t before = ct__mem_count();
    void *blocks[] = {ct__alloc(1), ct__calloc(1, 1), ct__realloc_array(NULL, 1, 1),
                      ct__strdup("a"), ct__alloc_aligned(1)};
    assert_int_equal(ct__mem_count() - before, 5);
    for (size_t i = 0; i < 5; i++)
        ct__free(blocks[i]);
    assert_int_equal(ct__mem_count() - before, 5);
}

static void the_nth_allocation_fails_once(void **state)
{
    (void)state;
    ct__mem_fail(3);
    for (int i = 1; i <= 5; i++) {
        assert_int_equal(ct__mem_failed(), i > 3);
        char *copy = ct__strdup("eye");
        if (i == 3)
            assert_null(copy);
        else
            assert_string_equal(copy, "eye");
        ct__free(copy);
    }
}

static void a_failure_can_be_called_off(void **state)
{
    (void)state;
    ct__mem_fail(1);
    ct__mem_fail(0);
    void *block = ct__alloc_aligned(4);
    assert_non_null(block);
    assert_false(ct__mem_failed());
    ct__free(block);
}

static void a_failed_growth_keeps_the_old_block(void **state)
{
    (void)state;
    char *block = ct__strdup("kept");
    ct__mem_fail(1);
    assert_null(ct__realloc_array(block, 100, 1));
    assert_string_equal(block, "kept");
    ct__free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_block_is_a_block),
        cmocka_unit_test(a_size_that_overflows_is_refused),
        cmocka_unit_test(aligned_memory_has_room_beyond_its_end),
        cmocka_unit_test(every_kind_of_allocation_is_counted),
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(a_failure_can_be_called_off),
        cmocka_unit_test(a_failed_growth_keeps_the_old_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
