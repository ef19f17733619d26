// SPDX-License-Identifier: Apache-2.0
// Rectangles and strokes: where they are, where they are not, and what strange numbers do.
#include "pixels.h"

#include <float.h>
#include <math.h>

static const struct ct__ink white = {{255, 200, 100}};

static struct ct__canvas canvas_of(ct_frame *frame)
{
    struct ct__canvas canvas;
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_OK);
    return canvas;
}

static void a_rectangle_has_its_pixels_and_no_other(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, 20, 10, 7);
    struct ct__canvas canvas = canvas_of(frame);
    ct__canvas_fill(&canvas, 3, 2, 9, 5, white);
    for (int y = 0; y < 10; y++)
        for (int x = 0; x < 20; x++)
            assert_int_equal(is_ink(frame, x, y, white), x >= 3 && x < 9 && y >= 2 && y < 5);
    ct_frame_unref(&frame);
}

static void chroma_is_covered_by_quarters(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 8, 8, 0);
    struct ct__canvas canvas = canvas_of(frame);
    ct__canvas_fill(&canvas, 1, 1, 4, 4, white);
    assert_int_equal(chroma(frame, 1, 0, 0), 49); // 63/255 of 200: one pixel of four
    assert_int_equal(chroma(frame, 1, 2, 0), 100);
    assert_int_equal(chroma(frame, 1, 2, 2), 200);
    assert_int_equal(chroma(frame, 1, 4, 4), 0);
    ct_frame_unref(&frame);
}

static void the_last_column_of_an_odd_side_is_covered_whole(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 7, 5, 0);
    struct ct__canvas canvas = canvas_of(frame);
    ct__canvas_fill(&canvas, -4, -4, 100, 100, white);
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 7; x++)
            assert_true(is_ink(frame, x, y, white));
    ct_frame_unref(&frame);
}

static void a_disc_is_round_smooth_and_where_it_should_be(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_RGB, 41, 41, 0);
    struct ct__canvas canvas = canvas_of(frame);
    struct ct__segment disc = {20.5f, 20.5f, 20.5f, 20.5f};
    ct__canvas_stroke(&canvas, &disc, 1, 10, white);
    double area = 0;
    for (int y = 0; y < 41; y++) {
        for (int x = 0; x < 41; x++) {
            double distance = hypot(x - 20, y - 20);
            area += luma(frame, x, y) / 255.;
            assert_true(distance > 9.5 || luma(frame, x, y) == 255);
            assert_true(distance < 10.5 || luma(frame, x, y) == 0);
            assert_int_equal(luma(frame, x, y), luma(frame, 40 - x, y));
            assert_int_equal(luma(frame, x, y), luma(frame, y, x));
        }
    }
    assert_true(fabs(area - 3.14159 * 100) < 3);
    ct_frame_unref(&frame);
}

// A line over many tiles, tested point by point against its distance.
static void a_long_line_has_no_holes_at_the_seams(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 301, 201, 16);
    struct ct__canvas canvas = canvas_of(frame);
    struct ct__segment line = {-20, 5, 290, 190};
    ct__canvas_stroke(&canvas, &line, 1, 3, white);
    double dx = 310, dy = 185, length = hypot(dx, dy);
    for (int y = 0; y < 201; y++) {
        for (int x = 0; x < 301; x++) {
            double along = ((x + 20.5) * dx + (y - 4.5) * dy) / length;
            double away = fabs((x + 20.5) * dy - (y - 4.5) * dx) / length;
            if (along < 0 || along > length)
                continue;
            if (away < 2.45)
                assert_int_equal(luma(frame, x, y), 255);
            if (away > 3.55)
                assert_int_equal(luma(frame, x, y), 16);
        }
    }
    ct_frame_unref(&frame);
}

static void overlapping_segments_are_one_shape(void **state)
{
    (void)state;
    ct_frame *once = plain_frame(CT_FORMAT_I420, 40, 40, 90);
    ct_frame *often = plain_frame(CT_FORMAT_I420, 40, 40, 90);
    struct ct__canvas one = canvas_of(once), other = canvas_of(often);
    struct ct__segment lines[3] = {
        {3.3f, 4, 30, 25.7f}, {3.3f, 4, 30, 25.7f}, {3.3f, 4, 30, 25.7f}};
    ct__canvas_stroke(&one, lines, 1, 2.2f, white);
    ct__canvas_stroke(&other, lines, 3, 2.2f, white);
    assert_true(same_pixels(once, often));
    ct_frame_unref(&once);
    ct_frame_unref(&often);
}

