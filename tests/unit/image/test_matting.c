// SPDX-License-Identifier: Apache-2.0
// Beside pymatting's answer to a made picture, and beside a dense solution of systems written down
// straight from the definition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "image/cholesky.h"
#include "image/foreground.h"
#include "image/matting.h"
#include "scene.h"

enum { PIXELS = SCENE_WIDTH * SCENE_HEIGHT };

// Does parts from the last to the first, so that an order that matters shows.
static void run_backwards(void *opaque, int parts, void (*part)(void *context, int index),
                          void *context)
{
    *(int *)opaque += parts;
    for (int i = parts - 1; i >= 0; i--)
        part(context, i);
}

static int solve_scene(struct scene *scene, float *alpha, const struct ct__matting_params *params)
{
    return ct__matting_solve(alpha, ct_frame_picture(scene->image), ct_frame_picture(scene->trimap),
                             params);
}

static void alpha_and_foreground_are_those_of_pymatting(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    float alpha[PIXELS], front[PIXELS][3];
    assert_int_equal(solve_scene(&scene, alpha, NULL), CT_OK);
    assert_int_equal(
        ct__foreground_estimate(front[0], ct_frame_picture(scene.image), alpha, 1 << 20, NULL),
        CT_OK);
    FILE *file = fopen(GOLDEN "/matting.txt", "r");
    assert_non_null(file);
    for (int i = 0; i < PIXELS; i++) {
        float want[4];
        assert_int_equal(fscanf(file, "%f %f %f %f", want, want + 1, want + 2, want + 3), 4);
        assert_true(fabsf(alpha[i] * 10000 - want[0]) <= 2);
        for (int c = 0; c < 3; c++)
            assert_true(fabsf(front[i][c] * 10000 - want[1 + c]) <= 2);
    }
    fclose(file);
    scene_finish(&scene);
}

static void a_cut_out_holds_the_foreground_and_alpha(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    float alpha[PIXELS], front[PIXELS][3];
    ct_frame *out = NULL;
    assert_int_equal(ct_frame_create(&out, CT_FORMAT_RGBA, SCENE_WIDTH, SCENE_HEIGHT), CT_OK);
    const struct ct_picture *image = ct_frame_picture(scene.image);
    assert_int_equal(ct__matting_cut_out_trimap(out, image, ct_frame_picture(scene.trimap), NULL),
                     CT_OK);
    assert_int_equal(solve_scene(&scene, alpha, NULL), CT_OK);
    assert_int_equal(ct__foreground_estimate(front[0], image, alpha, 1 << 20, NULL), CT_OK);
    for (int i = 0; i < PIXELS; i++) {
        const uint8_t *pixel = scene_pixel(out, i % SCENE_WIDTH, i / SCENE_WIDTH, 4);
        assert_int_equal(pixel[3], (int)(alpha[i] * 255));
        for (int c = 0; c < 3; c++)
            assert_int_equal(pixel[c], (int)(front[i][c] * 255));
    }
    ct_frame_unref(&out);
    scene_finish(&scene);
}

static void a_mask_is_cut_out_by_its_trimap(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    ct_frame *a = NULL, *b = NULL;
    assert_int_equal(ct_frame_create(&a, CT_FORMAT_RGBA, SCENE_WIDTH, SCENE_HEIGHT), CT_OK);
    assert_int_equal(ct_frame_create(&b, CT_FORMAT_RGBA, SCENE_WIDTH, SCENE_HEIGHT), CT_OK);
    const struct ct_picture *image = ct_frame_picture(scene.image);
    const struct ct_picture *mask = ct_frame_picture(scene.mask);
    struct ct__matting_params params = {.trimap = {.erode = 3}};
    assert_int_equal(ct__matting_cut_out(a, image, mask, &params), CT_OK);
    assert_int_equal(ct__trimap_make(scene.trimap, mask, &params.trimap), CT_OK);
    assert_int_equal(ct__matting_cut_out_trimap(b, image, ct_frame_picture(scene.trimap), NULL),
                     CT_OK);
    for (int y = 0; y < SCENE_HEIGHT; y++)
        assert_memory_equal(scene_pixel(a, 0, y, 4), scene_pixel(b, 0, y, 4), 4 * SCENE_WIDTH);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
    scene_finish(&scene);
}

