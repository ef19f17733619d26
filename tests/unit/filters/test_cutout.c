// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "filters/cutout.h"
#include "frame/frame.h"

enum { WIDTH = 5, HEIGHT = 3, STRIDE = 64 };

static uint8_t alpha[2][STRIDE * HEIGHT];
static const struct ct__cutout_form rgba = {.channels = 4, .bits = 16};

// Two mattes, of which the second is the first turned round, 0 to 255.
static struct ct_result make_result(int count)
{
    static struct ct_matte mattes[2];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        int at = i / WIDTH * STRIDE + i % WIDTH;
        alpha[0][at] = (uint8_t)(i * 255 / (WIDTH * HEIGHT - 1));
        alpha[1][at] = (uint8_t)(255 - alpha[0][at]);
    }
    for (int i = 0; i < 2; i++)
        mattes[i] = (struct ct_matte){WIDTH, HEIGHT, STRIDE, alpha[i], i, "foreground"};
    return (struct ct_result){
        .width = WIDTH, .height = HEIGHT, .matte_count = count, .mattes = mattes};
}

static int mask_at(int x, int y)
{
    return alpha[0][y * STRIDE + x];
}

// A picture whose bytes count up from 40; alpha of RGBA is 255 but in the first column, 100.
static ct_frame *make_frame(enum ct_format format)
{
    ct_frame *frame = NULL;
    int step = format == CT_FORMAT_RGBA ? 4 : 3;
    assert_int_equal(ct_frame_create(&frame, format, WIDTH, HEIGHT), 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int i = 0; i < step; i++)
                ct_frame_writable(frame, 0)[y * ct_frame_picture(frame)->stride[0] + x * step + i] =
                    (uint8_t)(i == 3 ? (x ? 255 : 100) : 40 + 13 * (y * WIDTH + x) + i);
    return frame;
}

static int colour_at(int x, int y, int i)
{
    return 40 + 13 * (y * WIDTH + x) + i;
}

// Runs it on a frame that it lets go; the raster is valid until cutout is destroyed.
static struct ct__raster run(struct ct__cutout **cutout, const struct ct_cutout_params *params,
                             const ct_frame *backdrop, ct_frame *frame, int mattes,
                             const struct ct__cutout_form *form)
{
    struct ct_result result = make_result(mattes);
    struct ct__raster raster = {0};
    assert_int_equal(ct__cutout_create(cutout, params, backdrop), 0);
    assert_int_equal(ct__cutout_run(*cutout, frame, &result, form, NULL, "p", &raster), 0);
    ct_frame_unref(&frame);
    assert_int_equal(raster.width, WIDTH);
    assert_int_equal(raster.height, HEIGHT * mattes);
    return raster;
}

static int sample(const struct ct__raster *raster, int x, int y, int i)
{
    const uint8_t *row = raster->data + y * raster->stride;
    int at = x * raster->channels + i;
    return raster->bits == 16 ? ((const uint16_t *)(const void *)row)[at] : row[at];
}

static int part(int value, int mask)
{
    return (value * mask + 127) / 255;
}

static void colours_and_alpha_are_multiplied_by_the_mask(void **state)
{
    (void)state;
    static const struct ct_cutout_params none;
    for (int with_alpha = 0; with_alpha < 2; with_alpha++) {
        struct ct__cutout *cutout = NULL;
        struct ct__raster raster =
            run(&cutout, &none, NULL, make_frame(with_alpha ? CT_FORMAT_RGBA : CT_FORMAT_RGB), 1,
                &rgba);
        assert_int_equal(raster.channels, 4);
        assert_int_equal(raster.bits, 8);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                int own = with_alpha && !x ? 100 : 255;
                for (int i = 0; i < 3; i++)
                    assert_int_equal(sample(&raster, x, y, i),
                                     part(colour_at(x, y, i), mask_at(x, y)));
                assert_int_equal(sample(&raster, x, y, 3), part(own, mask_at(x, y)));
            }
        ct__cutout_destroy(&cutout);
    }
}

static void colours_stay_where_that_is_asked_for(void **state)
{
    (void)state;
    static const struct ct_cutout_params keep = {.keep_colours = 1}, none;
    static const struct ct__cutout_form straight = {.channels = 4, .bits = 8, .straight = true};
    for (int i = 0; i < 2; i++) {
        struct ct__cutout *cutout = NULL;
        struct ct__raster raster = run(&cutout, i ? &none : &keep, NULL, make_frame(CT_FORMAT_RGB),
                                       1, i ? &straight : &rgba);
        assert_int_equal(sample(&raster, 2, 1, 1), colour_at(2, 1, 1));
        assert_int_equal(sample(&raster, 2, 1, 3), mask_at(2, 1));
        ct__cutout_destroy(&cutout);
    }
}

