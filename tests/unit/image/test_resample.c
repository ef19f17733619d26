// SPDX-License-Identifier: Apache-2.0
// Lanczos against Pillow (tools/oracle/resample.py), and what Pillow has not: strides, formats of
// video, failures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/resample.h"

enum { LONGEST = 1 << 12 };

static ct_frame *noise(uint32_t state, int channels, int width, int height)
{
    ct_frame *frame = NULL;
    enum ct_format format = channels == 3 ? CT_FORMAT_RGB : CT_FORMAT_GREY;
    assert_int_equal(ct_frame_create(&frame, format, width, height), 0);
    uint8_t *data = ct_frame_writable(frame, 0);
    ptrdiff_t stride = ct_frame_picture(frame)->stride[0];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < channels * width; x++) {
            state = state * 1664525u + 1013904223u;
            uint32_t kind = state >> 29;
            data[y * stride + x] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)(state >> 16);
        }
    return frame;
}

// The planes of a result, one behind the other.
struct result {
    uint8_t *memory, *planes[3];
    int width, height;
    ptrdiff_t stride;
};

static void make_result(struct result *result, int width, int height)
{
    *result = (struct result){.width = width, .height = height};
    result->stride = ct__resample_stride(width);
    size_t size = (size_t)(result->stride * height);
    result->memory = ct__alloc(3 * size);
    assert_non_null(result->memory);
    for (size_t p = 0; p < 3; p++)
        result->planes[p] = result->memory + p * size;
}

static int run(enum ct__filter filter, const struct ct_picture *picture, struct result *result,
               int width, int height)
{
    struct ct__resample *resample = NULL;
    make_result(result, width, height);
    int error = ct__resample_create(&resample);
    error =
        error ? error : ct__resample_run(resample, filter, picture, width, height, result->planes);
    ct__resample_destroy(&resample);
    return error;
}

// Pixel after pixel, as Pillow gives them.
static uint8_t *pack(const struct result *result, int channels, size_t *size)
{
    *size = (size_t)channels * (size_t)result->width * (size_t)result->height;
    uint8_t *packed = malloc(*size), *at = packed;
    assert_non_null(packed);
    for (int y = 0; y < result->height; y++)
        for (int x = 0; x < result->width; x++)
            for (int c = 0; c < channels; c++)
                *at++ = result->planes[c][y * result->stride + x];
    return packed;
}

static void compare(const uint8_t *data, size_t size, const char *expected, int row)
{
    uint8_t digest[CT__HASH_SIZE];
    char hash[2 * CT__HASH_SIZE + 1];
    if (*expected == '#') {
        ct__hash_bytes(data, size, digest);
        ct__hash_text(digest, hash);
        if (strcmp(hash, expected + 1))
            fail_msg("line %d: SHA-256 %s, Pillow's %s", row, hash, expected + 1);
        return;
    }
    assert_int_equal(strlen(expected), 2 * size);
    for (size_t i = 0; i < size; i++) {
        unsigned theirs = 0;
        sscanf(expected + 2 * i, "%2x", &theirs);
        if (data[i] != theirs)
            fail_msg("line %d, byte %zu: %u, Pillow's %u", row, i, data[i], theirs);
    }
}

static void every_byte_is_pillows(void **state)
{
    (void)state;
    char line[LONGEST], name[16], expected[LONGEST];
    FILE *file = fopen(GOLDEN "/resample.txt", "r");
    assert_non_null(file);
    for (int row = 1; fgets(line, sizeof line, file); row++) {
        int channels, from[2], to[2];
        assert_int_equal(sscanf(line, "%15s %d %d %d %d %d %s", name, &channels, &from[0], &from[1],
                                &to[0], &to[1], expected),
                         7);
        bool triangle = strcmp(name, "bilinear") == 0;
        ct_frame *frame = noise((uint32_t)row - 1, channels, from[0], from[1]);
        struct result result;
        size_t size;
        assert_int_equal(run(triangle ? CT__FILTER_TRIANGLE : CT__FILTER_LANCZOS,
                             ct_frame_picture(frame), &result, to[0], to[1]),
                         0);
        uint8_t *packed = pack(&result, channels, &size);
        compare(packed, size, expected, row);
        free(packed);
        ct__free(result.memory);
        ct_frame_unref(&frame);
    }
    fclose(file);
}

