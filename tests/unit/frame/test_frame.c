// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/mem.h"
#include "frame/format.h"
#include "frame/frame.h"

static void count_release(void *opaque)
{
    ++*(int *)opaque;
}

static void rows_are_aligned_and_every_byte_can_be_written(void **state)
{
    (void)state;
    for (int format = CT_FORMAT_I420; format <= CT_FORMAT_BGRA; format++) {
        ct_frame *frame = NULL;
        assert_int_equal(ct_frame_create(&frame, (enum ct_format)format, 33, 7), CT_OK);
        const struct ct_picture *picture = ct_frame_picture(frame);
        for (int i = 0; i < ct__format_info(picture->format)->planes; i++) {
            assert_int_equal((uintptr_t)picture->data[i] % 64, 0);
            assert_int_equal(picture->stride[i] % 64, 0);
            int rows = ct__plane_height(picture->format, i, 7);
            memset(ct_frame_writable(frame, i), 1, (size_t)(picture->stride[i] * rows) + 64);
        }
        assert_int_equal(ct_frame_info(frame)->pts_ns, CT_NO_TIME);
        ct_frame_unref(&frame);
        assert_null(frame);
    }
}

static void wrong_sizes_and_formats_are_refused(void **state)
{
    (void)state;
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, 0, 4), CT_ERROR_INVALID);
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, 4, 65536), CT_ERROR_INVALID);
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_NONE, 4, 4), CT_ERROR_INVALID);
    assert_null(frame);
}

static void a_shared_frame_cannot_be_changed(void **state)
{
    (void)state;
    ct_frame *frame = NULL, *other;
    const struct ct_frame_info info = {.number = 3, .pts_ns = 4};
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_GREY, 4, 4), CT_OK);
    other = ct_frame_ref(frame);
    assert_ptr_equal(other, frame);
    assert_null(ct_frame_writable(frame, 0));
    assert_int_equal(ct_frame_set_info(frame, &info), CT_ERROR_INVALID);
    assert_int_equal(ct_frame_set_colour(frame, CT_MATRIX_BT601, CT_RANGE_FULL), CT_ERROR_INVALID);
    ct_frame_unref(&other);
    assert_non_null(ct_frame_writable(frame, 0));
    assert_null(ct_frame_writable(frame, 1));
    assert_int_equal(ct_frame_set_info(frame, &info), CT_OK);
    assert_int_equal(ct_frame_info(frame)->number, 3);
    assert_int_equal(ct_frame_set_colour(frame, (enum ct_matrix)9, CT_RANGE_FULL),
                     CT_ERROR_INVALID);
    assert_int_equal(ct_frame_set_colour(frame, CT_MATRIX_BT601, CT_RANGE_FULL), CT_OK);
    assert_int_equal(ct_frame_picture(frame)->matrix, CT_MATRIX_BT601);
    ct_frame_unref(&frame);
    ct_frame_unref(&frame);
}

static void wrapped_pixels_are_released_once_with_the_last_reference(void **state)
{
    (void)state;
    uint8_t pixels[12] = {0};
    int released = 0;
    struct ct_picture picture = {
        .format = CT_FORMAT_RGB, .width = 2, .height = 2, .data = {pixels}, .stride = {6}};
    ct_frame *frame = NULL, *other;
    assert_int_equal(ct_frame_wrap(&frame, &picture, count_release, &released), CT_OK);
    assert_null(ct_frame_writable(frame, 0));
    other = ct_frame_ref(frame);
    ct_frame_unref(&frame);
    assert_int_equal(released, 0);
    ct_frame_unref(&other);
    assert_int_equal(released, 1);
}

static void a_picture_that_cannot_be_wrapped_is_released(void **state)
{
    (void)state;
    uint8_t pixels[12] = {0};
    int released = 0;
    const struct ct_picture good = {
        .format = CT_FORMAT_RGB, .width = 2, .height = 2, .data = {pixels}, .stride = {-6}};
    struct ct_picture bad[5] = {good, good, good, good, good};
    bad[0].format = CT_FORMAT_NONE;
    bad[1].width = 0;
    bad[2].data[0] = NULL;
    bad[3].stride[0] = 5;
    bad[4].range = (enum ct_range)7;
    ct_frame *frame = NULL;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ct_frame_wrap(&frame, &bad[i], count_release, &released),
                         CT_ERROR_INVALID);
        assert_int_equal(released, i + 1);
    }
    ct__mem_fail(1);
    assert_int_equal(ct_frame_wrap(&frame, &good, count_release, &released), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_int_equal(released, 6);
    assert_null(frame);
}

static void a_warm_pool_allocates_nothing(void **state)
{
    (void)state;
    struct ct__pool *pool = NULL;
    uint8_t pixels[4] = {0};
    int released = 0;
    struct ct_picture picture = {
        .format = CT_FORMAT_GREY, .width = 2, .height = 2, .data = {pixels}, .stride = {2}};
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    uint64_t before = 0;
    for (int i = 0; i < 5; i++) {
        ct_frame *a = NULL, *b = NULL, *c = NULL;
        assert_int_equal(ct__pool_frame(pool, &a, CT_FORMAT_I420, 64, 64), CT_OK);
        assert_int_equal(ct__pool_frame(pool, &b, CT_FORMAT_I420, 32, 32), CT_OK);
        assert_int_equal(ct__pool_wrap(pool, &c, &picture, count_release, &released), CT_OK);
        assert_int_equal(ct_frame_picture(b)->width, 32);
        assert_int_equal(ct_frame_info(a)->number, 0);
        const struct ct_frame_info info = {.number = 7};
        assert_int_equal(ct_frame_set_info(a, &info), CT_OK);
        ct_frame_unref(&b);
        ct_frame_unref(&a);
        ct_frame_unref(&c);
        if (i == 1)
            before = ct__mem_count();
    }
    assert_int_equal(ct__mem_count(), before);
    assert_int_equal(released, 5);
    ct__pool_unref(&pool);
}

