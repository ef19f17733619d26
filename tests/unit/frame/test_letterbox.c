// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame/letterbox.h"

static void expect_place(const struct ct__letterbox *box, int x, int y, int width, int height)
{
    assert_int_equal(box->x, x);
    assert_int_equal(box->y, y);
    assert_int_equal(box->width, width);
    assert_int_equal(box->height, height);
}

static void a_wide_picture_lies_in_the_middle(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_CENTRE, 1920, 1080, 640, 640);
    expect_place(&box, 0, 140, 640, 360);
    assert_float_equal(ct__letterbox_source_x(&box, 320), 960, 1e-3);
    assert_float_equal(ct__letterbox_source_y(&box, 140), 0, 1e-3);
    ct__letterbox_make(&box, CT__FIT_CENTRE, 101, 200, 64, 64);
    expect_place(&box, 16, 0, 32, 64);
}

static void a_picture_at_the_top_left_has_no_offset(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT, 1920, 1080, 416, 416);
    expect_place(&box, 0, 0, 416, 234);
    assert_float_equal(box.scale_x, 416. / 1920, 1e-7);
    assert_float_equal(box.scale_y, 416. / 1920, 1e-7);
}

static void halves_are_rounded_away_from_zero(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT, 4, 1, 10, 10);
    expect_place(&box, 0, 0, 10, 3);
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT, 20, 5, 10, 10);
    expect_place(&box, 0, 0, 10, 3);
}

static void stretching_fills_the_canvas_with_two_scales(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_STRETCH, 100, 50, 200, 200);
    expect_place(&box, 0, 0, 200, 200);
    assert_float_equal(box.scale_x, 2, 0);
    assert_float_equal(box.scale_y, 4, 0);
}

static void scrfd_truncates_the_shorter_side(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT_FLOOR, 1000, 667, 640, 640);
    expect_place(&box, 0, 0, 640, 426); // 426.88
    assert_float_equal(box.scale_x, 426. / 667, 1e-7);
    assert_float_equal(box.scale_y, 426. / 667, 1e-7);
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT_FLOOR, 667, 1000, 640, 640);
    expect_place(&box, 0, 0, 426, 640);
    assert_float_equal(box.scale_x, .64, 1e-7);
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT_FLOOR, 320, 320, 640, 640);
    expect_place(&box, 0, 0, 640, 640);
}

static void no_side_is_ever_zero_or_beyond_the_canvas(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 17, 416, 1080, 65535};
    for (int fit = CT__FIT_STRETCH; fit <= CT__FIT_TOP_LEFT_FLOOR; fit++)
        for (int w = 0; w < 7; w++)
            for (int h = 0; h < 7; h++)
                for (int s = 0; s < 6; s++) {
                    struct ct__letterbox box;
                    ct__letterbox_make(&box, (enum ct__fit)fit, sizes[w], sizes[h], sizes[s],
                                       sizes[5 - s]);
                    assert_true(box.width >= 1 && box.height >= 1 && box.x >= 0 && box.y >= 0);
                    assert_true(box.x + box.width <= sizes[s]);
                    assert_true(box.y + box.height <= sizes[5 - s]);
                }
}

static void what_covers_the_canvas_is_cut_in_the_middle(void **state)
{
    (void)state;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_COVER, 1920, 1080, 224, 224);
    expect_place(&box, -87, 0, 398, 224); // 398.2; 174 / 2
    ct__letterbox_make(&box, CT__FIT_CROP, 1920, 1080, 224, 224);
    expect_place(&box, -116, -16, 455, 256); // 455.1; 231 / 2 = 115.5, to even
    ct__letterbox_make(&box, CT__FIT_CROP, 1, 3, 224, 224);
    expect_place(&box, -16, -272, 256, 768);
    ct__letterbox_make(&box, CT__FIT_COVER, 300, 400, 30, 20);
    expect_place(&box, 0, -10, 30, 40);
    assert_float_equal(ct__letterbox_source_y(&box, 0), 100, 1e-3);
}

static void a_cover_covers_whatever_the_sizes(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 17, 416, 1080, 65535};
    for (int fit = CT__FIT_COVER; fit <= CT__FIT_CROP; fit++)
        for (int w = 0; w < 7; w++)
            for (int h = 0; h < 7; h++)
                for (int s = 0; s < 5; s++) {
                    struct ct__letterbox box;
                    ct__letterbox_make(&box, (enum ct__fit)fit, sizes[w], sizes[h], sizes[s],
                                       sizes[4 - s]);
                    assert_true(box.x <= 0 && box.x + box.width >= sizes[s]);
                    assert_true(box.y <= 0 && box.y + box.height >= sizes[4 - s]);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_picture_lies_in_the_middle),
        cmocka_unit_test(a_picture_at_the_top_left_has_no_offset),
        cmocka_unit_test(halves_are_rounded_away_from_zero),
        cmocka_unit_test(stretching_fills_the_canvas_with_two_scales),
        cmocka_unit_test(scrfd_truncates_the_shorter_side),
        cmocka_unit_test(no_side_is_ever_zero_or_beyond_the_canvas),
        cmocka_unit_test(what_covers_the_canvas_is_cut_in_the_middle),
        cmocka_unit_test(a_cover_covers_whatever_the_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
