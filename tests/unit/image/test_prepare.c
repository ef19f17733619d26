// SPDX-License-Identifier: Apache-2.0
// Preparing against a second implementation in doubles that shares no code with the first.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/half.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/prepare.h"

static uint32_t seed = 7;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

// One sample of component 0 to 2, spelt out format by format.
static double sample(const struct ct_picture *p, int c, int x, int y)
{
    switch (p->format) {
    case CT_FORMAT_I420:
    case CT_FORMAT_I422:
    case CT_FORMAT_I444:
        return p->data[c][y * p->stride[c] + x];
    case CT_FORMAT_NV12:
        return c == 0 ? p->data[0][y * p->stride[0] + x]
                      : p->data[1][y * p->stride[1] + 2 * x + c - 1];
    case CT_FORMAT_GREY:
        return p->data[0][y * p->stride[0] + x];
    case CT_FORMAT_RGB:
        return p->data[0][y * p->stride[0] + 3 * x + c];
    case CT_FORMAT_BGR:
        return p->data[0][y * p->stride[0] + 3 * x + 2 - c];
    case CT_FORMAT_RGBA:
        return p->data[0][y * p->stride[0] + 4 * x + c];
    default:
        return p->data[0][y * p->stride[0] + 4 * x + 2 - c];
    }
}

static bool is_yuv(enum ct_format format)
{
    return format >= CT_FORMAT_I420 && format <= CT_FORMAT_I444;
}

static double within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static double bilinear(const struct ct_picture *p, int c, double x, double y)
{
    bool narrow = c > 0 && is_yuv(p->format) && p->format != CT_FORMAT_I444;
    bool low = c > 0 && (p->format == CT_FORMAT_I420 || p->format == CT_FORMAT_NV12);
    int width = narrow ? (p->width + 1) / 2 : p->width,
        height = low ? (p->height + 1) / 2 : p->height;
    x = within(narrow ? x / 2 - .5 : x - .5, 0, width - 1);
    y = within(low ? y / 2 - .5 : y - .5, 0, height - 1);
    int x0 = (int)x, y0 = (int)y, x1 = x0 + (x0 < width - 1), y1 = y0 + (y0 < height - 1);
    double fx = x - x0, fy = y - y0;
    double top = sample(p, c, x0, y0) * (1 - fx) + sample(p, c, x1, y0) * fx;
    double bottom = sample(p, c, x0, y1) * (1 - fx) + sample(p, c, x1, y1) * fx;
    return top * (1 - fy) + bottom * fy;
}

