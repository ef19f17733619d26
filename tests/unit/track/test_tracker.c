// SPDX-License-Identifier: Apache-2.0
// Tracks over made-up objects: who keeps an id, who gets a new one, and when.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "track/tracker.h"

#define SECOND INT64_C(1000000000)

static struct ct__tracker *tracker;
static int64_t now_ns;

static int begin(void **state)
{
    (void)state;
    now_ns = 0;
    return ct__tracker_create(&tracker);
}

static int end(void **state)
{
    (void)state;
    ct__tracker_destroy(&tracker);
    assert_null(tracker);
    ct__tracker_destroy(&tracker);
    return 0;
}

static struct ct_object person(double x, double y, float score)
{
    return (struct ct_object){
        .x = (float)x, .y = (float)y, .width = 40, .height = 100, .score = score, .id = 99};
}

// One frame, `frames` thirtieths of a second after the last one.
static void see(double frames, struct ct_object *objects, int count)
{
    now_ns += (int64_t)(frames * 1e9 / 30);
    const struct ct__tracker_time time = {.pts_ns = now_ns, .fps = 30};
    assert_int_equal(ct__tracker_update(tracker, &time, objects, count), 0);
}

static int64_t see_one(double frames, double x, float score)
{
    struct ct_object object = person(x, 50, score);
    see(frames, &object, 1);
    return object.id;
}

static void ids_count_from_1_in_the_first_frame(void **state)
{
    (void)state;
    struct ct_object objects[] = {person(0, 0, .9f), person(300, 0, .8f), person(600, 0, .4f)};
    see(1, objects, 3);
    assert_int_equal(objects[0].id, 1);
    assert_int_equal(objects[1].id, 2);
    assert_int_equal(objects[2].id, 0); // too weak to begin a track
}

static void who_comes_later_is_confirmed_by_a_second_frame(void **state)
{
    (void)state;
    see(1, NULL, 0);
    assert_int_equal(see_one(1, 10, .9f), 0);
    assert_int_equal(see_one(1, 12, .9f), 1);
    // What is seen once takes no id.
    struct ct_object objects[] = {person(14, 50, .9f), person(500, 0, .9f)};
    see(1, objects, 2);
    assert_int_equal(objects[0].id, 1);
    assert_int_equal(objects[1].id, 0);
    for (int i = 0; i < 2; i++) {
        struct ct_object others[] = {person(16 + 2 * i, 50, .9f), person(800, 0, .9f)};
        see(1, others, 2);
        assert_int_equal(others[0].id, 1);
        assert_int_equal(others[1].id, i ? 2 : 0);
    }
}

static void a_weak_object_keeps_its_track_and_begins_none(void **state)
{
    (void)state;
    assert_int_equal(see_one(1, 0, .9f), 1);
    for (int i = 1; i < 40; i++)
        assert_int_equal(see_one(1, 2 * i, .2f), 1);
    assert_int_equal(see_one(1, 900, .2f), 0);
    assert_int_equal(see_one(1, 82, .05f), 0);
    assert_int_equal(see_one(1, 84, .9f), 1);
}

// Somebody walks behind a pillar and comes out where motion says.
static void an_id_outlives_an_occlusion(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_int_equal(see_one(1, 4 * i, .9f), 1);
    for (int i = 30; i < 50; i++)
        see(1, NULL, 0);
    assert_int_equal(see_one(1, 4 * 50, .9f), 1);
}

static void a_track_is_forgotten_after_more_than_a_second(void **state)
{
    (void)state;
    see_one(1, 100, .9f);
    for (int i = 0; i < 30; i++)
        see(1, NULL, 0);
    struct ct_object object = person(100, 50, .9f);
    see(1, &object, 1);
    assert_int_equal(object.id, 1); // at the end of frame 31 it would have been too old
    for (int i = 0; i < 31; i++)
        see(1, NULL, 0);
    assert_int_equal(see_one(1, 100, .9f), 0);
    assert_int_equal(see_one(1, 100, .9f), 2);
}

// 4 pixels a frame for 20 frames, then a gap of 12: 48 pixels further, where boxes that move by a
// count of frames would not meet.
static void motion_follows_time_and_not_the_count_of_frames(void **state)
{
    (void)state;
    double x = 0;
    for (int i = 0; i < 20; i++, x += 4)
        assert_int_equal(see_one(1, x, .9f), 1);
    x += 4 * 11;
    assert_int_equal(see_one(12, x, .9f), 1);
    for (int i = 0; i < 10; i++)
        assert_int_equal(see_one(2.5, x += 10, .9f), 1);
}

static void age_follows_time_and_not_the_count_of_frames(void **state)
{
    (void)state;
    see_one(1, 100, .9f);
    see(25, NULL, 0);
    assert_int_equal(see_one(4, 100, .9f), 1);
    see(25, NULL, 0);
    see(25, NULL, 0);
    assert_int_equal(see_one(1, 100, .9f), 0);
}

