// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

static const struct ct__writer_params small = {
    .width = 64, .height = 48, .rate_num = 25, .rate_den = 1, .container = ".mp4"};

static void the_same_frames_give_the_same_bytes(void **state)
{
    (void)state;
    size_t first_size, second_size;
    write_clip(in_folder("a"), ".mp4", 64, 48, 10);
    write_clip(in_folder("b"), ".mp4", 64, 48, 10);
    uint8_t *first = read_bytes(in_folder("a"), &first_size);
    uint8_t *second = read_bytes(in_folder("b"), &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
}

static void the_container_is_told_and_not_guessed_from_the_path(void **state)
{
    (void)state;
    struct ct_media_info info;
    write_clip(in_folder(".c.mp4.part"), ".mkv", 64, 48, 3);
    assert_int_equal(ct_media_read(in_folder(".c.mp4.part"), &info), 0);
    assert_string_equal(info.container, "matroska,webm");
}

static void odd_sides_lose_a_row_and_a_column(void **state)
{
    (void)state;
    struct ct_media_info info;
    write_clip(in_folder("d"), ".mp4", 65, 49, 3);
    assert_int_equal(ct_media_read(in_folder("d"), &info), 0);
    assert_int_equal(info.streams[0].width, 64);
    assert_int_equal(info.streams[0].height, 48);
}

static void frames_without_a_time_follow_by_the_rate(void **state)
{
    (void)state;
    static const int64_t times[] = {CT_NO_TIME, CT_NO_TIME, 200000000, 200000000, CT_NO_TIME};
    static const int64_t expected[] = {0, 40000000, 200000000, 240000000, 280000000};
    struct ct__writer *writer = NULL;
    struct ct__reader *reader = NULL;
    ct_frame *frame = make_picture(CT_FORMAT_I420, 64, 48, 0);
    assert_int_equal(ct__writer_open(&writer, in_folder("e"), &small), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ct__writer_write(writer, ct_frame_picture(frame), times[i]), 0);
    assert_int_equal(ct__writer_close(&writer), 0);
    ct_frame_unref(&frame);
    assert_int_equal(ct__reader_open(&reader, in_folder("e"), NULL), 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ct__reader_read(reader, pool, &frame), 0);
        assert_int_equal(ct_frame_info(frame)->pts_ns, expected[i]);
        ct_frame_unref(&frame);
    }
    ct__reader_close(&reader);
}

static void a_wrong_call_is_told(void **state)
{
    (void)state;
    struct ct__writer *writer = NULL;
    struct ct__writer_params params = small;
    params.container = ".avi";
    assert_int_equal(ct__writer_open(&writer, in_folder("f"), &params), CT_ERROR_INVALID);
    params.container = NULL;
    assert_int_equal(ct__writer_open(&writer, in_folder("f"), &params), CT_ERROR_INVALID);
    params = small;
    params.width = 1;
    assert_int_equal(ct__writer_open(&writer, in_folder("f"), &params), CT_ERROR_INVALID);
    assert_null(writer);
    assert_int_equal(ct__writer_open(&writer, in_folder("f"), &small), 0);
    ct_frame *frame = make_picture(CT_FORMAT_I420, 32, 48, 0);
    assert_int_equal(ct__writer_write(writer, ct_frame_picture(frame), 0), CT_ERROR_INVALID);
    ct_frame_unref(&frame);
    ct__writer_close(&writer);
    assert_int_equal(ct__writer_close(&writer), 0);
}

static void an_unwritable_path_is_told_under_the_callers_name(void **state)
{
    (void)state;
    struct ct__writer *writer = NULL;
    assert_int_equal(ct__writer_open(&writer, "/nosuch/folder/x", &small), CT_ERROR_IO);
    expect_failure("cannot be written: No such file or directory");
    assert_null(writer);
}

static void a_full_disk_is_told_and_closing_survives_it(void **state)
{
    (void)state;
    static const char *const containers[] = {".mp4", ".mkv"};
    for (int i = 0; i < 2; i++) {
        struct ct__writer *writer = NULL;
        struct ct__writer_params params = small;
        params.container = containers[i];
        int error = ct__writer_open(&writer, "/dev/full", &params);
        ct_frame *frame = make_picture(CT_FORMAT_I420, 64, 48, 0);
        for (int n = 0; !error && n < 200; n++)
            error = ct__writer_write(writer, ct_frame_picture(frame), CT_NO_TIME);
        int closed = ct__writer_close(&writer);
        assert_int_equal(error ? error : closed, CT_ERROR_IO);
        assert_null(writer);
        expect_failure("cannot be written: No space left on device");
        ct_frame_unref(&frame);
    }
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    int error = CT_ERROR_MEMORY;
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__writer *writer = NULL;
        ct__mem_fail(n);
        error = ct__writer_open(&writer, in_folder("g"), &small);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct__writer_close(&writer);
    }
    assert_int_equal(error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_frames_give_the_same_bytes),
        cmocka_unit_test(the_container_is_told_and_not_guessed_from_the_path),
        cmocka_unit_test(odd_sides_lose_a_row_and_a_column),
        cmocka_unit_test(frames_without_a_time_follow_by_the_rate),
        cmocka_unit_test(a_wrong_call_is_told),
        cmocka_unit_test(an_unwritable_path_is_told_under_the_callers_name),
        cmocka_unit_test(a_full_disk_is_told_and_closing_survives_it),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