static void a_picture_of_one_colour_keeps_it_in_every_format(void **state)
{
    (void)state;
    for (int format = CT_FORMAT_I420; format <= CT_FORMAT_BGRA; format++) {
        enum ct__filter filter = format % 2 ? CT__FILTER_LANCZOS : CT__FILTER_TRIANGLE;
        ct_frame *frame = NULL;
        struct result result;
        assert_int_equal(ct_frame_create(&frame, (enum ct_format)format, 61, 35), 0);
        memset(frame->memory, 128, frame->memory_size);
        ct_frame_set_colour(frame, CT_MATRIX_BT601, CT_RANGE_FULL);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(ct__resample_planes(picture), format == CT_FORMAT_GREY ? 1 : 3);
        assert_int_equal(run(filter, picture, &result, 20, 44), 0);
        for (int p = 0; p < ct__resample_planes(picture); p++)
            for (int y = 0; y < 44; y++)
                for (int x = 0; x < 20; x++)
                    assert_int_equal(result.planes[p][y * result.stride + x], 128);
        ct__free(result.memory);
        ct_frame_unref(&frame);
    }
}

static void grey_of_limited_range_is_stretched(void **state)
{
    (void)state;
    ct_frame *frame = NULL;
    struct result result;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_GREY, 16, 16), 0);
    memset(frame->memory, 235, frame->memory_size);
    ct_frame_set_colour(frame, CT_MATRIX_AUTO, CT_RANGE_LIMITED);
    assert_int_equal(ct__resample_planes(ct_frame_picture(frame)), 3);
    assert_int_equal(run(CT__FILTER_TRIANGLE, ct_frame_picture(frame), &result, 8, 8), 0);
    for (int p = 0; p < 3; p++)
        assert_int_equal(result.planes[p][0], 255);
    ct__free(result.memory);
    ct_frame_unref(&frame);
}

static void sizes_and_formats_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    uint8_t byte = 0;
    const struct ct_picture one = {
        .format = CT_FORMAT_GREY, .width = 1, .height = 1, .data = {&byte}, .stride = {1}};
    struct ct_picture none = one;
    struct ct__resample *resample = NULL;
    uint8_t *planes[3] = {NULL};
    none.format = CT_FORMAT_NONE;
    assert_int_equal(ct__resample_create(&resample), 0);
    assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, &one, 0, 4, planes),
                     CT_ERROR_INVALID);
    assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, &one, 4, 65536, planes),
                     CT_ERROR_INVALID);
    assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, &none, 4, 4, planes),
                     CT_ERROR_INVALID);
    ct__resample_destroy(&resample);
    ct__resample_destroy(&resample);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ct_frame *frame = noise(1, 3, 40, 30);
    for (uint64_t n = 1;; n++) {
        struct result result;
        make_result(&result, 20, 20);
        struct ct__resample *resample = NULL;
        ct__mem_fail(n);
        int error = ct__resample_create(&resample);
        if (!error)
            error = ct__resample_run(resample, CT__FILTER_LANCZOS, ct_frame_picture(frame), 20, 20,
                                     result.planes);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
        // What failed once works afterwards.
        if (failed && resample)
            assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, ct_frame_picture(frame),
                                              20, 20, result.planes),
                             0);
        ct__resample_destroy(&resample);
        ct__free(result.memory);
        if (!failed)
            break;
        assert_true(n < 50);
    }
    ct_frame_unref(&frame);
}

static void nothing_is_allocated_for_the_next_picture_of_the_same_size(void **state)
{
    (void)state;
    ct_frame *frame = noise(1, 3, 40, 30);
    struct ct__resample *resample = NULL;
    struct result result;
    make_result(&result, 20, 20);
    assert_int_equal(ct__resample_create(&resample), 0);
    assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, ct_frame_picture(frame), 20, 20,
                                      result.planes),
                     0);
    uint64_t before = ct__mem_count();
    assert_int_equal(ct__resample_run(resample, CT__FILTER_LANCZOS, ct_frame_picture(frame), 20, 20,
                                      result.planes),
                     0);
    assert_int_equal(ct__mem_count(), before);
    const struct result lanczos = result;
    make_result(&result, 20, 20);
    assert_int_equal(ct__resample_run(resample, CT__FILTER_TRIANGLE, ct_frame_picture(frame), 20,
                                      20, result.planes),
                     0);
    assert_memory_not_equal(result.planes[0], lanczos.planes[0], 20); // another filter is another
    ct__free(lanczos.memory);
    ct__resample_destroy(&resample);
    ct__free(result.memory);
    ct_frame_unref(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_pillows),
        cmocka_unit_test(a_picture_of_one_colour_keeps_it_in_every_format),
        cmocka_unit_test(grey_of_limited_range_is_stretched),
        cmocka_unit_test(sizes_and_formats_that_do_not_exist_are_refused),
        cmocka_unit_test(every_failed_allocation_is_told),
        cmocka_unit_test(nothing_is_allocated_for_the_next_picture_of_the_same_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
