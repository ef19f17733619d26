// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "frame/box.h"

#include <chiton/error.h>

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

// Few different scores and many overlaps, so that ties and chains occur.
static void fill(struct ct__boxes *boxes, int count, int classes)
{
    for (int i = 0; i < count; i++) {
        float x = (float)random_below(300), y = (float)random_below(200);
        struct ct__box box = {x,
                              y,
                              x + 1 + (float)random_below(60),
                              y + 1 + (float)random_below(60),
                              (float)random_below(50) / 50,
                              (int32_t)random_below((uint32_t)classes),
                              i};
        assert_int_equal(ct__boxes_add(boxes, &box), CT_OK);
    }
}

static int falling(const void *a, const void *b)
{
    const struct ct__box *p = a, *q = b;
    if (p->score != q->score)
        return p->score < q->score ? 1 : -1;
    return p->index - q->index;
}

// The definition: the best box that is left suppresses all others that it overlaps.
static int plain_nms(struct ct__box *items, int count, const struct ct__nms *how)
{
    qsort(items, (size_t)count, sizeof *items, falling);
    char *gone = calloc((size_t)count + 1, 1);
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (gone[i])
            continue;
        for (int j = i + 1; j < count; j++)
            if ((how->any_class || items[i].class_id == items[j].class_id) &&
                ct__box_iou(&items[i], &items[j], how->pixel_areas) > how->iou)
                gone[j] = 1;
        items[kept++] = items[i];
    }
    free(gone);
    return how->max_count && kept > how->max_count ? how->max_count : kept;
}

static void compare(int count, int classes, const struct ct__nms *how)
{
    struct ct__boxes boxes = {0};
    fill(&boxes, count, classes);
    struct ct__box *copy = malloc((size_t)(count + 1) * sizeof *copy);
    if (count)
        memcpy(copy, boxes.items, (size_t)count * sizeof *copy);
    int expected = plain_nms(copy, count, how);
    assert_int_equal(ct__nms(&boxes, how), expected);
    assert_int_equal(boxes.count, expected);
    if (expected)
        assert_memory_equal(copy, boxes.items, (size_t)expected * sizeof *copy);
    free(copy);
    ct__boxes_finish(&boxes);
}

static void suppression_keeps_what_its_definition_keeps(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++) {
        const struct ct__nms how = {.iou = (float)random_below(10) / 10,
                                    .any_class = random_below(2),
                                    .pixel_areas = random_below(2),
                                    .max_count = random_below(2) ? (int)random_below(30) : 0};
        compare((int)random_below(i % 4 ? 400 : 4000), 1 + (int)random_below(80), &how);
    }
}

static void overlap_of_boxes_is_their_shared_area(void **state)
{
    (void)state;
    const struct ct__box a = {0, 0, 10, 10, 1, 0, 0}, b = {5, 0, 15, 10, 1, 0, 0};
    const struct ct__box far = {20, 20, 30, 30, 1, 0, 0}, empty = {3, 3, 3, 3, 1, 0, 0};
    assert_float_equal(ct__box_iou(&a, &b, false), 50. / 150, 1e-6);
    assert_float_equal(ct__box_iou(&a, &b, true), 66. / (121 + 121 - 66), 1e-6);
    assert_float_equal(ct__box_iou(&a, &far, false), 0, 0);
    assert_float_equal(ct__box_iou(&empty, &empty, false), 0, 0);
    assert_float_equal(ct__box_iou(&a, &a, false), 1, 1e-6);
}

static void equal_scores_go_to_the_lower_index(void **state)
{
    (void)state;
    struct ct__boxes boxes = {0};
    for (int i = 0; i < 40; i++) {
        struct ct__box box = {(float)(i * 20), 0, (float)(i * 20 + 9), 9, .5f, i % 3, 39 - i};
        assert_int_equal(ct__boxes_add(&boxes, &box), CT_OK);
    }
    assert_int_equal(ct__nms(&boxes, &(struct ct__nms){.iou = .5f}), 40);
    for (int i = 0; i < 40; i++)
        assert_int_equal(boxes.items[i].index, i);
    ct__boxes_finish(&boxes);
}

static void any_order_of_many_boxes_is_sorted(void **state)
{
    (void)state;
    for (int shape = 0; shape < 4; shape++) {
        struct ct__boxes boxes = {0};
        for (int i = 0; i < 20000; i++) {
            int place = shape == 0 ? i : shape == 1 ? -i : shape == 2 ? i % 2 * i : i % 100;
            struct ct__box box = {0, 0, 1, 1, (float)place, i, i};
            assert_int_equal(ct__boxes_add(&boxes, &box), CT_OK);
        }
        assert_int_equal(ct__nms(&boxes, &(struct ct__nms){.iou = .5f}), 20000);
        for (int i = 1; i < boxes.count; i++)
            assert_true(falling(&boxes.items[i - 1], &boxes.items[i]) < 0);
        ct__boxes_finish(&boxes);
    }
}

static void an_empty_list_stays_empty(void **state)
{
    (void)state;
    struct ct__boxes boxes = {0};
    assert_int_equal(ct__nms(&boxes, &(struct ct__nms){.iou = .5f}), 0);
    ct__boxes_finish(&boxes);
}

static void a_list_that_cannot_grow_keeps_what_it_has(void **state)
{
    (void)state;
    struct ct__boxes boxes = {0};
    const struct ct__box box = {.score = 1};
    ct__mem_fail(1);
    assert_int_equal(ct__boxes_add(&boxes, &box), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_int_equal(boxes.count, 0);
    fill(&boxes, 64, 1);
    ct__mem_fail(1);
    assert_int_equal(ct__boxes_add(&boxes, &box), CT_ERROR_MEMORY);
    assert_int_equal(boxes.count, 64);
    assert_int_equal(ct__boxes_add(&boxes, &box), CT_OK);
    ct__boxes_finish(&boxes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suppression_keeps_what_its_definition_keeps),
        cmocka_unit_test(overlap_of_boxes_is_their_shared_area),
        cmocka_unit_test(equal_scores_go_to_the_lower_index),
        cmocka_unit_test(any_order_of_many_boxes_is_sorted),
        cmocka_unit_test(an_empty_list_stays_empty),
        cmocka_unit_test(a_list_that_cannot_grow_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