static void sixteen_bits_are_kept_only_where_they_can_be(void **state)
{
    (void)state;
    static const struct ct_cutout_params none;
    for (int bits = 8; bits <= 16; bits += 8) {
        const struct ct__cutout_form form = {.channels = 4, .bits = bits};
        struct ct__cutout *cutout = NULL;
        ct_frame *frame = make_frame(CT_FORMAT_RGB);
        assert_int_equal(ct__frame_make_deep(frame), 0);
        for (int i = 0; i < WIDTH * HEIGHT * 4; i++)
            frame->extras.deep[i] = (uint16_t)(i % 4 == 3 ? 65535 : 1000 + i);
        struct ct__raster raster = run(&cutout, &none, NULL, frame, 1, &form);
        assert_int_equal(raster.bits, bits);
        int at = (1 * WIDTH + 3) * 4 + 1, mask = mask_at(3, 1);
        assert_int_equal(sample(&raster, 3, 1, 1),
                         bits == 16 ? part(1000 + at, mask) : part(colour_at(3, 1, 1), mask));
        assert_int_equal(sample(&raster, 3, 1, 3), bits == 16 ? 257 * mask : mask);
        ct__cutout_destroy(&cutout);
    }
}

// Porter and Duff's "over", colours weighted by what of them is seen.
static void a_colour_is_laid_behind_as_over_says(void **state)
{
    (void)state;
    static const struct ct_cutout_params params = {
        .has_colour = 1, .colour = {200, 10, 90, 128}, .keep_colours = 1};
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &params, NULL, make_frame(CT_FORMAT_RGB), 1, &rgba);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double above = mask_at(x, y) / 255., below = 128 / 255. * (1 - above);
            for (int i = 0; i < 3; i++) {
                double mixed =
                    (colour_at(x, y, i) * above + params.colour[i] * below) / (above + below);
                assert_true(fabs(sample(&raster, x, y, i) - mixed) <= .51);
            }
            assert_true(fabs(sample(&raster, x, y, 3) - 255 * (above + below)) <= .51);
        }
    ct__cutout_destroy(&cutout);
}

static void three_channels_are_laid_over_white(void **state)
{
    (void)state;
    static const struct ct_cutout_params none;
    static const struct ct__cutout_form rgb = {.channels = 3, .bits = 8, .straight = true};
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &none, NULL, make_frame(CT_FORMAT_RGB), 1, &rgb);
    assert_int_equal(raster.channels, 3);
    assert_int_equal(sample(&raster, 0, 0, 0), 255);
    assert_int_equal(sample(&raster, WIDTH - 1, HEIGHT - 1, 0),
                     colour_at(WIDTH - 1, HEIGHT - 1, 0));
    ct__cutout_destroy(&cutout);
}

// Red left half, blue right half, three times as wide as it is high: the middle is what is seen.
static ct_frame *make_backdrop(void)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, 60, 20), 0);
    for (int y = 0; y < 20; y++)
        for (int x = 0; x < 60; x++) {
            uint8_t *pixel =
                ct_frame_writable(frame, 0) + y * ct_frame_picture(frame)->stride[0] + 3 * x;
            pixel[0] = x < 30 ? 255 : 0;
            pixel[1] = x < 10 || x >= 50 ? 255 : 0; // beyond what is seen
            pixel[2] = x < 30 ? 0 : 255;
        }
    return frame;
}

static void the_middle_of_a_backdrop_covers_the_picture(void **state)
{
    (void)state;
    static const struct ct_cutout_params none;
    ct_frame *backdrop = make_backdrop();
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &none, backdrop, make_frame(CT_FORMAT_RGB), 1, &rgba);
    assert_in_range(sample(&raster, 0, 0, 0), 245, 255); // nothing of the picture
    assert_in_range(sample(&raster, 0, 0, 1), 0, 10);
    assert_in_range(sample(&raster, 0, 0, 2), 0, 10);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(sample(&raster, x, y, 3), 255);
    assert_int_equal(sample(&raster, WIDTH - 1, HEIGHT - 1, 1),
                     colour_at(WIDTH - 1, HEIGHT - 1, 1)); // all of it
    ct__cutout_destroy(&cutout);
    ct_frame_unref(&backdrop);
}

static void several_mattes_stand_below_each_other(void **state)
{
    (void)state;
    static const struct ct_cutout_params mask = {.only_mask = 1};
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &mask, NULL, make_frame(CT_FORMAT_RGB), 2, &rgba);
    assert_int_equal(raster.channels, 1);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            assert_int_equal(sample(&raster, x, y, 0), mask_at(x, y));
            assert_int_equal(sample(&raster, x, y + HEIGHT, 0), 255 - mask_at(x, y));
        }
    ct__cutout_destroy(&cutout);
}

static void a_mask_for_a_clip_has_the_channels_of_a_picture(void **state)
{
    (void)state;
    static const struct ct_cutout_params mask = {.only_mask = 1};
    static const struct ct__cutout_form form = {.channels = 4, .bits = 8, .spread = true};
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &mask, NULL, make_frame(CT_FORMAT_RGB), 1, &form);
    assert_int_equal(raster.channels, 4);
    assert_int_equal(sample(&raster, 3, 2, 2), mask_at(3, 2));
    assert_int_equal(sample(&raster, 3, 2, 3), 255);
    ct__cutout_destroy(&cutout);
}

