// SPDX-License-Identifier: Apache-2.0
// What broke in the tracker, found by fuzz/track.c or by a look at the published algorithm.
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

// Tracks that were seen once were moved on like the others, so that their second sight gave them a
// velocity. As published it does not: what then jumps by more than its own width is somebody new.
static void a_track_that_was_seen_once_is_not_moved_on(void **state)
{
    (void)state;
    static const float left[] = {0, 20, 52};
    static const int64_t ids[] = {0, 1, 0};
    struct ct__tracker *tracker = NULL;
    struct ct__tracker_time time = {.pts_ns = 0, .fps = 25};
    assert_int_equal(ct__tracker_create(&tracker), 0);
    assert_int_equal(ct__tracker_update(tracker, &time, NULL, 0), 0); // what begins later is unsure
    for (int i = 0; i < 3; i++) {
        struct ct_object object = {.x = left[i], .width = 50, .height = 100, .score = .9F};
        time.pts_ns += INT64_C(40000000);
        assert_int_equal(ct__tracker_update(tracker, &time, &object, 1), 0);
        assert_int_equal(object.id, ids[i]);
    }
    ct__tracker_destroy(&tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_first_frame_asks_for_no_assignment),
        cmocka_unit_test(an_infinite_score_ends),
        cmocka_unit_test(a_track_that_was_seen_once_is_not_moved_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