// A disc of 300 pixels and noise, scaled to width; a ring around its edge is unknown.
static void paint_large(struct scene *large, int width, int height)
{
    uint32_t state = 7;
    assert_int_equal(ct_frame_create(&large->image, CT_FORMAT_RGB, width, height), CT_OK);
    assert_int_equal(ct_frame_create(&large->trimap, CT_FORMAT_GREY, width, height), CT_OK);
    large->mask = NULL;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int dx = (x - width / 2) * 400 / width, dy = (y - height / 2) * 400 / width;
            int d = dx * dx + dy * dy;
            *scene_pixel(large->trimap, x, y, 1) = d < 4000 ? 255 : d > 22000 ? 0 : 90;
            for (int c = 0; c < 3; c++)
                scene_pixel(large->image, x, y, 3)[c] =
                    (uint8_t)((d < 10000 + 500 * (x % 7) ? 180 - 30 * c : 20 + x / 4 + 20 * c) +
                              (int)(scene_noise(&state) >> 28));
        }
}

static void the_number_of_parts_changes_no_bit(void **state)
{
    (void)state;
    struct scene large; // than pieces, bands and tiles are
    paint_large(&large, 401, 307);
    const struct ct_picture *p = ct_frame_picture(large.image);
    size_t pixels = (size_t)p->width * (size_t)p->height;
    float *alone = ct__alloc(4 * pixels * sizeof *alone);
    float *shared = ct__alloc(4 * pixels * sizeof *shared);
    assert_int_equal(solve_scene(&large, alone, NULL), CT_OK);
    assert_int_equal(ct__foreground_estimate(alone + pixels, p, alone, 1 << 26, NULL), CT_OK);
    for (int parts = 2; parts < 40; parts += 12) {
        int called = 0;
        struct ct__parallel parallel = {run_backwards, &called, parts};
        struct ct__matting_params params = {.parallel = &parallel};
        assert_int_equal(solve_scene(&large, shared, &params), CT_OK);
        assert_int_equal(ct__foreground_estimate(shared + pixels, p, shared, 1 << 26, &parallel),
                         CT_OK);
        assert_memory_equal(alone, shared, 4 * pixels * sizeof *alone);
        assert_true(called > 100);
    }
    ct__free(alone);
    ct__free(shared);
    scene_finish(&large);
}

// L_ij of the whole picture from the definition, by elimination for the inverse.
static void invert3(double a[3][6])
{
    for (int i = 0; i < 3; i++) {
        double pivot = a[i][i];
        for (int k = 0; k < 6; k++)
            a[i][k] /= pivot;
        for (int row = 0; row < 3; row++) {
            double factor = a[row][i];
            for (int k = 0; k < 6 && row != i; k++)
                a[row][k] -= factor * a[i][k];
        }
    }
}

static void add_window(double *laplacian, int n, ct_frame *image, int x, int y)
{
    int width = ct_frame_picture(image)->width;
    double colour[9][3], s[3][6] = {{1e-7, 0, 0, 1}, {0, 1e-7, 0, 0, 1}, {0, 0, 1e-7, 0, 0, 1}};
    for (int c = 0; c < 3; c++) {
        double mean = 0;
        for (int i = 0; i < 9; i++) {
            colour[i][c] = scene_pixel(image, x + i % 3, y + i / 3, 3)[c] / 255.;
            mean += colour[i][c] / 9;
        }
        for (int i = 0; i < 9; i++)
            colour[i][c] -= mean;
    }
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 9; k++)
            s[k / 3][k % 3] += colour[i][k / 3] * colour[i][k % 3];
    invert3(s); // of the sums, whose inverse is a ninth of the covariance's
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            double product = 1 / 9.;
            for (int k = 0; k < 9; k++)
                product += colour[i][k / 3] * s[k / 3][3 + k % 3] * colour[j][k % 3];
            laplacian[((y + i / 3) * width + x + i % 3) * n + (y + j / 3) * width + x + j % 3] +=
                (i == j) - product;
        }
}

// Alpha by a dense factorisation, at most 400 pixels.
static void solve_dense(struct scene *scene, double *alpha)
{
    const struct ct_picture *p = ct_frame_picture(scene->image);
    int n = p->width * p->height, unknowns = 0, at[400];
    double *laplacian = ct__calloc((size_t)(n * n), sizeof *laplacian);
    double *part = ct__calloc((size_t)(n * n), sizeof *part), x[400] = {0};
    for (int i = 0; i < (p->width - 2) * (p->height - 2); i++)
        add_window(laplacian, n, scene->image, i % (p->width - 2), i / (p->width - 2));
    for (int i = 0; i < n; i++) {
        uint8_t value = *scene_pixel(scene->trimap, i % p->width, i / p->width, 1);
        alpha[i] = value / 255.;
        if (value == 128)
            at[unknowns++] = i;
    }
    for (int i = 0; i < unknowns; i++) {
        for (int j = 0; j < n; j++)
            x[i] -= alpha[j] == 1 ? laplacian[at[i] * n + j] : 0;
        for (int j = 0; j < unknowns; j++)
            part[i * unknowns + j] = laplacian[at[i] * n + at[j]];
    }
    ct__cholesky_factor(part, unknowns);
    ct__cholesky_solve(part, unknowns, x);
    for (int i = 0; i < unknowns; i++)
        alpha[at[i]] = x[i] < 0 ? 0 : x[i] > 1 ? 1 : x[i];
    ct__free(laplacian);
    ct__free(part);
}