static void a_result_without_mattes_or_of_another_size_is_refused(void **state)
{
    (void)state;
    static const struct ct_cutout_params none;
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster;
    struct ct_result result = make_result(0);
    ct_frame *frame = make_frame(CT_FORMAT_RGB), *other = NULL;
    assert_int_equal(ct_frame_create(&other, CT_FORMAT_RGB, WIDTH + 1, HEIGHT), 0);
    assert_int_equal(ct__cutout_create(&cutout, &none, NULL), 0);
    assert_int_equal(ct__cutout_run(cutout, frame, &result, &rgba, NULL, "p", &raster),
                     CT_ERROR_INVALID);
    result = make_result(1);
    assert_int_equal(ct__cutout_run(cutout, other, &result, &rgba, NULL, "p", &raster),
                     CT_ERROR_INVALID);
    ct__cutout_destroy(&cutout);
    ct_frame_unref(&frame);
    ct_frame_unref(&other);
}

// A mask that is hard but for a soft column, so that there is something to estimate.
static void make_hard(void)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            alpha[0][y * STRIDE + x] = (uint8_t)(x < 2 ? 255 : x == 2 ? 128 : 0);
}

static int told;

static int tell(void *opaque, double share)
{
    (void)opaque;
    assert_true(share >= 0 && share <= 1);
    told++;
    return 0;
}

static int stop(void *opaque, double share)
{
    (void)share;
    return *(int *)opaque;
}

static void an_edge_is_estimated_from_the_colours(void **state)
{
    (void)state;
    int one = 1;
    const struct ct_cutout_params estimate = {.alpha_matting = 1, .erode_size = 1, .on_edge = tell};
    const struct ct_cutout_params stopped = {
        .alpha_matting = 1, .erode_size = 1, .on_edge = stop, .opaque = &one};
    struct ct__cutout *cutout = NULL;
    struct ct_result result = make_result(1);
    struct ct__raster raster;
    ct_frame *frame = make_frame(CT_FORMAT_RGBA);
    make_hard();
    assert_int_equal(ct__cutout_create(&cutout, &estimate, NULL), 0);
    assert_int_equal(ct__cutout_run(cutout, frame, &result, &rgba, NULL, "p", &raster), 0);
    assert_true(told > 0);
    assert_int_equal(sample(&raster, 1, 1, 3), 255);
    assert_int_equal(sample(&raster, 1, 1, 0), colour_at(1, 1, 0));
    assert_int_equal(sample(&raster, 4, 1, 3), 0);
    assert_int_equal(sample(&raster, 0, 1, 3), 100); // the picture's own
    ct__cutout_destroy(&cutout);
    assert_int_equal(ct__cutout_create(&cutout, &stopped, NULL), 0);
    assert_int_equal(ct__cutout_run(cutout, frame, &result, &rgba, NULL, "p", &raster),
                     CT_ERROR_STOPPED);
    ct__cutout_destroy(&cutout);
    ct_frame_unref(&frame);
}

static void without_a_sure_foreground_the_mask_alone_is_used(void **state)
{
    (void)state;
    static const struct ct_cutout_params params = {.alpha_matting = 1};
    struct ct__cutout *cutout = NULL;
    struct ct__raster raster = run(&cutout, &params, NULL, make_frame(CT_FORMAT_RGB), 1, &rgba);
    assert_int_equal(sample(&raster, 2, 1, 3), mask_at(2, 1));
    ct__cutout_destroy(&cutout);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    static const struct ct_cutout_params params = {.post_process_mask = 1};
    struct ct_result result = make_result(1);
    ct_frame *frame = NULL, *backdrop = make_backdrop();
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_I420, WIDTH, HEIGHT), 0);
    memset(ct_frame_writable(frame, 0), 99, 64);
    int error = CT_ERROR_MEMORY;
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__cutout *cutout = NULL;
        struct ct__raster raster;
        ct__mem_fail(n);
        error = ct__cutout_create(&cutout, &params, backdrop);
        if (!error)
            error = ct__cutout_run(cutout, frame, &result, &rgba, NULL, "p", &raster);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct__cutout_destroy(&cutout);
    }
    assert_int_equal(error, 0);
    ct_frame_unref(&frame);
    ct_frame_unref(&backdrop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_and_alpha_are_multiplied_by_the_mask),
        cmocka_unit_test(colours_stay_where_that_is_asked_for),
        cmocka_unit_test(sixteen_bits_are_kept_only_where_they_can_be),
        cmocka_unit_test(a_colour_is_laid_behind_as_over_says),
        cmocka_unit_test(three_channels_are_laid_over_white),
        cmocka_unit_test(the_middle_of_a_backdrop_covers_the_picture),
        cmocka_unit_test(several_mattes_stand_below_each_other),
        cmocka_unit_test(a_mask_for_a_clip_has_the_channels_of_a_picture),
        cmocka_unit_test(a_result_without_mattes_or_of_another_size_is_refused),
        cmocka_unit_test(an_edge_is_estimated_from_the_colours),
        cmocka_unit_test(without_a_sure_foreground_the_mask_alone_is_used),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