static void to_rgb(const struct ct_picture *p, const double in[3], double rgb[3])
{
    bool full = p->range == CT_RANGE_FULL || (p->range == CT_RANGE_AUTO && !is_yuv(p->format));
    double y = full ? in[0] / 255 : (in[0] - 16) / 219;
    if (p->format == CT_FORMAT_GREY) {
        rgb[0] = rgb[1] = rgb[2] = 255 * y;
    } else if (is_yuv(p->format)) {
        enum ct_matrix m = p->matrix;
        if (m == CT_MATRIX_AUTO)
            m = p->height < 720 ? CT_MATRIX_BT601 : CT_MATRIX_BT709;
        double kr = m == CT_MATRIX_BT601 ? .299 : m == CT_MATRIX_BT709 ? .2126 : .2627;
        double kb = m == CT_MATRIX_BT601 ? .114 : m == CT_MATRIX_BT709 ? .0722 : .0593;
        double u = (in[1] - 128) / (full ? 255 : 224), v = (in[2] - 128) / (full ? 255 : 224);
        rgb[0] = 255 * (y + 2 * (1 - kr) * v);
        rgb[2] = 255 * (y + 2 * (1 - kb) * u);
        rgb[1] = (255 * y - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
    } else {
        memcpy(rgb, in, 3 * sizeof *rgb);
    }
    for (int c = 0; c < 3; c++)
        rgb[c] = within(rgb[c], 0, 255);
}

// The value that belongs at channel `c` of canvas pixel (x, y).
static double reference(const struct ct_picture *p, const struct ct__letterbox *box,
                        const struct ct__input_spec *spec, int c, int x, int y)
{
    double value = spec->pad;
    x -= box->x;
    y -= box->y;
    if (x >= 0 && y >= 0 && x < box->width && y < box->height) {
        double in[3], rgb[3];
        double sx = (x + .5) * p->width / box->width, sy = (y + .5) * p->height / box->height;
        for (int i = 0; i < 3; i++)
            in[i] = bilinear(p, p->format == CT_FORMAT_GREY ? 0 : i, sx, sy);
        to_rgb(p, in, rgb);
        value = rgb[spec->bgr ? 2 - c : c];
    }
    value = (value - spec->mean[c]) * spec->scale[c];
    if (spec->type == CT_TYPE_U8)
        return within(value, 0, 255);
    return spec->type == CT_TYPE_I8 ? within(value, -128, 127) : value;
}

static double given(const void *data, const struct ct__letterbox *box,
                    const struct ct__input_spec *spec, int c, int x, int y)
{
    int w = box->canvas_width, h = box->canvas_height;
    int at = spec->layout == CT__LAYOUT_NCHW ? (c * h + y) * w + x : (y * w + x) * 3 + c;
    if (spec->type == CT_TYPE_F16)
        return (double)ct__half_value(((const uint16_t *)data)[at]);
    if (spec->type == CT_TYPE_I8)
        return ((const int8_t *)data)[at];
    return spec->type == CT_TYPE_F32 ? (double)((const float *)data)[at]
                                     : ((const uint8_t *)data)[at];
}

static ct_frame *random_frame(enum ct_format format, int width, int height)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, format, width, height), CT_OK);
    for (size_t i = 0; i < frame->memory_size; i++)
        frame->memory[i] = (uint8_t)random_below(256);
    return frame;
}

static void *canvas(const struct ct__letterbox *box)
{
    size_t count = (size_t)box->canvas_width * (size_t)box->canvas_height * 3;
    void *data = ct__alloc_aligned(count * sizeof(float));
    assert_non_null(data);
    memset(data, 0xff, count * sizeof(float));
    return data;
}

// Weights of 7 bits are off by 1/256 at most: of the greatest step, 255, that is one level; the two
// chroma components add theirs. Rounding to bytes adds a half, to half precision an eighth.
static void compare(const struct ct_picture *p, const struct ct__letterbox *box,
                    const struct ct__input_spec *spec, const void *data)
{
    double total = 0, most = 0;
    for (int c = 0; c < 3; c++) {
        double unit = spec->scale[c];
        for (int y = 0; y < box->canvas_height; y++)
            for (int x = 0; x < box->canvas_width; x++) {
                double off =
                    fabs(given(data, box, spec, c, x, y) - reference(p, box, spec, c, x, y)) / unit;
                total += off;
                most = off > most ? off : most;
            }
    }
    int count = 3 * box->canvas_width * box->canvas_height;
    size_t size = ct__type_size(spec->type);
    double rounding = size == 1 ? .5 : size == 2 ? .125 : 0;
    assert_true(most < (is_yuv(p->format) ? 4 : 1.1) + rounding);
    assert_true(total / count < (count < 300 ? 1.5 : .35) + rounding);
}

static struct ct__input_spec random_spec(void)
{
    static const enum ct_type types[] = {CT_TYPE_F32, CT_TYPE_F16, CT_TYPE_U8, CT_TYPE_I8};
    struct ct__input_spec spec = {.layout = random_below(2) ? CT__LAYOUT_NCHW : CT__LAYOUT_NHWC,
                                  .type = types[random_below(4)],
                                  .bgr = random_below(2),
                                  .pad = (float)random_below(256)};
    for (int c = 0; c < 3; c++) {
        bool byte = ct__type_size(spec.type) == 1;
        spec.mean[c] = byte ? (float)(128 * random_below(2)) : (float)random_below(200);
        spec.scale[c] = byte ? 1 : 1 / (float)(1 + random_below(200));
    }
    return spec;
}

