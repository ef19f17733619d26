// SPDX-License-Identifier: Apache-2.0
// The photograph of a lemur and its trimap, beside what pymatting answers
// (tools/oracle/matting.py): alpha and foreground within 1/255, alone and with a crew of threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "image/convert.h"
#include "image/foreground.h"
#include "image/matting.h"
#include "media/picture.h"
#include "pipeline/crew.h"

enum { MOST = 4 << 20 };

static ct_frame *read_picture(const char *name, enum ct_format format)
{
    char path[512];
    snprintf(path, sizeof path, CHITON_SHARED "/media/%s", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("needs %s\n", path);
        skip();
    }
    uint8_t *data = ct__alloc(MOST);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL, *converted = NULL;
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    assert_int_equal(ct__picture_decode(data, size, path, 0, pool, &frame), CT_OK);
    const struct ct_picture *p = ct_frame_picture(frame);
    assert_int_equal(ct_frame_create(&converted, format, p->width, p->height), CT_OK);
    assert_int_equal(ct__convert(converted, p), CT_OK);
    ct_frame_unref(&frame);
    ct__pool_unref(&pool);
    ct__free(data);
    return converted;
}

static void expect_golden(const float *alpha, const float *front, int width)
{
    FILE *file = fopen(CHITON_GOLDEN "/real_matting_lemur.txt", "r");
    assert_non_null(file);
    int x, y, count = 0;
    float want[4];
    for (; fscanf(file, "%d %d %f %f %f %f", &x, &y, want, want + 1, want + 2, want + 3) == 6;
         count++) {
        int at = y * width + x;
        const float got[] = {alpha[at], front[3 * at], front[3 * at + 1], front[3 * at + 2]};
        for (int i = 0; i < 4; i++)
            if (fabsf(got[i] - want[i] / 10000) > 1 / 255.f)
                fail_msg("(%d, %d), number %d: %f, expected %f", x, y, i, got[i], want[i] / 10000);
    }
    assert_true(count > 1000);
    fclose(file);
}

static void a_lemur_s_fur_is_what_pymatting_makes_of_it(void **state)
{
    (void)state;
    ct_frame *image = read_picture("lemur.png", CT_FORMAT_RGB);
    ct_frame *trimap = read_picture("lemur_trimap.png", CT_FORMAT_GREY);
    const struct ct_picture *p = ct_frame_picture(image);
    size_t pixels = (size_t)p->width * (size_t)p->height;
    float *values = ct__alloc(8 * pixels * sizeof *values);
    for (int threads = 1; threads < 4; threads += 2) {
        struct ct__crew *crew = NULL;
        assert_int_equal(ct__crew_create(&crew, threads), CT_OK);
        struct ct__matting_params params = {.parallel = ct__crew_parallel(crew)};
        float *alpha = values + (threads > 1 ? 4 * pixels : 0), *front = alpha + pixels;
        assert_int_equal(ct__matting_solve(alpha, p, ct_frame_picture(trimap), &params), CT_OK);
        assert_int_equal(ct__foreground_estimate(front, p, alpha, 1 << 30, params.parallel), CT_OK);
        expect_golden(alpha, front, p->width);
        ct__crew_destroy(&crew);
    }
    assert_memory_equal(values, values + 4 * pixels, 4 * pixels * sizeof *values);
    ct__free(values);
    ct_frame_unref(&image);
    ct_frame_unref(&trimap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lemur_s_fur_is_what_pymatting_makes_of_it),
    };
    return cmocka_run_group_tests_name("real/matting", tests, NULL, NULL);
}