// A picture of some kind (0: noise, 1: few colours, 2: flat, 3: black and white) with a trimap of
// single pixels or of large patches.
static void paint_random(struct scene *scene, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    int width = 3 + (int)(scene_noise(&state) >> 16) % 18;
    int height = 3 + (int)(scene_noise(&state) >> 16) % 18;
    int patch = seed % 3 ? 1 + (int)(seed % 5) : 1;
    assert_int_equal(ct_frame_create(&scene->image, CT_FORMAT_RGB, width, height), CT_OK);
    assert_int_equal(ct_frame_create(&scene->trimap, CT_FORMAT_GREY, width, height), CT_OK);
    scene->mask = NULL;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint32_t where = (uint32_t)(x / patch * 31 + y / patch * 17) * 2246822519u + seed;
            static const uint8_t values[] = {0, 128, 255, 128};
            *scene_pixel(scene->trimap, x, y, 1) = values[scene_noise(&where) >> 30];
            for (int c = 0; c < 3; c++) {
                uint32_t noise = scene_noise(&state) >> 24;
                const uint32_t kinds[] = {noise, 100 + noise % 3, 77, noise > 127 ? 255 : 0};
                scene_pixel(scene->image, x, y, 3)[c] = (uint8_t)kinds[seed % 4];
            }
        }
    *scene_pixel(scene->trimap, 0, 0, 1) = 0;
    *scene_pixel(scene->trimap, width - 1, height - 1, 1) = 255;
}

static void random_pictures_are_solved_as_a_dense_system_is(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 200; seed++) {
        struct scene scene;
        paint_random(&scene, seed);
        const struct ct_picture *p = ct_frame_picture(scene.image);
        float alpha[400];
        double want[400];
        assert_int_equal(solve_scene(&scene, alpha, NULL), CT_OK);
        solve_dense(&scene, want);
        for (int i = 0; i < p->width * p->height; i++)
            if (fabs(alpha[i] - want[i]) > 1e-3)
                fail_msg("seed %u, %dx%d, pixel %d: %f, expected %f", seed, p->width, p->height, i,
                         alpha[i], want[i]);
        scene_finish(&scene);
    }
}

static void a_trimap_without_unknown_pixels_is_alpha(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    for (int i = 0; i < PIXELS; i++)
        *scene_pixel(scene.trimap, i % SCENE_WIDTH, i / SCENE_WIDTH, 1) =
            i < 26 ? (uint8_t)i : (uint8_t)(230 + i % 26);
    float alpha[PIXELS];
    assert_int_equal(solve_scene(&scene, alpha, NULL), CT_OK);
    for (int i = 0; i < PIXELS; i++)
        assert_true(alpha[i] == (float)((i < 26 ? i : 230 + i % 26) / 255.));
    scene_finish(&scene);
}

static void what_cannot_be_solved_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    float alpha[PIXELS];
    const struct ct_picture *image = ct_frame_picture(scene.image);
    const struct ct_picture *trimap = ct_frame_picture(scene.trimap);
    assert_int_equal(ct__matting_solve(alpha, trimap, trimap, NULL), CT_ERROR_INVALID);
    assert_int_equal(ct__matting_solve(alpha, image, image, NULL), CT_ERROR_INVALID);
    struct ct_picture narrow = *image, thin = *trimap;
    narrow.width = 2;
    assert_int_equal(ct__matting_solve(alpha, &narrow, trimap, NULL), CT_ERROR_INVALID);
    thin.width = 2;
    assert_int_equal(ct__matting_solve(alpha, &narrow, &thin, NULL), CT_ERROR_INVALID);
    const uint8_t only[] = {0, 255};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < PIXELS; k++)
            *scene_pixel(scene.trimap, k % SCENE_WIDTH, k / SCENE_WIDTH, 1) = k % 3 ? only[i] : 128;
        assert_int_equal(ct__matting_solve(alpha, image, trimap, NULL), CT_ERROR_INVALID);
    }
    scene_finish(&scene);
}