static void every_format_agrees_with_the_reference(void **state)
{
    (void)state;
    for (int i = 0; i < 450; i++) {
        int width = 1 + (int)random_below(90), height = 1 + (int)random_below(60);
        int w = 1 + (int)random_below(80), h = 1 + (int)random_below(80);
        ct_frame *frame = random_frame((enum ct_format)(CT_FORMAT_I420 + i % 9), width, height);
        ct_frame_set_colour(frame, (enum ct_matrix)random_below(4), (enum ct_range)random_below(3));
        struct ct_picture picture = *ct_frame_picture(frame);
        if (picture.format >= CT_FORMAT_RGB)
            picture.range = CT_RANGE_AUTO;
        struct ct__input_spec spec = random_spec();
        struct ct__letterbox box;
        struct ct__prepare *prepare = NULL;
        ct__letterbox_make(&box, (enum ct__fit)(1 + random_below(CT__FIT_CROP)), width, height, w,
                           h);
        void *data = canvas(&box);
        assert_int_equal(ct__prepare_create(&prepare), CT_OK);
        assert_int_equal(ct__prepare_run(prepare, &picture, &box, &spec, data), CT_OK);
        compare(&picture, &box, &spec, data);
        ct__prepare_destroy(&prepare);
        assert_null(prepare);
        ct__free(data);
        ct_frame_unref(&frame);
    }
}

static void a_picture_at_its_own_size_is_copied_exactly(void **state)
{
    (void)state;
    ct_frame *frame = random_frame(CT_FORMAT_RGB, 37, 11);
    const struct ct_picture *picture = ct_frame_picture(frame);
    const struct ct__input_spec spec = {CT__LAYOUT_NHWC, CT_TYPE_F32, false, {0}, {1, 1, 1}, 0};
    struct ct__letterbox box;
    struct ct__prepare *prepare = NULL;
    ct__letterbox_make(&box, CT__FIT_STRETCH, 37, 11, 37, 11);
    float *data = canvas(&box);
    assert_int_equal(ct__prepare_create(&prepare), CT_OK);
    assert_int_equal(ct__prepare_run(prepare, picture, &box, &spec, data), CT_OK);
    for (int y = 0; y < 11; y++)
        for (int i = 0; i < 37 * 3; i++)
            assert_true(data[y * 37 * 3 + i] == picture->data[0][y * picture->stride[0] + i]);
    ct__prepare_destroy(&prepare);
    ct__free(data);
    ct_frame_unref(&frame);
}

static void the_border_is_written_once_and_nothing_is_allocated_again(void **state)
{
    (void)state;
    ct_frame *frame = random_frame(CT_FORMAT_I420, 64, 36);
    struct ct__input_spec spec = {CT__LAYOUT_NCHW, CT_TYPE_F32, false, {0}, {1, 1, 1}, 114};
    struct ct__letterbox box;
    struct ct__prepare *prepare = NULL;
    ct__letterbox_make(&box, CT__FIT_TOP_LEFT, 64, 36, 32, 32);
    float *data = canvas(&box);
    assert_int_equal(ct__prepare_create(&prepare), CT_OK);
    assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data), CT_OK);
    assert_true(data[31 * 32] == 114);
    data[31 * 32] = -1;
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    assert_true(data[31 * 32] == -1);
    spec.pad = 0;
    assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data), CT_OK);
    assert_true(data[31 * 32] == 0);
    ct__prepare_destroy(&prepare);
    ct__free(data);
    ct_frame_unref(&frame);
}

