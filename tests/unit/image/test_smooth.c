// SPDX-License-Identifier: Apache-2.0
// From resized bytes to a model's input: arithmetic, layouts, types, and the stretch. The resize
// itself is test_resample.c's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/half.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/prepare.h"

enum { WIDTH = 21, HEIGHT = 9 };

static ct_frame *colours(int most)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, WIDTH, HEIGHT), 0);
    ptrdiff_t stride = ct_frame_picture(frame)->stride[0];
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < 3 * WIDTH; x++)
            ct_frame_writable(frame, 0)[y * stride + x] = (uint8_t)((x * 7 + y * 31) % (most + 1));
    ct_frame_writable(frame, 0)[0] = (uint8_t)most;
    return frame;
}

static int prepare(ct_frame *frame, const struct ct__input_spec *spec, void *data)
{
    struct ct__prepare *prepare = NULL;
    struct ct__letterbox box;
    const struct ct_picture *picture = ct_frame_picture(frame);
    ct__letterbox_make(&box, CT__FIT_STRETCH, picture->width, picture->height, WIDTH, HEIGHT);
    int error = ct__prepare_create(&prepare);
    error = error ? error : ct__prepare_run(prepare, picture, &box, spec, data);
    ct__prepare_destroy(&prepare);
    return error;
}

static double value_at(const void *data, enum ct_type type, size_t i)
{
    if (type == CT_TYPE_F32)
        return (double)((const float *)data)[i];
    if (type == CT_TYPE_F16)
        return (double)ct__half_value(((const uint16_t *)data)[i]);
    return type == CT_TYPE_U8 ? ((const uint8_t *)data)[i] : ((const int8_t *)data)[i];
}

// At its own size a picture is not changed, so that the values follow from its samples.
static void compare(ct_frame *frame, const struct ct__input_spec *spec, double factor)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    void *data = ct__alloc_aligned(3 * WIDTH * HEIGHT * sizeof(float));
    assert_non_null(data);
    assert_int_equal(prepare(frame, spec, data), 0);
    bool planar = spec->layout == CT__LAYOUT_NCHW, half = spec->type == CT_TYPE_F16;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                int from = spec->bgr ? 2 - c : c;
                int sample = picture->data[0][y * picture->stride[0] + 3 * x + from];
                double expected =
                    (sample * factor - (double)spec->mean[c]) * (double)spec->scale[c];
                int at = planar ? (c * HEIGHT + y) * WIDTH + x : (y * WIDTH + x) * 3 + c;
                double found = value_at(data, spec->type, (size_t)at);
                double most = half ? fabs(expected) / 1000 + 1e-4 : 1e-6 * (1 + fabs(expected));
                if (ct__type_size(spec->type) == 1)
                    expected = floor(expected + .5);
                if (!(fabs(found - expected) <= most))
                    fail_msg("%d,%d channel %d: %g, expected %g", x, y, c, found, expected);
            }
    ct__free(data);
}

static const struct ct__input_spec imagenet = {
    .layout = CT__LAYOUT_NCHW,
    .type = CT_TYPE_F32,
    .mean = {123.7f, 116.3f, 103.5f},
    .scale = {.017f, .0175f, .0174f},
    .filter = CT__FILTER_LANCZOS,
};

static void every_type_and_layout_has_its_values(void **state)
{
    (void)state;
    ct_frame *frame = colours(255);
    for (int order = 0; order < 4; order++) {
        struct ct__input_spec spec = imagenet;
        spec.layout = order & 1 ? CT__LAYOUT_NHWC : CT__LAYOUT_NCHW;
        spec.bgr = order & 2;
        compare(frame, &spec, 1);
        spec.type = CT_TYPE_F16;
        compare(frame, &spec, 1);
        for (int c = 0; c < 3; c++) {
            spec.mean[c] = 0;
            spec.scale[c] = 1;
        }
        spec.type = CT_TYPE_U8;
        compare(frame, &spec, 1);
        for (int c = 0; c < 3; c++)
            spec.mean[c] = 128;
        spec.type = CT_TYPE_I8;
        compare(frame, &spec, 1);
    }
    ct_frame_unref(&frame);
}

