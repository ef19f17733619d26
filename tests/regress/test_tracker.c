// SPDX-License-Identifier: Apache-2.0
// What broke in the tracker, found by fuzz/track.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "track/tracker.h"

// The solver of assignments made pointers from the memory that it did not have yet.
static void an_empty_first_frame_asks_for_no_assignment(void **state)
{
    (void)state;
    struct ct__tracker *tracker = NULL;
    struct ct_object object;
    const struct ct__tracker_time time = {.pts_ns = 0, .fps = 25};
    assert_int_equal(ct__tracker_create(&tracker), 0);
    assert_int_equal(ct__tracker_update(tracker, &time, &object, 0), 0);
    ct__tracker_destroy(&tracker);
}

// An overlap times an infinite score was a cost that the solver of assignments never got over.
static void an_infinite_score_ends(void **state)
{
    (void)state;
    struct ct__tracker *tracker = NULL;
    assert_int_equal(ct__tracker_create(&tracker), 0);
    for (int frame = 0; frame < 3; frame++) {
        struct ct_object objects[] = {
            {.x = 10, .y = 10, .width = 20, .height = 30, .score = INFINITY},
            {.x = 12, .y = 10, .width = 20, .height = 30, .score = .9F},
        };
        const struct ct__tracker_time time = {.pts_ns = frame * INT64_C(40000000), .fps = 25};
        assert_int_equal(ct__tracker_update(tracker, &time, objects, 2), 0);
        assert_int_not_equal(objects[0].id, objects[1].id);
    }
    ct__tracker_destroy(&tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_first_frame_asks_for_no_assignment),
        cmocka_unit_test(an_infinite_score_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
