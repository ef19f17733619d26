// SPDX-License-Identifier: Apache-2.0
// What a drawing shows, tested by its structure: lines where the box is, a plate above it, nothing
// elsewhere.
#include "pixels.h"

#include "base/mem.h"
#include "filters/draw.h"
#include "filters/palette.h"

#include <float.h>
#include <math.h>

enum { WIDTH = 320, HEIGHT = 240 };

static struct ct_object object_at(float x, float y, float width, float height)
{
    return (struct ct_object){
        .x = x, .y = y, .width = width, .height = height, .score = .5f, .label = "cat"};
}

static void draw(ct_frame *frame, const struct ct_object *objects, int count)
{
    struct ct_result result = {.count = count, .objects = objects};
    assert_int_equal(ct__draw_result(frame, &result), CT_OK);
}

static struct ct__ink colour(ct_frame *frame, uint64_t number)
{
    struct ct__canvas canvas;
    uint8_t rgb[3];
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_OK);
    ct__palette(number, rgb);
    return ct__canvas_ink(&canvas, rgb);
}

static int count_ink(const ct_frame *frame, struct ct__ink ink, int x1, int y1, int x2, int y2)
{
    int count = 0;
    for (int y = y1; y < y2; y++)
        for (int x = x1; x < x2; x++)
            count += is_ink(frame, x, y, ink);
    return count;
}

static void a_box_has_lines_on_its_edges_and_nothing_else_inside(void **state)
{
    (void)state;
    static const enum ct_format formats[] = {CT_FORMAT_I420, CT_FORMAT_RGB};
    for (int i = 0; i < 2; i++) {
        ct_frame *frame = plain_frame(formats[i], WIDTH, HEIGHT, 60);
        struct ct_object object = object_at(100, 100, 80, 60);
        draw(frame, &object, 1);
        struct ct__ink ink = colour(frame, 0);
        for (int x = 100; x < 180; x++)
            for (int k = 0; k < 2; k++)
                assert_true(is_ink(frame, x, 100 + k, ink) && is_ink(frame, x, 158 + k, ink));
        for (int y = 100; y < 160; y++)
            for (int k = 0; k < 2; k++)
                assert_true(is_ink(frame, 100 + k, y, ink) && is_ink(frame, 178 + k, y, ink));
        for (int y = 102; y < 158; y++)
            for (int x = 102; x < 178; x++)
                assert_int_equal(luma(frame, x, y), 60);
        ct_frame_unref(&frame);
    }
}

static void pixels_away_from_box_and_label_are_untouched(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(100, 100, 80, 60);
    draw(frame, &object, 1);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (x < 100 || x >= 180 || y < 80 || y >= 160)
                assert_int_equal(luma(frame, x, y), 60);
    ct_frame_unref(&frame);
}

static void the_label_stands_above_its_box_or_inside_at_the_top(void **state)
{
    (void)state;
    ct_frame *above = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    ct_frame *inside = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object low = object_at(50, 100, 150, 100), high = object_at(50, 3, 150, 100);
    draw(above, &low, 1);
    draw(inside, &high, 1);
    struct ct__ink ink = colour(above, 0);
    assert_true(count_ink(above, ink, 50, 84, 110, 100) > 300);
    assert_int_equal(count_ink(above, ink, 52, 102, 110, 120), 0);
    assert_int_equal(count_ink(inside, ink, 50, 0, 200, 3), 0);
    assert_true(count_ink(inside, ink, 52, 5, 110, 18) > 200);
    ct_frame_unref(&above);
    ct_frame_unref(&inside);
}

static void a_label_at_the_right_edge_is_moved_into_the_picture(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(300, 100, 20, 20);
    draw(frame, &object, 1);
    assert_true(count_ink(frame, colour(frame, 0), 240, 84, 300, 100) > 200);
    ct_frame_unref(&frame);
}

static void a_track_has_the_colour_of_its_id_and_not_of_its_class(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(100, 100, 80, 60);
    object.class_id = 3;
    object.id = 8;
    draw(frame, &object, 1);
    assert_true(is_ink(frame, 100, 150, colour(frame, 8)));
    ct_frame_unref(&frame);
}

static void scores_and_ids_change_the_label(void **state)
{
    (void)state;
    ct_frame *frames[4];
    struct ct_object object = object_at(10, 100, 200, 60);
    for (int i = 0; i < 4; i++) {
        frames[i] = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
        object.score = i == 1 ? .51f : .5f;
        object.label = i == 2 ? NULL : "cat"; // a number instead
        object.class_id = i == 3 ? 4096 : 0;  // the same colour
        object.id = i == 3 ? 4096 : 0;
        draw(frames[i], &object, 1);
        for (int k = 0; k < i; k++)
            assert_false(same_pixels(frames[i], frames[k]));
    }
    for (int i = 0; i < 4; i++)
        ct_frame_unref(&frames[i]);
}

