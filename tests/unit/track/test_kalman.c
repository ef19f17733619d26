// SPDX-License-Identifier: Apache-2.0
// The four small filters against the one of eight states: its numbers come from matrices.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "track/kalman.h"

static void near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-8 * fmax(1, fabs(expected))))
        fail_msg("%.12g: expected %.12g", value, expected);
}

static void a_filter_begins_at_rest_where_it_was_measured(void **state)
{
    (void)state;
    struct ct__kalman kalman;
    ct__kalman_init(&kalman, &(struct ct__measure){10, 20, .5, 100});
    near(kalman.x.value, 10);
    near(kalman.y.value, 20);
    near(kalman.height.velocity, 0);
    near(kalman.x.variance, 100);              // (2 / 20 of 100)^2
    near(kalman.x.velocity_variance, 39.0625); // (10 / 160 of 100)^2
    near(kalman.aspect.variance, 1e-4);
    ct__kalman_predict(&kalman, 1);
    near(kalman.x.variance, 100 + 39.0625 + 25);
    near(kalman.x.shared, 39.0625);
    near(kalman.x.velocity_variance, 39.0625 + .390625);
    ct__kalman_update(&kalman, &(struct ct__measure){20, 20, .5, 100});
    near(kalman.x.value, 10 + 10 * 164.0625 / 189.0625);
    near(kalman.x.velocity, 10 * 39.0625 / 189.0625);
    near(kalman.x.variance, 164.0625 * 25 / 189.0625);
}

static void steps_of_any_length_are_those_of_the_matrices(void **state)
{
    (void)state;
    static const double frames[] = {1, 2.5, 1};
    static const struct ct__measure seen[] = {
        {104, 203, .52, 82}, {115, 210, .49, 85}, {118, 214, .5, 84}};
    struct ct__kalman kalman;
    ct__kalman_init(&kalman, &(struct ct__measure){100, 200, .5, 80});
    for (int i = 0; i < 3; i++) {
        ct__kalman_predict(&kalman, frames[i]);
        ct__kalman_update(&kalman, &seen[i]);
    }
    ct__kalman_predict(&kalman, 1);
    near(kalman.x.value, 121.127463235);
    near(kalman.y.value, 215.840311838);
    near(kalman.aspect.value, .499950964);
    near(kalman.height.value, 85.146146124);
    near(kalman.x.velocity, 3.281657105);
    near(kalman.y.velocity, 2.486119253);
    near(kalman.height.velocity, .662069137);
    near(kalman.height.variance, 43.264894140);
    near(kalman.height.shared, 8.839184235);
    near(kalman.height.velocity_variance, 5.96383358);
    near(kalman.aspect.variance, .000600650);
    near(kalman.aspect.velocity_variance, 6.49999865e-10);
}

// Two half steps bring a moving box where a whole one does.
static void a_place_does_not_depend_on_how_time_is_cut(void **state)
{
    (void)state;
    struct ct__kalman whole, half;
    ct__kalman_init(&whole, &(struct ct__measure){0, 0, .5, 100});
    ct__kalman_predict(&whole, 1);
    ct__kalman_update(&whole, &(struct ct__measure){9, 3, .5, 104});
    half = whole;
    ct__kalman_predict(&whole, 3);
    ct__kalman_predict(&half, 1.5);
    ct__kalman_predict(&half, 1.5);
    near(half.x.value, whole.x.value);
    near(half.height.value, whole.height.value);
    assert_true(fabs(half.x.variance / whole.x.variance - 1) < .02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_begins_at_rest_where_it_was_measured),
        cmocka_unit_test(steps_of_any_length_are_those_of_the_matrices),
        cmocka_unit_test(a_place_does_not_depend_on_how_time_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