static void a_growing_picture_replaces_the_pools_memory(void **state)
{
    (void)state;
    struct ct__pool *pool = NULL;
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    for (int size = 1; size < 300; size += 50) {
        ct_frame *frame = NULL;
        assert_int_equal(ct__pool_frame(pool, &frame, CT_FORMAT_BGRA, size, size), CT_OK);
        memset(ct_frame_writable(frame, 0), 9, (size_t)(ct_frame_picture(frame)->stride[0] * size));
        ct_frame_unref(&frame);
    }
    ct__pool_unref(&pool);
}

static void each_size_gets_the_memory_that_fits_it_best(void **state)
{
    (void)state;
    static const int sizes[] = {300, 10, 100};
    struct ct__pool *pool = NULL;
    ct_frame *frames[3] = {NULL};
    const uint8_t *memory[3];
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    for (int round = 0; round < 2; round++) {
        for (int k = 0; k < 3; k++) {
            int i = round ? 2 - k : k; // in another order
            assert_int_equal(ct__pool_frame(pool, &frames[i], CT_FORMAT_RGB, sizes[i], sizes[i]),
                             CT_OK);
            const uint8_t *data = ct_frame_picture(frames[i])->data[0];
            assert_true(!round || data == memory[i]);
            memory[i] = data;
        }
        for (int i = 0; i < 3; i++)
            ct_frame_unref(&frames[i]);
    }
    ct__pool_unref(&pool);
}

static void a_pool_outlives_its_owner_while_frames_are_out(void **state)
{
    (void)state;
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    assert_int_equal(ct__pool_frame(pool, &frame, CT_FORMAT_GREY, 8, 8), CT_OK);
    ct__pool_unref(&pool);
    assert_null(pool);
    ct__pool_unref(&pool);
    memset(ct_frame_writable(frame, 0), 1, 64);
    ct_frame_unref(&frame);
}

static void without_memory_nothing_is_made(void **state)
{
    (void)state;
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    ct__mem_fail(1);
    assert_int_equal(ct__pool_create(&pool), CT_ERROR_MEMORY);
    assert_null(pool);
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    ct__mem_fail(1);
    assert_int_equal(ct__pool_frame(pool, &frame, CT_FORMAT_GREY, 8, 8), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    assert_null(frame);
    ct__pool_unref(&pool);
}

static void *take_and_return(void *pool)
{
    for (int i = 0; i < 500; i++) {
        ct_frame *frame = NULL;
        if (ct__pool_frame(pool, &frame, CT_FORMAT_GREY, 8 + i % 5, 8) == CT_OK)
            memset(ct_frame_writable(frame, 0), i, 64);
        ct_frame_unref(&frame);
    }
    return NULL;
}

static void threads_share_a_pool(void **state)
{
    (void)state;
    struct ct__pool *pool = NULL;
    pthread_t threads[3];
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_return, pool), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ct__pool_unref(&pool);
}

static void pixels_are_copied_between_strides(void **state)
{
    (void)state;
    uint8_t from[] = {1, 2, 3, 0, 4, 5, 6, 0}, packed[6], upside[6];
    struct ct_picture picture = {
        .format = CT_FORMAT_GREY, .width = 3, .height = 2, .data = {from}, .stride = {4}};
    uint8_t *to[CT_MAX_PLANES] = {packed}, *last[CT_MAX_PLANES] = {upside + 3};
    const ptrdiff_t stride[CT_MAX_PLANES] = {3}, up[CT_MAX_PLANES] = {-3};
    assert_int_equal(ct__picture_copy(to, stride, &picture), CT_OK);
    assert_memory_equal(packed, ((uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
    picture.data[0] = packed;
    picture.stride[0] = 3;
    assert_int_equal(ct__picture_copy(last, up, &picture), CT_OK);
    assert_memory_equal(upside, ((uint8_t[]){4, 5, 6, 1, 2, 3}), 6);
    assert_int_equal(ct__picture_copy(to, stride, &picture), CT_OK);
    picture.format = CT_FORMAT_NONE;
    assert_int_equal(ct__picture_copy(to, stride, &picture), CT_ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_aligned_and_every_byte_can_be_written),
        cmocka_unit_test(wrong_sizes_and_formats_are_refused),
        cmocka_unit_test(a_shared_frame_cannot_be_changed),
        cmocka_unit_test(wrapped_pixels_are_released_once_with_the_last_reference),
        cmocka_unit_test(a_picture_that_cannot_be_wrapped_is_released),
        cmocka_unit_test(a_warm_pool_allocates_nothing),
        cmocka_unit_test(a_growing_picture_replaces_the_pools_memory),
        cmocka_unit_test(each_size_gets_the_memory_that_fits_it_best),
        cmocka_unit_test(a_pool_outlives_its_owner_while_frames_are_out),
        cmocka_unit_test(without_memory_nothing_is_made),
        cmocka_unit_test(threads_share_a_pool),
        cmocka_unit_test(pixels_are_copied_between_strides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