static void a_frame_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    ct_frame *small = NULL;
    assert_int_equal(ct_frame_create(&small, CT_FORMAT_RGBA, 8, 8), CT_OK);
    const struct ct_picture *image = ct_frame_picture(scene.image);
    const struct ct_picture *mask = ct_frame_picture(scene.mask);
    assert_int_equal(ct__matting_cut_out(small, image, mask, NULL), CT_ERROR_INVALID);
    assert_int_equal(ct__matting_cut_out(scene.trimap, image, mask, NULL), CT_ERROR_INVALID);
    ct_frame_unref(&small);
    scene_finish(&scene);
}

static void more_memory_than_allowed_is_refused(void **state)
{
    (void)state;
    struct scene large;
    paint_large(&large, 160, 120);
    const struct ct_picture *p = ct_frame_picture(large.image);
    ct_frame *out = NULL;
    assert_int_equal(ct_frame_create(&out, CT_FORMAT_RGBA, p->width, p->height), CT_OK);
    float *values = ct__alloc(4 * 160 * 120 * sizeof *values);
    int refused = 0, error = CT_ERROR_LIMIT;
    for (int64_t limit = 1000; error; limit += limit / 50, refused++) {
        struct ct__matting_params params = {.max_memory = limit};
        error = solve_scene(&large, values, &params);
        assert_true(error == CT_OK || error == CT_ERROR_LIMIT);
        assert_true(limit < 16 << 20);
    }
    assert_true(refused > 10);
    struct ct__matting_params params = {.max_memory = 160 * 120 * 48 - 1};
    assert_int_equal(ct__matting_cut_out_trimap(out, p, ct_frame_picture(large.trimap), &params),
                     CT_ERROR_LIMIT);
    ct__free(values);
    ct_frame_unref(&out);
    scene_finish(&large);
}

static void too_few_iterations_are_told(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    float alpha[PIXELS];
    struct ct__matting_params params = {.max_iterations = 1};
    assert_int_equal(solve_scene(&scene, alpha, &params), CT_ERROR_UNSUPPORTED);
    scene_finish(&scene);
}

struct watcher {
    int calls, stop_at;
    double last;
};

static int watch(void *opaque, int iteration, double residual)
{
    struct watcher *watcher = opaque;
    assert_int_equal(iteration, ++watcher->calls);
    watcher->last = residual;
    return iteration == watcher->stop_at;
}

static void progress_is_told_and_may_stop(void **state)
{
    (void)state;
    struct scene scene;
    scene_make(&scene);
    float alpha[PIXELS];
    struct watcher watcher = {0};
    struct ct__matting_params params = {.progress = watch, .opaque = &watcher};
    assert_int_equal(solve_scene(&scene, alpha, &params), CT_OK);
    assert_true(watcher.calls > 3 && watcher.last <= 1e-7);
    watcher = (struct watcher){.stop_at = 2};
    assert_int_equal(solve_scene(&scene, alpha, &params), CT_ERROR_STOPPED);
    assert_int_equal(watcher.calls, 2);
    scene_finish(&scene);
}

static void each_lack_of_memory_is_told(void **state)
{
    (void)state;
    struct scene large; // enough for three grids
    paint_large(&large, 120, 90);
    const struct ct_picture *p = ct_frame_picture(large.image);
    const struct ct_picture *trimap = ct_frame_picture(large.trimap);
    ct_frame *out = NULL;
    assert_int_equal(ct_frame_create(&out, CT_FORMAT_RGBA, p->width, p->height), CT_OK);
    struct ct__matting_params params = {.trimap = {.erode = 1}};
    bool failed = true;
    int failures = -1;
    for (uint64_t n = 1; failed; n++, failures++) {
        ct__mem_fail(n);
        int error = ct__matting_cut_out(out, p, trimap, &params);
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
    }
    assert_true(failures > 30);
    ct_frame_unref(&out);
    scene_finish(&large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alpha_and_foreground_are_those_of_pymatting),
        cmocka_unit_test(a_cut_out_holds_the_foreground_and_alpha),
        cmocka_unit_test(a_mask_is_cut_out_by_its_trimap),
        cmocka_unit_test(the_number_of_parts_changes_no_bit),
        cmocka_unit_test(random_pictures_are_solved_as_a_dense_system_is),
        cmocka_unit_test(a_trimap_without_unknown_pixels_is_alpha),
        cmocka_unit_test(what_cannot_be_solved_is_refused),
        cmocka_unit_test(a_frame_that_does_not_fit_is_refused),
        cmocka_unit_test(more_memory_than_allowed_is_refused),
        cmocka_unit_test(too_few_iterations_are_told),
        cmocka_unit_test(progress_is_told_and_may_stop),
        cmocka_unit_test(each_lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("image/matting", tests, NULL, NULL);
}