static void the_best_object_is_drawn_on_top(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object objects[2] = {object_at(100, 100, 80, 60), object_at(100, 100, 80, 60)};
    objects[1].class_id = 1;
    draw(frame, objects, 2);
    assert_true(is_ink(frame, 100, 150, colour(frame, 0)));
    ct_frame_unref(&frame);
}

static void landmarks_are_discs_at_their_points(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(60, 60, 200, 160);
    object.point_kind = CT_POINTS_LANDMARKS;
    object.point_count = 5;
    for (int i = 0; i < 5; i++)
        object.points[i] = (struct ct_point){(float)(90 + 30 * i), 150, 1};
    draw(frame, &object, 1);
    struct ct__ink ink = colour(frame, 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(luma(frame, 90 + 30 * i, 150), ink.sample[0]);
    assert_int_equal(luma(frame, 105, 150), 60);
    ct_frame_unref(&frame);
}

// Shoulders are joined; an elbow that was guessed is left out with its bones.
static void a_skeleton_joins_usable_keypoints_only(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(60, 60, 200, 160);
    object.point_kind = CT_POINTS_KEYPOINTS;
    object.point_count = 17;
    object.points[5] = (struct ct_point){100, 120, .9f};
    object.points[6] = (struct ct_point){200, 120, .9f};
    object.points[7] = (struct ct_point){100, 200, .2f};
    draw(frame, &object, 1);
    struct ct__ink ink = colour(frame, 0);
    assert_true(is_ink(frame, 150, 120, ink));
    assert_true(is_ink(frame, 100, 120, ink));
    assert_false(is_ink(frame, 100, 200, ink));
    assert_int_equal(luma(frame, 100, 160), 60);
    ct_frame_unref(&frame);
}

static void a_mask_is_a_tint_over_its_pixels(void **state)
{
    (void)state;
    static const enum ct_format formats[] = {CT_FORMAT_I420, CT_FORMAT_RGB};
    enum { LEFT = 100, TOP = 80, SIDE = 40 };
    uint32_t runs[2 * SIDE + 1] = {LEFT * HEIGHT + TOP};
    for (int i = 0; i < SIDE; i++) {
        runs[2 * i + 1] = SIDE;
        runs[2 * i + 2] = HEIGHT - SIDE;
    }
    for (int i = 0; i < 2; i++) {
        ct_frame *frame = plain_frame(formats[i], WIDTH, HEIGHT, 60);
        struct ct_object object = object_at(LEFT, TOP, SIDE, SIDE);
        object.mask = (struct ct_mask){2 * SIDE + 1, runs};
        struct ct_result result = {
            .width = WIDTH, .height = HEIGHT, .count = 1, .objects = &object};
        assert_int_equal(ct__draw_result(frame, &result), CT_OK);
        int expected = (60 * (255 - 110) + colour(frame, 0).sample[0] * 110 + 127) / 255;
        for (int y = TOP + 2; y < TOP + SIDE - 2; y++)
            for (int x = LEFT + 2; x < LEFT + SIDE - 2; x++)
                assert_int_equal(luma(frame, x, y), expected);
        for (int y = TOP; y < TOP + SIDE; y++)
            assert_true(luma(frame, LEFT - 1, y) == 60 && luma(frame, LEFT + SIDE, y) == 60);
        ct_frame_unref(&frame);
    }
}

static void a_mask_of_another_picture_is_not_drawn(void **state)
{
    (void)state;
    const uint32_t runs[] = {0, WIDTH * HEIGHT};
    ct_frame *frame = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60);
    ct_frame *plain = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60);
    const struct ct_object object = {.mask = {2, runs}};
    const struct ct_result result = {
        .width = HEIGHT, .height = WIDTH, .count = 1, .objects = &object};
    assert_int_equal(ct__draw_result(frame, &result), CT_OK);
    assert_true(same_pixels(frame, plain));
    ct_frame_unref(&frame);
    ct_frame_unref(&plain);
}

static void a_turned_box_is_drawn_around_its_corners(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(100, 100, 80, 80);
    object.point_kind = CT_POINTS_CORNERS;
    object.point_count = 4;
    const struct ct_point corners[] = {{140, 100, 1}, {180, 140, 1}, {140, 180, 1}, {100, 140, 1}};
    memcpy(object.points, corners, sizeof corners);
    draw(frame, &object, 1);
    struct ct__ink ink = colour(frame, 0);
    assert_true(is_ink(frame, 160, 120, ink) && is_ink(frame, 120, 160, ink));
    assert_int_equal(luma(frame, 101, 101), 60); // a corner of the hull
    assert_int_equal(luma(frame, 178, 178), 60);
    assert_int_equal(luma(frame, 140, 140), 60);
    ct_frame_unref(&frame);
}

