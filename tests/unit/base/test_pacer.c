// SPDX-License-Identifier: Apache-2.0
// Frames are picked evenly.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/pacer.h"
#include "base/random.h"

#define MS     INT64_C(1000000)
#define SECOND INT64_C(1000000000)

// How many of `count` frames `spacing_ns` apart are wanted, and the longest gap between them.
static int count_wanted(int count, int64_t spacing_ns, int64_t jitter_ns, double fps, int64_t *gap)
{
    struct ct__pacer pacer = {0};
    int wanted = 0;
    int64_t last = 0;
    *gap = 0;
    for (int i = 0; i < count; i++) {
        double shake = ct__random_unit(7, (uint64_t)i, 0) - .5;
        int64_t time = SECOND + i * spacing_ns + (int64_t)(shake * (double)jitter_ns);
        if (!ct__pacer_wants(&pacer, time, time, fps))
            continue;
        if (wanted++ && time - last > *gap)
            *gap = time - last;
        last = time;
    }
    return wanted;
}

static void a_third_of_the_frames_is_every_third(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(300, SECOND / 30, 0, 10, &gap), 100);
    assert_in_range(gap, 99 * MS, 101 * MS);
}

static void the_rate_is_kept_whatever_the_camera_sends(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(2500, SECOND / 25, 0, 10, &gap), 1000);
    assert_int_equal(count_wanted(2997, SECOND * 100 / 2997, 0, 10, &gap), 1000);
    assert_int_equal(count_wanted(1500, SECOND / 15, 0, 7, &gap), 700);
    assert_in_range(count_wanted(3000, SECOND / 30, 20 * MS, 10, &gap), 999, 1001);
    assert_in_range(gap, 100 * MS, 155 * MS);
}

static void a_camera_that_is_slower_than_wished_is_looked_at_wholly(void **state)
{
    (void)state;
    int64_t gap;
    assert_int_equal(count_wanted(100, SECOND / 5, 0, 10, &gap), 100);
    assert_int_equal(count_wanted(100, SECOND / 30, 0, 0, &gap), 100);
    assert_in_range(count_wanted(300, SECOND / 30, 4 * MS, 30, &gap), 299, 300);
}

static void after_a_gap_nothing_is_caught_up_with(void **state)
{
    (void)state;
    struct ct__pacer pacer = {0};
    assert_true(ct__pacer_wants(&pacer, SECOND, SECOND, 1));
    assert_true(ct__pacer_wants(&pacer, 60 * SECOND, 60 * SECOND, 1));
    assert_false(ct__pacer_wants(&pacer, 60 * SECOND + 100 * MS, 60 * SECOND + 100 * MS, 1));
    assert_true(ct__pacer_wants(&pacer, 61 * SECOND, 61 * SECOND, 1));
}

static void a_clock_that_jumps_back_or_a_higher_rate_begins_anew(void **state)
{
    (void)state;
    struct ct__pacer pacer = {0};
    assert_true(ct__pacer_wants(&pacer, 100 * SECOND, 100 * SECOND, .01));
    assert_false(ct__pacer_wants(&pacer, 101 * SECOND, 101 * SECOND, .01));
    assert_true(ct__pacer_wants(&pacer, 102 * SECOND, 102 * SECOND, 10));
    assert_true(ct__pacer_wants(&pacer, 5 * SECOND, 5 * SECOND, 10));
    assert_false(ct__pacer_wants(&pacer, 5 * SECOND + 10 * MS, 5 * SECOND + 10 * MS, 10));
}

// ---- many cameras

enum { MOST = 8 };

// Cameras that send at the same moments, each of which counts time from when it was connected and
// by a clock that goes `drift` faster than ours.
struct fleet {
    int count;
    double sends, wishes;
    double drift;
    int stall_begin, stall_end; // frames from the one on that come with the other
    struct ct__pacer pacers[MOST];
    int64_t last[MOST], least, longest; // times of the last looks, and between two of one camera
    int looks[MOST];
};

static void begin(struct fleet *fleet, int count, double sends, double wishes)
{
    *fleet = (struct fleet){.count = count, .sends = sends, .wishes = wishes, .least = INT64_MAX};
    for (int i = 0; i < count; i++)
        fleet->pacers[i].phase = ct__pacer_phase(i);
}

static void look(struct fleet *fleet, int camera, int64_t now)
{
    int64_t between = now - fleet->last[camera];
    if (fleet->looks[camera]++) {
        fleet->least = between < fleet->least ? between : fleet->least;
        fleet->longest = between > fleet->longest ? between : fleet->longest;
    }
    fleet->last[camera] = now;
}

// Sends frames number `from` to `to`; returns at how many of them more than one camera was looked
// at. Camera i is connected at frame 7 i.
static int send(struct fleet *fleet, int from, int to)
{
    int shared = 0;
    for (int number = from; number < to; number++) {
        int64_t now = 5 * SECOND + (int64_t)(number * SECOND / fleet->sends);
        int together = 0;
        for (int i = 0; i < fleet->count; i++) {
            int64_t own = (int64_t)((number - 7 * i) * (1 + fleet->drift) * SECOND / fleet->sends);
            bool late = number >= fleet->stall_begin && number < fleet->stall_end;
            int64_t came =
                now + number % 5 * MS +
                (late ? (int64_t)((fleet->stall_end - number) * SECOND / fleet->sends) : 0);
            if (number < 7 * i || !ct__pacer_wants(&fleet->pacers[i], own, came, fleet->wishes))
                continue;
            look(fleet, i, now);
            together++;
        }
        shared += together > 1;
    }
    return shared;
}

