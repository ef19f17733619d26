// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"
#include "frame/format.h"
#include "frame/frame.h"
#include "image/convert.h"

static ct_frame *create(enum ct_format format, int width, int height)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, format, width, height), CT_OK);
    memset(frame->memory, 7, frame->memory_size);
    return frame;
}

static uint8_t *at(ct_frame *frame, int component, int x, int y)
{
    const struct ct_picture *p = ct_frame_picture(frame);
    const struct ct__format_info *format = ct__format_info(p->format);
    int plane = format->component[component].plane;
    return ct_frame_writable(frame, plane) + (y >> format->shift_y[plane]) * p->stride[plane] +
           (x >> format->shift_x[plane]) * format->step[plane] +
           format->component[component].offset;
}

// One colour everywhere: subsampling changes nothing, so that colours alone are compared.
static void paint(ct_frame *frame, const int colour[3])
{
    const struct ct_picture *p = ct_frame_picture(frame);
    for (int c = p->format == CT_FORMAT_GREY ? 0 : 2; c >= 0; c--)
        for (int y = 0; y < p->height; y++)
            for (int x = 0; x < p->width; x++)
                *at(frame, c, x, y) = (uint8_t)colour[c];
}

static void expect_colour(ct_frame *frame, const int colour[3], int slack)
{
    const struct ct_picture *p = ct_frame_picture(frame);
    for (int c = p->format == CT_FORMAT_GREY ? 0 : 2; c >= 0; c--)
        for (int y = 0; y < p->height; y++)
            for (int x = 0; x < p->width; x++)
                assert_in_range(*at(frame, c, x, y) + slack, colour[c], colour[c] + 2 * slack);
}

static bool is_rgb(int format)
{
    return format >= CT_FORMAT_RGB;
}

static void red_becomes_red_in_every_pair_of_formats(void **state)
{
    (void)state;
    const int rgb[3] = {255, 0, 0}, yuv[3] = {63, 102, 240}; // BT.709, limited
    for (int from = CT_FORMAT_I420; from <= CT_FORMAT_BGRA; from++)
        for (int to = CT_FORMAT_I420; to <= CT_FORMAT_BGRA; to++)
            for (int size = 1; size < 6; size++) {
                ct_frame *a = create((enum ct_format)from, size, 6 - size);
                ct_frame *b = create((enum ct_format)to, size, 6 - size);
                ct_frame_set_colour(a, CT_MATRIX_BT709, CT_RANGE_LIMITED);
                ct_frame_set_colour(b, CT_MATRIX_BT709, CT_RANGE_LIMITED);
                paint(a, is_rgb(from) ? rgb : yuv);
                assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
                const int grey[3] = {is_rgb(to) ? 55 : 63, is_rgb(to) ? 55 : 128,
                                     is_rgb(to) ? 55 : 128};
                if (from == CT_FORMAT_GREY)
                    expect_colour(b, grey, 1);
                else
                    expect_colour(b, is_rgb(to) ? rgb : yuv, 2);
                ct_frame_unref(&a);
                ct_frame_unref(&b);
            }
}

static void matrices_and_ranges_are_translated(void **state)
{
    (void)state;
    const int from[3] = {63, 102, 240}, to[3] = {76, 85, 255}; // red in BT.709 limited, BT.601 full
    ct_frame *a = create(CT_FORMAT_I420, 9, 5), *b = create(CT_FORMAT_I444, 9, 5);
    ct_frame_set_colour(a, CT_MATRIX_BT709, CT_RANGE_LIMITED);
    ct_frame_set_colour(b, CT_MATRIX_BT601, CT_RANGE_FULL);
    paint(a, from);
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
    expect_colour(b, to, 2);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
}

static void chroma_is_averaged_down_and_repeated_up(void **state)
{
    (void)state;
    ct_frame *a = create(CT_FORMAT_I444, 3, 3), *b = create(CT_FORMAT_I420, 3, 3);
    ct_frame *c = create(CT_FORMAT_I444, 3, 3);
    static const uint8_t u[3][3] = {{10, 20, 100}, {30, 41, 201}, {50, 61, 70}};
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 3; x++)
            *at(a, 1, x, y) = u[y][x];
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
    assert_int_equal(*at(b, 1, 0, 0), 25); // 101 / 4
    assert_int_equal(*at(b, 1, 2, 0), 151);
    assert_int_equal(*at(b, 1, 0, 2), 56); // 111 / 2 rounded half up
    assert_int_equal(*at(b, 1, 2, 2), 70);
    assert_int_equal(ct__convert(c, ct_frame_picture(b)), CT_OK);
    assert_int_equal(*at(c, 1, 1, 1), 25);
    assert_int_equal(*at(c, 1, 2, 1), 151);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
    ct_frame_unref(&c);
}