static void a_new_geometry_makes_new_tables_and_a_new_border(void **state)
{
    (void)state;
    const struct ct__input_spec spec = {CT__LAYOUT_NCHW, CT_TYPE_F32,     true,
                                        {1, 2, 3},       {.1f, .2f, .3f}, 114};
    struct ct__letterbox box;
    struct ct__prepare *prepare = NULL;
    ct__letterbox_make(&box, CT__FIT_CENTRE, 1, 1, 48, 48);
    float *data = canvas(&box);
    assert_int_equal(ct__prepare_create(&prepare), CT_OK);
    for (int i = 0; i < 20; i++) {
        int width = 1 + (int)random_below(90), height = 1 + (int)random_below(90);
        ct_frame *frame = random_frame((enum ct_format)(CT_FORMAT_I420 + i % 9), width, height);
        ct__letterbox_make(&box, CT__FIT_CENTRE, width, height, 48, 48);
        assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data),
                         CT_OK);
        compare(ct_frame_picture(frame), &box, &spec, data);
        ct_frame_unref(&frame);
    }
    ct__prepare_destroy(&prepare);
    ct__free(data);
}

static void every_failed_allocation_is_reported_and_the_next_call_works(void **state)
{
    (void)state;
    ct_frame *frame = random_frame(CT_FORMAT_NV12, 40, 20);
    const struct ct__input_spec spec = {CT__LAYOUT_NCHW, CT_TYPE_F32, false, {0}, {1, 1, 1}, 0};
    struct ct__letterbox box;
    struct ct__prepare *prepare = NULL;
    ct__letterbox_make(&box, CT__FIT_CENTRE, 40, 20, 16, 16);
    float *data = canvas(&box);
    ct__mem_fail(1);
    assert_int_equal(ct__prepare_create(&prepare), CT_ERROR_MEMORY);
    assert_null(prepare);
    int failures = 0;
    for (int n = 1; n < 100; n++) {
        assert_int_equal(ct__prepare_create(&prepare), CT_OK);
        ct__mem_fail((uint64_t)n);
        int error = ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
        assert_int_equal(ct__prepare_run(prepare, ct_frame_picture(frame), &box, &spec, data),
                         CT_OK);
        compare(ct_frame_picture(frame), &box, &spec, data);
        ct__prepare_destroy(&prepare);
        if (!failed)
            break;
        failures++;
    }
    assert_true(failures >= 7);
    ct__free(data);
    ct_frame_unref(&frame);
}

static void what_cannot_be_prepared_is_refused(void **state)
{
    (void)state;
    ct_frame *frame = random_frame(CT_FORMAT_GREY, 8, 8);
    struct ct_picture picture = *ct_frame_picture(frame);
    struct ct__input_spec spec = {CT__LAYOUT_NCHW, CT_TYPE_I64, false, {0}, {1, 1, 1}, 0};
    struct ct__letterbox box;
    struct ct__prepare *prepare = NULL;
    ct__letterbox_make(&box, CT__FIT_CENTRE, 8, 8, 16, 16);
    float *data = canvas(&box);
    assert_int_equal(ct__prepare_create(&prepare), CT_OK);
    assert_int_equal(ct__prepare_run(prepare, &picture, &box, &spec, data), CT_ERROR_UNSUPPORTED);
    spec.type = CT_TYPE_U8;
    picture.format = CT_FORMAT_NONE;
    assert_int_equal(ct__prepare_run(prepare, &picture, &box, &spec, data), CT_ERROR_UNSUPPORTED);
    picture.format = CT_FORMAT_GREY;
    picture.width = 7;
    assert_int_equal(ct__prepare_run(prepare, &picture, &box, &spec, data), CT_ERROR_INVALID);
    picture.width = 8;
    box.x = 16;
    assert_int_equal(ct__prepare_run(prepare, &picture, &box, &spec, data), CT_ERROR_INVALID);
    ct__prepare_destroy(&prepare);
    ct__prepare_destroy(&prepare);
    ct__free(data);
    ct_frame_unref(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_agrees_with_the_reference),
        cmocka_unit_test(a_picture_at_its_own_size_is_copied_exactly),
        cmocka_unit_test(the_border_is_written_once_and_nothing_is_allocated_again),
        cmocka_unit_test(a_new_geometry_makes_new_tables_and_a_new_border),
        cmocka_unit_test(every_failed_allocation_is_reported_and_the_next_call_works),
        cmocka_unit_test(what_cannot_be_prepared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
