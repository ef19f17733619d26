// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/mem.h"
#include "image/morphology.h"
#include "image/trimap.h"
#include "scene.h"

static FILE *open_golden(void)
{
    FILE *file = fopen(GOLDEN "/matting_masks.txt", "r");
    assert_non_null(file);
    return file;
}

static void expect_rows(FILE *file, const ct_frame *frame)
{
    char line[64];
    const struct ct_picture *p = ct_frame_picture(frame);
    for (int y = 0; y < p->height; y++) {
        assert_non_null(fgets(line, sizeof line, file));
        for (int x = 0; x < p->width; x++) {
            uint8_t value = p->data[0][y * p->stride[0] + x];
            if (line[x] != (value == 0 ? '.' : value == 255 ? '#' : '?'))
                fail_msg("(%d, %d): %d for %s", x, y, value, line);
        }
    }
}

static void a_trimap_is_what_scipy_makes_of_the_mask(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    FILE *file = open_golden();
    char line[64];
    int cases = 0, above, below, erode;
    while (fgets(line, sizeof line, file) &&
           sscanf(line, "trimap %d %d %d", &above, &below, &erode) == 3) {
        struct ct__trimap_params params = {above, below, erode ? erode : -1};
        bool plain = above == 240 && below == 10 && erode == 10;
        assert_int_equal(
            ct__trimap_make(scene.trimap, ct_frame_picture(scene.mask), plain ? NULL : &params),
            CT_OK);
        expect_rows(file, scene.trimap);
        cases++;
    }
    assert_int_equal(cases, 4);
    fclose(file);
    scene_finish(&scene);
}

static void a_mask_is_smoothed_as_by_rembg(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    FILE *file = open_golden();
    char line[64];
    while (fgets(line, sizeof line, file) && strcmp(line, "smooth\n"))
        ;
    assert_int_equal(ct__mask_smooth(scene.mask), CT_OK);
    expect_rows(file, scene.mask);
    fclose(file);
    scene_finish(&scene);
}

static void minus_one_takes_every_pixel_above_nothing_and_none_below(void **state)
{
    (void)state;
    ct_frame *mask = NULL, *trimap = NULL;
    assert_int_equal(ct_frame_create(&mask, CT_FORMAT_GREY, 5, 5), CT_OK);
    assert_int_equal(ct_frame_create(&trimap, CT_FORMAT_GREY, 5, 5), CT_OK);
    for (int i = 0; i < 25; i++)
        *scene_pixel(mask, i % 5, i / 5, 1) = i % 5 != 0;
    struct ct__trimap_params params = {-1, -1, 1};
    assert_int_equal(ct__trimap_make(trimap, ct_frame_picture(mask), &params), CT_OK);
    for (int i = 0; i < 25; i++)
        assert_int_equal(*scene_pixel(trimap, i % 5, i / 5, 1), i % 5 ? 255 : 128);
    ct_frame_unref(&mask);
    ct_frame_unref(&trimap);
}

static void a_square_wider_than_the_picture_leaves_what_the_border_allows(void **state)
{
    (void)state;
    static const int sides[] = {7, 100, INT_MAX};
    for (int s = 0; s < 3; s++) {
        uint8_t set[6] = {1, 1, 1, 1, 1, 1};
        assert_int_equal(ct__erode_square(set, 3, 2, sides[s], true), CT_OK);
        for (int i = 0; i < 6; i++)
            assert_int_equal(set[i], 1);
        assert_int_equal(ct__erode_square(set, 3, 2, sides[s], false), CT_OK);
        for (int i = 0; i < 6; i++)
            assert_int_equal(set[i], 0);
    }
}

static void one_pixel_is_a_mask(void **state)
{
    (void)state;
    ct_frame *mask = NULL;
    assert_int_equal(ct_frame_create(&mask, CT_FORMAT_GREY, 1, 1), CT_OK);
    for (int value = 0; value < 256; value++) {
        if (value == 127) // sums of the weights fall on either side
            continue;
        *scene_pixel(mask, 0, 0, 1) = (uint8_t)value;
        assert_int_equal(ct__mask_smooth(mask), CT_OK);
        assert_int_equal(*scene_pixel(mask, 0, 0, 1), value < 127 ? 0 : 255);
    }
    ct_frame_unref(&mask);
}

static void other_sizes_and_formats_and_shared_frames_are_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    ct_frame *small = NULL;
    assert_int_equal(ct_frame_create(&small, CT_FORMAT_GREY, 8, 8), CT_OK);
    const struct ct_picture *mask = ct_frame_picture(scene.mask);
    assert_int_equal(ct__trimap_make(small, mask, NULL), CT_ERROR_INVALID);
    assert_int_equal(ct__trimap_make(scene.image, mask, NULL), CT_ERROR_INVALID);
    assert_int_equal(ct__trimap_make(scene.trimap, ct_frame_picture(scene.image), NULL),
                     CT_ERROR_INVALID);
    assert_int_equal(ct__mask_smooth(scene.image), CT_ERROR_INVALID);
    ct_frame *other = ct_frame_ref(scene.trimap);
    assert_int_equal(ct__trimap_make(scene.trimap, mask, NULL), CT_ERROR_INVALID);
    assert_int_equal(ct__mask_smooth(scene.trimap), CT_ERROR_INVALID);
    ct_frame_unref(&other);
    ct_frame_unref(&small);
    scene_finish(&scene);
}

static int make_both(struct scene *scene, int erode)
{
    struct ct__trimap_params params = {.erode = erode};
    int error = ct__trimap_make(scene->trimap, ct_frame_picture(scene->mask), &params);
    return error ? error : ct__mask_smooth(scene->mask);
}

static void a_lack_of_memory_is_told(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    for (int erode = -1; erode < 2; erode++) {
        bool failed = true;
        int failures = -1;
        for (uint64_t n = 1; failed; n++, failures++) {
            ct__mem_fail(n);
            int error = make_both(&scene, erode);
            failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
        }
        assert_int_equal(failures, 6);
    }
    scene_finish(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trimap_is_what_scipy_makes_of_the_mask),
        cmocka_unit_test(a_mask_is_smoothed_as_by_rembg),
        cmocka_unit_test(minus_one_takes_every_pixel_above_nothing_and_none_below),
        cmocka_unit_test(a_square_wider_than_the_picture_leaves_what_the_border_allows),
        cmocka_unit_test(one_pixel_is_a_mask),
        cmocka_unit_test(other_sizes_and_formats_and_shared_frames_are_refused),
        cmocka_unit_test(a_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("image/trimap", tests, NULL, NULL);
}