static void chroma_passes_through_other_packings_unchanged(void **state)
{
    (void)state;
    for (int width = 1; width < 1200; width += 171) {
        ct_frame *a = create(CT_FORMAT_I420, width, 7), *b = create(CT_FORMAT_NV12, width, 7);
        ct_frame *c = create(CT_FORMAT_I420, width, 7);
        for (size_t i = 0; i < a->memory_size; i++)
            a->memory[i] = (uint8_t)(i * 2654435761u >> 13);
        assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
        assert_int_equal(ct__convert(c, ct_frame_picture(b)), CT_OK);
        for (int y = 0; y < 7; y++)
            for (int x = 0; x < width; x++)
                for (int i = 0; i < 3; i++)
                    assert_int_equal(*at(a, i, x, y), *at(c, i, x, y));
        ct_frame_unref(&a);
        ct_frame_unref(&b);
        ct_frame_unref(&c);
    }
}

static void rgb_survives_the_way_through_full_range(void **state)
{
    (void)state;
    ct_frame *a = create(CT_FORMAT_RGB, 600, 3), *b = create(CT_FORMAT_I444, 600, 3);
    ct_frame *c = create(CT_FORMAT_BGRA, 600, 3);
    ct_frame_set_colour(b, CT_MATRIX_BT709, CT_RANGE_FULL);
    for (size_t i = 0; i < a->memory_size; i++)
        a->memory[i] = (uint8_t)(i * 2654435761u >> 11);
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
    assert_int_equal(ct__convert(c, ct_frame_picture(b)), CT_OK);
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 600; x++)
            for (int i = 0; i < 3; i++)
                assert_in_range(*at(c, i, x, y) + 2, *at(a, i, x, y), *at(a, i, x, y) + 4);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
    ct_frame_unref(&c);
}

static void alpha_is_carried_or_opaque(void **state)
{
    (void)state;
    ct_frame *a = create(CT_FORMAT_RGBA, 5, 3), *b = create(CT_FORMAT_BGRA, 5, 3);
    ct_frame *c = create(CT_FORMAT_RGB, 5, 3);
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
    assert_int_equal(ct_frame_picture(b)->data[0][3], 7);
    assert_int_equal(ct__convert(b, ct_frame_picture(c)), CT_OK);
    assert_int_equal(ct_frame_picture(b)->data[0][3], 255);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
    ct_frame_unref(&c);
}

static void converting_allocates_nothing(void **state)
{
    (void)state;
    ct_frame *a = create(CT_FORMAT_I420, 50, 30), *b = create(CT_FORMAT_RGB, 50, 30);
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
}

static void other_sizes_and_shared_frames_are_refused(void **state)
{
    (void)state;
    ct_frame *a = create(CT_FORMAT_GREY, 5, 3), *b = create(CT_FORMAT_GREY, 4, 3);
    assert_int_equal(ct__convert(b, ct_frame_picture(a)), CT_ERROR_INVALID);
    ct_frame *c = create(CT_FORMAT_GREY, 5, 3), *d = ct_frame_ref(c);
    assert_int_equal(ct__convert(c, ct_frame_picture(a)), CT_ERROR_INVALID);
    ct_frame_unref(&d);
    assert_int_equal(ct__convert(c, ct_frame_picture(a)), CT_OK);
    ct_frame_unref(&a);
    ct_frame_unref(&b);
    ct_frame_unref(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(red_becomes_red_in_every_pair_of_formats),
        cmocka_unit_test(matrices_and_ranges_are_translated),
        cmocka_unit_test(chroma_is_averaged_down_and_repeated_up),
        cmocka_unit_test(chroma_passes_through_other_packings_unchanged),
        cmocka_unit_test(rgb_survives_the_way_through_full_range),
        cmocka_unit_test(alpha_is_carried_or_opaque),
        cmocka_unit_test(converting_allocates_nothing),
        cmocka_unit_test(other_sizes_and_shared_frames_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
