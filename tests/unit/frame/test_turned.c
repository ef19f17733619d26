// SPDX-License-Identifier: Apache-2.0
// Turned boxes: where their corners are, and how much two of them are the same. The likenesses are
// worked out by hand from the definition: of upright boxes of one size, w x h, dx apart, it is
// 1 - sqrt(1 - exp(-3/2 (dx/w)^2)).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include <chiton/error.h>

#include "base/mem.h"
#include "frame/turned.h"

static const float pi = 3.14159265f;

static void near(double found, double expected, double most)
{
    if (!(fabs(found - expected) <= most))
        fail_msg("%.6f, expected %.6f", found, expected);
}

static void corners_go_around_the_box(void **state)
{
    (void)state;
    const float expected[][2] = {{8, 22}, {12, 22}, {12, 18}, {8, 18}};
    struct ct__turned turned = ct__turned_make(10, 20, 4, 4, pi / 2);
    struct ct__box hull;
    for (int i = 0; i < 4; i++) {
        float x, y;
        ct__turned_corner(&turned, i, &x, &y);
        near(x, expected[i][0], 1e-5);
        near(y, expected[i][1], 1e-5);
    }
    turned = ct__turned_make(10, 20, 8, 2, pi / 6);
    ct__turned_hull(&turned, &hull);
    near(hull.x2 - hull.x1, 8 * cos(pi / 6) + 2 * sin(pi / 6), 1e-5);
    near(hull.y2 - hull.y1, 8 * sin(pi / 6) + 2 * cos(pi / 6), 1e-5);
    near(hull.x1 + hull.x2, 20, 1e-5);
}

static void the_same_box_is_alike_however_it_is_told(void **state)
{
    (void)state;
    struct ct__turned box = ct__turned_make(50, 40, 30, 10, .3f);
    struct ct__turned half = ct__turned_make(50, 40, 30, 10, .3f + pi);
    struct ct__turned quarter = ct__turned_make(50, 40, 10, 30, .3f + pi / 2);
    near(ct__turned_iou(&box, &box), 1, 1e-3);
    near(ct__turned_iou(&box, &half), 1, 1e-3);
    near(ct__turned_iou(&box, &quarter), 1, 1e-3);
}

static void likeness_is_what_the_definition_says(void **state)
{
    (void)state;
    struct ct__turned box = ct__turned_make(0, 0, 20, 10, 0);
    for (int i = 1; i < 40; i += 3) {
        struct ct__turned other = ct__turned_make((float)i, 0, 20, 10, 0);
        double expected = 1 - sqrt(1 - exp(-1.5 * i * i / 400.));
        near(ct__turned_iou(&box, &other), expected, 1e-5);
    }
    // Crossed at right angles: |S| / sqrt(|A| |B|) = ((a + b) / 2)^2 / (a b), a = 400, b = 100.
    struct ct__turned crossed = ct__turned_make(0, 0, 20, 10, pi / 2);
    near(ct__turned_iou(&box, &crossed), 1 - sqrt(1 - exp(-.5 * log(250. * 250. / 40000))), 1e-5);
}

static void likeness_follows_the_picture(void **state)
{
    (void)state;
    struct ct__turned a = ct__turned_make(10, 10, 30, 8, .5f);
    struct ct__turned b = ct__turned_make(14, 9, 26, 9, .7f);
    // Both turned by a right angle about the origin, made three times as large, and moved.
    struct ct__turned c = ct__turned_make(-30 + 500, 30 + 9, 90, 24, .5f + pi / 2);
    struct ct__turned d = ct__turned_make(-27 + 500, 42 + 9, 78, 27, .7f + pi / 2);
    near(ct__turned_iou(&a, &b), ct__turned_iou(&c, &d), 1e-5);
    near(ct__turned_iou(&a, &b), ct__turned_iou(&b, &a), 1e-7);
    b = ct__turned_make(1e6f, 9, 26, 9, .7f);
    assert_true(ct__turned_iou(&a, &b) < 1e-6f);
}

static void suppression_sees_the_turn(void **state)
{
    (void)state;
    // Two long ships side by side, slanted: their hulls are nearly the same, they are not.
    const struct ct__turned ships[] = {
        ct__turned_make(50, 50, 80, 10, pi / 4),
        ct__turned_make(58, 42, 80, 10, pi / 4),
        ct__turned_make(51, 51, 78, 10, pi / 4 + .02f),
    };
    struct ct__boxes boxes = {0};
    struct ct__nms nms = {.iou = .45f};
    for (int32_t i = 0; i < 3; i++) {
        struct ct__box box = {.score = .9f - .1f * (float)i, .index = i};
        ct__turned_hull(&ships[i], &box);
        assert_int_equal(ct__boxes_add(&boxes, &box), 0);
    }
    assert_true(ct__box_iou(&boxes.items[0], &boxes.items[1], false) > .6f);
    nms.turned = ships;
    assert_int_equal(ct__nms(&boxes, &nms), 2);
    assert_int_equal(boxes.items[0].index, 0);
    assert_int_equal(boxes.items[1].index, 1);
    ct__boxes_finish(&boxes);
}

static void a_list_grows_or_says_that_it_cannot(void **state)
{
    (void)state;
    struct ct__turned_boxes list = {0};
    struct ct__turned box = ct__turned_make(0, 0, 20, 10, 0);
    for (int i = 0; i < 65; i++)
        assert_int_equal(ct__turned_add(&list, &box), 0);
    assert_int_equal(list.count, 65);
    ct__turned_finish(&list);
    ct__mem_fail(1);
    assert_int_equal(ct__turned_add(&list, &box), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    ct__turned_finish(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_go_around_the_box),
        cmocka_unit_test(the_same_box_is_alike_however_it_is_told),
        cmocka_unit_test(likeness_is_what_the_definition_says),
        cmocka_unit_test(likeness_follows_the_picture),
        cmocka_unit_test(suppression_sees_the_turn),
        cmocka_unit_test(a_list_grows_or_says_that_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