static void the_same_drawing_is_the_same_every_time(void **state)
{
    (void)state;
    ct_frame *frames[2];
    struct ct_object objects[2] = {object_at(20.3f, 30.6f, 100, 90), object_at(90, 2, 70, 50)};
    objects[1].id = 3;
    for (int i = 0; i < 2; i++) {
        frames[i] = plain_frame(CT_FORMAT_I420, 333, 241, 60);
        draw(frames[i], objects, 2);
    }
    assert_true(same_pixels(frames[0], frames[1]));
    ct_frame_unref(&frames[0]);
    ct_frame_unref(&frames[1]);
}

// Each on a ground of its colour, the best at the top; WIDTH x HEIGHT has lines of 16 pixels.
static void classes_stand_in_the_corner_as_far_as_they_are_something(void **state)
{
    (void)state;
    const struct ct_class classes[] = {{"dog", 1, .7f}, {"cat", 2, .2f}, {"cow", 3, .001f}};
    const struct ct_result result = {.class_count = 3, .classes = classes};
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    assert_int_equal(ct__draw_result(frame, &result), CT_OK);
    assert_true(count_ink(frame, colour(frame, 1), 0, 0, 60, 16) > 300);
    assert_true(count_ink(frame, colour(frame, 2), 0, 16, 60, 32) > 300);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            if (y >= 32 || x > 80)
                assert_int_equal(luma(frame, x, y), 60);
    ct_frame_unref(&frame);
    ct_frame *low = plain_frame(CT_FORMAT_RGB, WIDTH, 20, 60); // room for one
    assert_int_equal(ct__draw_result(low, &result), CT_OK);
    assert_true(count_ink(low, colour(low, 1), 0, 0, 60, 16) > 300);
    assert_int_equal(count_ink(low, colour(low, 2), 0, 0, WIDTH, 20), 0);
    ct_frame_unref(&low);
}

static void numbers_from_strangers_are_harmless(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, -5, 1e7f, 0};
    static const int sizes[] = {1, 2, 3, 17, 64};
    for (int s = 0; s < 5; s++) {
        ct_frame *frame = plain_frame(CT_FORMAT_I420, sizes[s], sizes[4 - s], 60);
        for (int i = 0; i < 8 * 8; i++) {
            struct ct_object object = object_at(odd[i % 8], odd[i / 8], odd[i / 8], odd[i % 8]);
            object.score = odd[i % 8];
            object.class_id = INT32_MIN;
            object.point_kind = CT_POINTS_KEYPOINTS;
            object.point_count = 1000;
            for (int k = 0; k < CT_MAX_POINTS; k++)
                object.points[k] = (struct ct_point){odd[(i + k) % 8], odd[k % 8], 1};
            draw(frame, &object, 1);
        }
        ct_frame_unref(&frame);
    }
}

static void a_long_label_is_cut(void **state)
{
    (void)state;
    char label[4000];
    memset(label, 'w', sizeof label - 1);
    label[sizeof label - 1] = 0;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(10, 100, 200, 60);
    object.label = label;
    object.id = INT64_MAX;
    draw(frame, &object, 1);
    ct_frame_unref(&frame);
}

static void drawing_allocates_nothing(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60);
    struct ct_object object = object_at(10, 100, 200, 60);
    uint64_t before = ct__mem_count();
    draw(frame, &object, 1);
    assert_int_equal(ct__mem_count(), before);
    ct_frame_unref(&frame);
}

static void a_shared_frame_is_not_drawn_into(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, WIDTH, HEIGHT, 60), *other = ct_frame_ref(frame);
    struct ct_result result = {0};
    assert_int_equal(ct__draw_result(frame, &result), CT_ERROR_INVALID);
    ct_frame_unref(&other);
    ct_frame_unref(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_has_lines_on_its_edges_and_nothing_else_inside),
        cmocka_unit_test(pixels_away_from_box_and_label_are_untouched),
        cmocka_unit_test(the_label_stands_above_its_box_or_inside_at_the_top),
        cmocka_unit_test(a_label_at_the_right_edge_is_moved_into_the_picture),
        cmocka_unit_test(a_track_has_the_colour_of_its_id_and_not_of_its_class),
        cmocka_unit_test(scores_and_ids_change_the_label),
        cmocka_unit_test(the_best_object_is_drawn_on_top),
        cmocka_unit_test(landmarks_are_discs_at_their_points),
        cmocka_unit_test(a_skeleton_joins_usable_keypoints_only),
        cmocka_unit_test(a_mask_is_a_tint_over_its_pixels),
        cmocka_unit_test(a_mask_of_another_picture_is_not_drawn),
        cmocka_unit_test(a_turned_box_is_drawn_around_its_corners),
        cmocka_unit_test(the_same_drawing_is_the_same_every_time),
        cmocka_unit_test(classes_stand_in_the_corner_as_far_as_they_are_something),
        cmocka_unit_test(numbers_from_strangers_are_harmless),
        cmocka_unit_test(a_long_label_is_cut),
        cmocka_unit_test(drawing_allocates_nothing),
        cmocka_unit_test(a_shared_frame_is_not_drawn_into),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