static void cameras_that_send_at_once_are_looked_at_in_turn(void **state)
{
    (void)state;
    static const struct {
        int count;
        double sends, wishes;
    } rows[] = {{4, 30, 4}, {4, 25, 5}, {4, 30, 5}, {2, 30, 10}, {3, 15, 3}, {8, 30, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fleet fleet;
        int second = (int)rows[i].sends, wanted = (int)(60 * rows[i].wishes);
        begin(&fleet, rows[i].count, rows[i].sends, rows[i].wishes);
        send(&fleet, 0, 10 * second);
        memset(fleet.looks, 0, sizeof fleet.looks);
        fleet.least = INT64_MAX;
        fleet.longest = 0;
        assert_int_equal(send(&fleet, 10 * second, 70 * second), 0);
        for (int camera = 0; camera < fleet.count; camera++)
            assert_in_range(fleet.looks[camera], wanted - 1, wanted + 1);
        // Evenly: what does not divide is a frame more or less.
        assert_true(fleet.longest - fleet.least <= SECOND / second + MS);
    }
}

static void a_grid_moves_by_little_at_a_time(void **state)
{
    (void)state;
    struct fleet fleet;
    begin(&fleet, 4, 30, 4);
    send(&fleet, 0, 300);
    // A frame less or more, and what does not divide.
    assert_true(fleet.least >= 199 * MS);
    assert_true(fleet.longest <= 301 * MS);
}

static void frames_that_come_late_for_a_while_move_nothing(void **state)
{
    (void)state;
    struct fleet fleet;
    begin(&fleet, 4, 30, 4);
    send(&fleet, 0, 300);
    fleet.least = INT64_MAX;
    fleet.longest = 0;
    fleet.stall_begin = 300;
    fleet.stall_end = 330;
    assert_int_equal(send(&fleet, 300, 900), 0);
    assert_true(fleet.least >= 233 * MS);
    assert_true(fleet.longest <= 267 * MS);
}

static void clocks_of_cameras_may_run_apart_from_ours(void **state)
{
    (void)state;
    static const double drifts[] = {.0005, .0001, -.0001};
    for (size_t i = 0; i < sizeof drifts / sizeof *drifts; i++) {
        struct fleet fleet;
        begin(&fleet, 4, 30, 4);
        fleet.drift = drifts[i];
        send(&fleet, 0, 300);
        memset(fleet.looks, 0, sizeof fleet.looks);
        assert_int_equal(send(&fleet, 300, 18300), 0); // ten minutes
        for (int camera = 0; camera < 4; camera++)
            assert_in_range(fleet.looks[camera], 2398, 2402);
    }
}

static void where_all_frames_are_wanted_none_is_lost_to_the_phase(void **state)
{
    (void)state;
    struct fleet fleet;
    begin(&fleet, 8, 30, 30);
    send(&fleet, 0, 3000);
    for (int camera = 0; camera < 8; camera++)
        assert_int_equal(fleet.looks[camera], 3000 - 7 * camera);
}

static void a_rate_that_changes_all_the_time_is_left_alone(void **state)
{
    (void)state;
    struct fleet fleet;
    begin(&fleet, 2, 30, 4);
    for (int second = 0; second < 60; second++) {
        fleet.wishes = 4 + .1 * (second % 2);
        send(&fleet, second * 30, second * 30 + 30);
        if (second == 3)
            fleet.least = INT64_MAX, fleet.longest = 0;
    }
    assert_true(fleet.least >= 233 * MS);
    assert_true(fleet.longest <= 267 * MS);
}

static void phases_are_spread_evenly_however_many_there_are(void **state)
{
    (void)state;
    for (int count = 1; count <= 64; count *= 2) {
        bool seen[64] = {false};
        for (int i = 0; i < count; i++) {
            double place = ct__pacer_phase(i) * count;
            assert_true(place == floor(place) && place >= 0 && place < count);
            assert_false(seen[(int)place]);
            seen[(int)place] = true;
        }
    }
    assert_true(ct__pacer_phase(INT32_MAX) < 1);
}

static void points_lie_on_the_clock_that_all_share(void **state)
{
    (void)state;
    assert_int_equal(ct__pacer_point(0, 1e9, 0), 0);
    assert_int_equal(ct__pacer_point(1, 1e9, 0), SECOND);
    assert_int_equal(ct__pacer_point(SECOND, 1e9, .25), SECOND + 250 * MS);
    assert_int_equal(ct__pacer_point(SECOND + 251 * MS, 1e9, .25), 2 * SECOND + 250 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_third_of_the_frames_is_every_third),
        cmocka_unit_test(the_rate_is_kept_whatever_the_camera_sends),
        cmocka_unit_test(a_camera_that_is_slower_than_wished_is_looked_at_wholly),
        cmocka_unit_test(after_a_gap_nothing_is_caught_up_with),
        cmocka_unit_test(a_clock_that_jumps_back_or_a_higher_rate_begins_anew),
        cmocka_unit_test(cameras_that_send_at_once_are_looked_at_in_turn),
        cmocka_unit_test(a_grid_moves_by_little_at_a_time),
        cmocka_unit_test(frames_that_come_late_for_a_while_move_nothing),
        cmocka_unit_test(clocks_of_cameras_may_run_apart_from_ours),
        cmocka_unit_test(where_all_frames_are_wanted_none_is_lost_to_the_phase),
        cmocka_unit_test(a_rate_that_changes_all_the_time_is_left_alone),
        cmocka_unit_test(phases_are_spread_evenly_however_many_there_are),
        cmocka_unit_test(points_lie_on_the_clock_that_all_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