static void coordinates_that_are_no_place_draw_nothing(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 33, 17, 5), *clean = NULL;
    clean = plain_frame(CT_FORMAT_I420, 33, 17, 5);
    struct ct__canvas canvas = canvas_of(frame);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++) {
            float at[4] = {5, 5, 9, 9};
            at[k] = odd[i];
            struct ct__segment line = {at[0], at[1], at[2], at[3]};
            ct__canvas_stroke(&canvas, &line, 1, 2, white);
        }
    }
    struct ct__segment away = {-1e30f, -1e30f, -1e29f, -1e30f};
    ct__canvas_stroke(&canvas, &away, 1, 2, white);
    ct__canvas_fill(&canvas, 9, 9, 3, 3, white);
    ct__canvas_fill(&canvas, INT32_MIN, 0, 0, INT32_MAX, white);
    ct__canvas_stroke(&canvas, &away, 0, 2, white);
    assert_true(same_pixels(frame, clean));
    ct_frame_unref(&frame);
    ct_frame_unref(&clean);
}

// The results are of no interest; that it ends and touches no foreign memory is.
static void huge_strokes_stay_inside_of_the_picture(void **state)
{
    (void)state;
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 1, 1, 5);
    struct ct__canvas canvas = canvas_of(frame);
    struct ct__segment huge[] = {
        {-1e20f, -1e20f, 1e20f, 1e20f}, {-FLT_MAX, 0, FLT_MAX, 0}, {0, 0, 1e6f, 1e6f}};
    ct__canvas_stroke(&canvas, huge, 3, 1e9f, white);
    ct__canvas_stroke(&canvas, huge, 3, .1f, white);
    ct_frame_unref(&frame);
}

static void inks_follow_matrix_and_range(void **state)
{
    (void)state;
    static const uint8_t red[3] = {255, 0, 0}, grey[3] = {128, 128, 128};
    ct_frame *frame = plain_frame(CT_FORMAT_I420, 4, 4, 0);
    assert_int_equal(ct_frame_set_colour(frame, CT_MATRIX_BT601, CT_RANGE_LIMITED), CT_OK);
    struct ct__canvas canvas = canvas_of(frame);
    assert_memory_equal(ct__canvas_ink(&canvas, red).sample, ((uint8_t[]){81, 90, 240}), 3);
    assert_int_equal(ct_frame_set_colour(frame, CT_MATRIX_BT709, CT_RANGE_FULL), CT_OK);
    canvas = canvas_of(frame);
    assert_memory_equal(ct__canvas_ink(&canvas, red).sample, ((uint8_t[]){54, 99, 255}), 3);
    assert_memory_equal(ct__canvas_ink(&canvas, grey).sample, ((uint8_t[]){128, 128, 128}), 3);
    ct_frame_unref(&frame);
    frame = plain_frame(CT_FORMAT_RGB, 4, 4, 0);
    canvas = canvas_of(frame);
    assert_memory_equal(ct__canvas_ink(&canvas, red).sample, red, 3);
    ct_frame_unref(&frame);
}

static void a_shared_frame_or_another_format_is_refused(void **state)
{
    (void)state;
    struct ct__canvas canvas;
    ct_frame *frame = plain_frame(CT_FORMAT_NV12, 4, 4, 0);
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_ERROR_INVALID);
    ct_frame_unref(&frame);
    frame = plain_frame(CT_FORMAT_RGB, 4, 4, 0);
    ct_frame *other = ct_frame_ref(frame);
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_ERROR_INVALID);
    ct_frame_unref(&other);
    assert_int_equal(ct__canvas_init(&canvas, frame), CT_OK);
    ct_frame_unref(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rectangle_has_its_pixels_and_no_other),
        cmocka_unit_test(chroma_is_covered_by_quarters),
        cmocka_unit_test(the_last_column_of_an_odd_side_is_covered_whole),
        cmocka_unit_test(a_disc_is_round_smooth_and_where_it_should_be),
        cmocka_unit_test(a_long_line_has_no_holes_at_the_seams),
        cmocka_unit_test(overlapping_segments_are_one_shape),
        cmocka_unit_test(coordinates_that_are_no_place_draw_nothing),
        cmocka_unit_test(huge_strokes_stay_inside_of_the_picture),
        cmocka_unit_test(inks_follow_matrix_and_range),
        cmocka_unit_test(a_shared_frame_or_another_format_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
