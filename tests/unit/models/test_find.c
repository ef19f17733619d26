// SPDX-License-Identifier: Apache-2.0
// Choosing a family among made ones, which are as sure of themselves as a test needs.
#include "graphs.h"

static int sure[3];

static int sure_0(const struct ct__graph *graph)
{
    (void)graph;
    return sure[0];
}

static int sure_1(const struct ct__graph *graph)
{
    (void)graph;
    return sure[1];
}

static int sure_2(const struct ct__graph *graph)
{
    (void)graph;
    return sure[2];
}

static const struct ct__family zero = {.name = "zero", .recognise = sure_0};
static const struct ct__family one = {.name = "one", .recognise = sure_1};
static const struct ct__family two = {.name = "two", .recognise = sure_2};

// Stands in for the folder's registry.
const struct ct__family *const *ct__families(void)
{
    static const struct ct__family *const all[] = {&zero, &one, &two, NULL};
    return all;
}

static int find(int a, int b, int c, const struct ct__family **family)
{
    struct model model;
    sure[0] = a;
    sure[1] = b;
    sure[2] = c;
    *family = NULL;
    make_model(&model, (struct shape){{1, 3, 64, 64}}, (struct shape[]){{{1, 7}}, {{9, 9}}, {{0}}});
    return ct__family_find(&model.graph, "model", NULL, family);
}

static void the_surest_is_taken(void **state)
{
    (void)state;
    const struct ct__family *family;
    assert_int_equal(find(51, 90, 60, &family), 0);
    assert_ptr_equal(family, &one);
    assert_int_equal(find(0, 0, 51, &family), 0);
    assert_ptr_equal(family, &two);
    assert_int_equal(find(60, 60, 61, &family), 0); // a tie below the surest is none
    assert_ptr_equal(family, &two);
}

static void nothing_above_fifty_is_an_error(void **state)
{
    (void)state;
    const struct ct__family *family;
    assert_int_equal(find(50, 14, 20, &family), CT_ERROR_FORMAT);
    assert_failure("no known family has the outputs o0 [1,7], o1 [9,9]; closest: zero (50 of 100), "
                   "two (20 of 100)");
    assert_null(family);
}

static void a_tie_is_an_error(void **state)
{
    (void)state;
    const struct ct__family *family;
    assert_int_equal(find(70, 10, 70, &family), CT_ERROR_FORMAT);
    assert_failure("several families fit the outputs o0 [1,7], o1 [9,9]; closest: zero (70 of "
                   "100), two (70 of 100)");
    assert_null(family);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    const struct ct__family *family;
    int failures = 0;
    for (;; failures++) {
        ct__mem_fail((uint64_t)failures + 1);
        int status = find(1, 2, 3, &family);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        if (!failed)
            break;
        assert_int_equal(status, CT_ERROR_MEMORY);
    }
    assert_true(failures > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_surest_is_taken),
        cmocka_unit_test(nothing_above_fifty_is_an_error),
        cmocka_unit_test(a_tie_is_an_error),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