static void the_largest_sample_stretches_all(void **state)
{
    (void)state;
    struct ct__input_spec spec = imagenet;
    spec.stretch = true;
    for (int most = 0; most < 256; most += 85) { // the first picture is black
        ct_frame *frame = colours(most);
        compare(frame, &spec, most ? 255. / most : 0);
        ct_frame_unref(&frame);
    }
}

static void grey_fills_all_channels(void **state)
{
    (void)state;
    ct_frame *frame = NULL;
    float data[3 * WIDTH * HEIGHT + 16];
    struct ct__input_spec spec = {.layout = CT__LAYOUT_NHWC,
                                  .type = CT_TYPE_F32,
                                  .scale = {1, 1, 1},
                                  .filter = CT__FILTER_LANCZOS};
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_GREY, 50, 40), 0);
    memset(frame->memory, 77, frame->memory_size);
    assert_int_equal(prepare(frame, &spec, data), 0);
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++)
        assert_true(data[i] == 77);
    ct_frame_unref(&frame);
}

// A picture of one colour on a larger canvas: what lies around it has the value of `pad`, or none.
static void the_border_is_written_each_time(void **state)
{
    (void)state;
    enum { SIDE = 32 };
    ct_frame *frame = NULL;
    float data[3 * SIDE * SIDE + 16];
    struct ct__prepare *prepare = NULL;
    struct ct__letterbox box;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_GREY, 40, 20), 0);
    memset(frame->memory, 77, frame->memory_size);
    assert_int_equal(ct__prepare_create(&prepare), 0);
    for (int round = 0; round < 4; round++) {
        bool bare = round % 2;
        struct ct__input_spec spec = {.layout = CT__LAYOUT_NCHW,
                                      .type = CT_TYPE_F32,
                                      .mean = {7, 7, 7},
                                      .scale = {1, 1, 1},
                                      .pad = 107,
                                      .bare = bare,
                                      .filter = CT__FILTER_TRIANGLE};
        ct__letterbox_make(&box, round < 2 ? CT__FIT_CENTRE : CT__FIT_TOP_LEFT, 40, 20, SIDE, SIDE);
        assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data), 0);
        for (int i = 0; i < 3 * SIDE * SIDE; i++) {
            int y = i / SIDE % SIDE;
            bool inside = y >= box.y && y < box.y + box.height;
            assert_true(data[i] == (inside ? 70.F : bare ? 0.F : 100.F));
        }
    }
    ct__prepare_destroy(&prepare);
    ct_frame_unref(&frame);
}

static void a_picture_that_is_cut_off_is_refused(void **state)
{
    (void)state;
    ct_frame *frame = colours(255);
    float data[3 * 32 * 32 + 16];
    struct ct__prepare *prepare = NULL;
    struct ct__letterbox box;
    ct__letterbox_make(&box, CT__FIT_COVER, WIDTH, HEIGHT, 32, 32);
    assert_int_equal(ct__prepare_create(&prepare), 0);
    assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &imagenet, data),
                     CT_ERROR_INVALID);
    ct__prepare_destroy(&prepare);
    ct_frame_unref(&frame);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ct_frame *frame = colours(255);
    float data[3 * WIDTH * HEIGHT + 16];
    for (uint64_t n = 1;; n++) {
        ct__mem_fail(n);
        int error = prepare(frame, &imagenet, data);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
        if (!failed)
            break;
        assert_true(n < 50);
    }
    ct_frame_unref(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_layout_has_its_values),
        cmocka_unit_test(the_largest_sample_stretches_all),
        cmocka_unit_test(grey_fills_all_channels),
        cmocka_unit_test(the_border_is_written_each_time),
        cmocka_unit_test(a_picture_that_is_cut_off_is_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