static void times_that_are_missing_or_run_backwards_count_one_frame(void **state)
{
    (void)state;
    const int64_t times[] = {CT_NO_TIME, CT_NO_TIME, 5 * SECOND,   SECOND,
                             CT_NO_TIME, INT64_MAX,  INT64_MIN + 1};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct ct_object object = person(2 * (double)i, 0, .9f);
        const struct ct__tracker_time time = {.pts_ns = times[i], .fps = 0};
        assert_int_equal(ct__tracker_update(tracker, &time, &object, 1), 0);
        if (times[i] != INT64_MAX)
            assert_int_equal(object.id, 1);
    }
}

static void ids_go_on_after_a_reset(void **state)
{
    (void)state;
    assert_int_equal(see_one(1, 0, .9f), 1);
    ct__tracker_reset(tracker);
    now_ns = 0;
    assert_int_equal(see_one(0, 0, .9f), 2);
    assert_int_equal(see_one(1, 0, .9f), 2);
}

// Two cross at different heights of the picture; overlap alone would do, ids must not change.
static void two_who_cross_keep_their_ids(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct ct_object objects[] = {person(5 * i, 0, .9f), person(300 - 5 * i, 30, .85f)};
        see(1, objects, 2);
        assert_int_equal(objects[0].id, 1);
        assert_int_equal(objects[1].id, 2);
    }
}

// A crowd that comes and goes at random: an id belongs to one frame's object alone, and one that
// was not seen for more than a second never comes again.
static void ids_are_unique_and_never_used_again(void **state)
{
    (void)state;
    enum { IDS = 20000 };
    static int last_seen[IDS];
    int64_t most = 0;
    for (int frame = 1; frame <= 1000; frame++) {
        struct ct_object objects[20];
        int count = 0;
        for (int k = 0; k < 20; k++) {
            uint64_t f = (uint64_t)frame, who = (uint64_t)k;
            if (ct__random_unit(3, f / 50, who) < .4 || ct__random_unit(4, f, who) < .1)
                continue;
            float score = (float)ct__random_unit(5, f, who);
            objects[count++] =
                person(2000 * ct__random_unit(6, f / 50, who) + 3 * (frame % 50), 0, score);
        }
        see(1, objects, count);
        for (int i = 0; i < count; i++) {
            int64_t id = objects[i].id;
            if (!id)
                continue;
            assert_in_range(id, 1, IDS - 1);
            assert_true(last_seen[id] != frame);
            assert_true(id > most || frame - last_seen[id] <= 31);
            most = id > most ? id : most;
            last_seen[id] = frame;
        }
    }
    assert_true(most > 20);
}

static void what_is_no_box_is_left_alone(void **state)
{
    (void)state;
    struct ct_object objects[] = {person(NAN, 0, .9f), person(0, INFINITY, .9f),
                                  person(1e38, 1e38, .9f), person(0, 0, NAN), person(5, 5, .9f)};
    objects[3].width = 0;
    for (int i = 0; i < 3; i++) {
        see(1, objects, 5);
        assert_int_equal(objects[0].id, 0);
        assert_int_equal(objects[1].id, 0);
        assert_int_equal(objects[3].id, 0);
        assert_true(objects[4].id > 0);
    }
}

static void nothing_is_allocated_for_as_many_as_before(void **state)
{
    (void)state;
    uint64_t before = 0;
    for (int frame = 0; frame < 200; frame++) {
        struct ct_object objects[50];
        for (int k = 0; k < 50; k++)
            objects[k] = person(60 * k + frame % 7, frame % 100 < 50 ? 0 : 300, .9f);
        if (frame == 110)
            before = ct__mem_count();
        see(1, objects, 50);
    }
    assert_int_equal(ct__mem_count(), before);
}

static void lack_of_memory_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(see_one(1, 0, .9f), 1);
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        struct ct_object objects[200];
        for (int k = 0; k < 200; k++)
            objects[k] = person(60 * k, 50, .9f);
        const struct ct__tracker_time time = {.pts_ns = now_ns, .fps = 30};
        ct__mem_fail(n);
        int error = ct__tracker_update(tracker, &time, objects, 200);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
        if (!failed)
            assert_int_equal(objects[0].id, 1);
    }
    ct__mem_fail(1);
    struct ct__tracker *other = NULL;
    assert_int_equal(ct__tracker_create(&other), CT_ERROR_MEMORY);
    assert_null(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ids_count_from_1_in_the_first_frame),
        TEST(who_comes_later_is_confirmed_by_a_second_frame),
        TEST(a_weak_object_keeps_its_track_and_begins_none),
        TEST(an_id_outlives_an_occlusion),
        TEST(a_track_is_forgotten_after_more_than_a_second),
        TEST(motion_follows_time_and_not_the_count_of_frames),
        TEST(age_follows_time_and_not_the_count_of_frames),
        TEST(times_that_are_missing_or_run_backwards_count_one_frame),
        TEST(ids_go_on_after_a_reset),
        TEST(two_who_cross_keep_their_ids),
        TEST(ids_are_unique_and_never_used_again),
        TEST(what_is_no_box_is_left_alone),
        TEST(nothing_is_allocated_for_as_many_as_before),
        TEST(lack_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
