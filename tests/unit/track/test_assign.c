// SPDX-License-Identifier: Apache-2.0
// The solver against trying everything.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "track/assign.h"

static struct ct__assign assign;

// The least sum of (cost - limit) over all sets of pairs, rows from `row` on, columns in use given.
static double try_all(int row, unsigned used, double limit)
{
    if (row == assign.rows)
        return 0;
    double best = try_all(row + 1, used, limit);
    for (int j = 0; j < assign.columns; j++) {
        if (used & 1u << j)
            continue;
        double cost = assign.cost[row * assign.columns + j] - limit;
        best = fmin(best, cost + try_all(row + 1, used | 1u << j, limit));
    }
    return best;
}

// The sum that the answer has; both sides of each pair must agree.
static double sum_of_answer(double limit)
{
    double sum = 0;
    int pairs = 0;
    for (int i = 0; i < assign.rows; i++) {
        int j = assign.column_of_row[i];
        if (j < 0)
            continue;
        assert_int_equal(assign.row_of_column[j], i);
        assert_true(assign.cost[i * assign.columns + j] < limit);
        sum += assign.cost[i * assign.columns + j] - limit;
        pairs++;
    }
    for (int j = 0; j < assign.columns; j++)
        pairs -= assign.row_of_column[j] >= 0;
    assert_int_equal(pairs, 0);
    return sum;
}

static void random_problems_are_solved_as_well_as_by_trying_all(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 3000; round++) {
        int rows = (int)(ct__random(1, round, 0) % 7), columns = (int)(ct__random(1, round, 1) % 7);
        double limit = .2 + ct__random_unit(1, round, 2);
        assert_int_equal(ct__assign_resize(&assign, rows, columns), 0);
        for (int i = 0; i < rows * columns; i++) {
            double cost = ct__random_unit(2, round, (uint64_t)i);
            assign.cost[i] = round % 3 ? cost : floor(4 * cost) / 4; // many ties
        }
        ct__assign_solve(&assign, limit);
        assert_true(fabs(sum_of_answer(limit) - try_all(0, 0, limit)) < 1e-12);
    }
    ct__assign_finish(&assign);
}

static void nobody_is_paired_at_or_above_the_limit(void **state)
{
    (void)state;
    assert_int_equal(ct__assign_resize(&assign, 2, 2), 0);
    assign.cost[0] = .8;
    assign.cost[1] = assign.cost[2] = .9;
    assign.cost[3] = .7999;
    ct__assign_solve(&assign, .8);
    assert_int_equal(assign.column_of_row[0], -1);
    assert_int_equal(assign.column_of_row[1], 1);
    ct__assign_finish(&assign);
}

static void memory_is_used_again(void **state)
{
    (void)state;
    assert_int_equal(ct__assign_resize(&assign, 40, 30), 0);
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__assign_resize(&assign, 3, 4), 0);
    assert_int_equal(ct__assign_resize(&assign, 30, 40), 0);
    assert_int_equal(ct__mem_count(), before);
    for (uint64_t n = 1; n <= 3; n++) {
        ct__assign_finish(&assign);
        ct__mem_fail(n);
        assert_int_equal(ct__assign_resize(&assign, 5, 5), CT_ERROR_MEMORY);
        assert_true(ct__mem_failed());
    }
    ct__assign_finish(&assign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_problems_are_solved_as_well_as_by_trying_all),
        cmocka_unit_test(nobody_is_paired_at_or_above_the_limit),
        cmocka_unit_test(memory_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
