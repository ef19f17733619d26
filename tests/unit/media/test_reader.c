// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

// Reads to the end; the number of frames, and what came before CT_ERROR_END.
static int read_all(struct ct__reader *reader, int *failure)
{
    int count = 0, error;
    ct_frame *frame = NULL;
    *failure = 0;
    while ((error = ct__reader_read(reader, pool, &frame)) != CT_ERROR_END) {
        if (error) {
            assert_int_equal(*failure, 0); // told once
            *failure = error;
            continue;
        }
        count++;
        ct_frame_unref(&frame);
    }
    assert_int_equal(ct__reader_read(reader, pool, &frame), CT_ERROR_END);
    return count;
}

static struct ct__reader *open_clip(const char *path)
{
    struct ct__reader *reader = NULL;
    assert_int_equal(ct__reader_open(&reader, path, NULL), 0);
    return reader;
}

static void a_clip_that_was_written_is_read_back(void **state)
{
    (void)state;
    static const char *const endings[] = {".mp4", ".mkv", ".mov"};
    for (int i = 0; i < 3; i++) {
        write_clip(in_folder("a"), endings[i], 64, 48, 12);
        struct ct__reader *reader = open_clip(in_folder("a"));
        int rate, base, failure;
        ct__reader_rate(reader, &rate, &base);
        assert_int_equal(rate, 25 * base);
        ct_frame *frame = NULL;
        for (int n = 0; n < 12; n++) {
            assert_int_equal(ct__reader_read(reader, pool, &frame), 0);
            const struct ct_picture *picture = ct_frame_picture(frame);
            assert_int_equal(picture->format, i == 2 ? CT_FORMAT_I422 : CT_FORMAT_I420);
            assert_int_equal(picture->width, 64);
            assert_int_equal(picture->height, 48);
            assert_int_equal(picture->matrix, CT_MATRIX_BT601);
            assert_int_equal(ct_frame_info(frame)->number, n);
            assert_int_equal(ct_frame_info(frame)->pts_ns, n * INT64_C(40000000));
            assert_true(abs(picture->data[0][0] - (40 + 3 * n)) < 12);
            ct_frame_unref(&frame);
        }
        assert_int_equal(read_all(reader, &failure), 0);
        assert_int_equal(failure, 0);
        ct__reader_close(&reader);
        assert_null(reader);
        ct__reader_close(&reader);
    }
}

static void frames_may_outlive_the_reader_and_its_pool(void **state)
{
    (void)state;
    write_clip(in_folder("b"), ".mp4", 64, 48, 6);
    struct ct__reader *reader = open_clip(in_folder("b"));
    struct ct__pool *own = NULL;
    ct_frame *frames[6];
    assert_int_equal(ct__pool_create(&own), 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(ct__reader_read(reader, own, &frames[i]), 0);
    ct__reader_close(&reader);
    ct__pool_unref(&own);
    for (int i = 0; i < 6; i++) {
        assert_true(abs(ct_frame_picture(frames[i])->data[0][0] - (40 + 3 * i)) < 12);
        ct_frame_unref(&frames[i]);
    }
}

static void nothing_is_allocated_for_a_frame_after_the_first(void **state)
{
    (void)state;
    write_clip(in_folder("c"), ".mp4", 64, 48, 30);
    struct ct__reader *reader = open_clip(in_folder("c"));
    ct_frame *frame = NULL;
    uint64_t before = 0;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(ct__reader_read(reader, pool, &frame), 0);
        ct_frame_unref(&frame);
        if (i == 0)
            before = ct__mem_count();
    }
    assert_int_equal(ct__mem_count(), before);
    ct__reader_close(&reader);
}

static void expect_open_failure(const char *path, int code, const char *sentence)
{
    struct ct__reader *reader = NULL;
    assert_int_equal(ct__reader_open(&reader, path, NULL), code);
    assert_null(reader);
    expect_failure(sentence);
}

static void what_cannot_be_opened_is_explained(void **state)
{
    (void)state;
    size_t size;
    expect_open_failure(in_folder("nosuch.mp4"), CT_ERROR_NOT_FOUND, "no such file");
    expect_open_failure("concat:a|b", CT_ERROR_NOT_FOUND, "no such file");
    expect_open_failure(folder, CT_ERROR_FORMAT, "is a folder");
    write_bytes(in_folder("empty.mp4"), "", 0);
    expect_open_failure(in_folder("empty.mp4"), CT_ERROR_FORMAT, "empty file");
    write_bytes(in_folder("text.mp4"), "hello world, no video", 21);
    expect_open_failure(in_folder("text.mp4"), CT_ERROR_FORMAT,
                        "no picture or video that is known: starts with \"hello world\"");
    write_bytes(in_folder("text.txt"), "hello world, no video", 21);
    expect_open_failure(in_folder("text.txt"), CT_ERROR_FORMAT,
                        "no picture or video that is known: starts with \"hello world\"");
    write_clip(in_folder("d.mp4"), ".mp4", 64, 48, 30);
    uint8_t *data = read_bytes(in_folder("d.mp4"), &size);
    write_bytes(in_folder("cut.mp4"), data, size / 2);
    expect_open_failure(in_folder("cut.mp4"), CT_ERROR_FORMAT,
                        "cut off: its index (moov) is missing");
    free(data);
}

static void names_that_look_like_options_or_protocols_are_files(void **state)
{
    (void)state;
    static const char *const names[] = {"-x.mp4", "a:b.mp4", "rtsp:x", "%d ?*.mp4", "\xff\n.mp4"};
    char before[256];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        write_clip(names[i], ".mp4", 32, 32, 2);
        struct ct__reader *reader = open_clip(names[i]);
        ct__reader_close(&reader);
    }
    assert_int_equal(chdir(before), 0);
}

static void a_clip_that_breaks_off_gives_what_it_has_and_says_so(void **state)
{
    (void)state;
    size_t size;
    int failure;
    write_clip(in_folder("e.mkv"), ".mkv", 160, 120, 60);
    uint8_t *data = read_bytes(in_folder("e.mkv"), &size);
    write_bytes(in_folder("cut.mkv"), data, size * 3 / 4);
    free(data);
    struct ct__reader *reader = open_clip(in_folder("cut.mkv"));
    int count = read_all(reader, &failure);
    assert_in_range(count, 1, 59);
    assert_int_equal(failure, CT_ERROR_FORMAT);
    char sentence[64];
    snprintf(sentence, sizeof(sentence), "cut off after %d frames", count);
    expect_failure(sentence);
    ct__reader_close(&reader);
}

static void a_clip_cut_anywhere_never_crashes(void **state)
{
    (void)state;
    static const char *const endings[] = {".mp4", ".mkv"};
    for (int i = 0; i < 2; i++) {
        size_t size;
        int failure;
        write_clip(in_folder("f"), endings[i], 48, 32, 8);
        uint8_t *data = read_bytes(in_folder("f"), &size);
        for (size_t cut = 0; cut < size; cut += size / 40 + 1) {
            struct ct__reader *reader = NULL;
            write_bytes(in_folder("g"), data, cut);
            if (ct__reader_open(&reader, in_folder("g"), NULL) == 0)
                assert_in_range(read_all(reader, &failure), 0, 8);
            ct__reader_close(&reader);
        }
        for (size_t at = 0; at < size; at += size / 60 + 1) {
            struct ct__reader *reader = NULL;
            data[at] ^= 0xff;
            write_bytes(in_folder("g"), data, size);
            if (ct__reader_open(&reader, in_folder("g"), NULL) == 0)
                read_all(reader, &failure);
            ct__reader_close(&reader);
            data[at] ^= 0xff;
        }
        free(data);
    }
}

// A quarter turn clockwise as mp4's track header has it: rows of three numbers in 16.16.
static void the_containers_rotation_is_applied(void **state)
{
    (void)state;
    static const uint8_t quarter[16] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
    size_t size;
    write_clip(in_folder("r.mp4"), ".mp4", 64, 48, 2);
    uint8_t *data = read_bytes(in_folder("r.mp4"), &size);
    uint8_t *track = memmem(data, size, "tkhd", 4);
    assert_non_null(track);
    memcpy(track + 44, quarter, sizeof(quarter));
    memset(track + 60, 0, 4);
    write_bytes(in_folder("turned.mp4"), data, size);
    free(data);
    struct ct__reader *plain = open_clip(in_folder("r.mp4"));
    struct ct__reader *turned = open_clip(in_folder("turned.mp4"));
    ct_frame *stored = NULL, *upright = NULL;
    assert_int_equal(ct__reader_read(plain, pool, &stored), 0);
    assert_int_equal(ct__reader_read(turned, pool, &upright), 0);
    const struct ct_picture *from = ct_frame_picture(stored), *to = ct_frame_picture(upright);
    assert_int_equal(to->width, 48);
    assert_int_equal(to->height, 64);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 48; x++)
            assert_int_equal(to->data[0][y * to->stride[0] + x],
                             from->data[0][(47 - x) * from->stride[0] + y]);
    }
    struct ct_media_info info;
    assert_int_equal(ct_media_read(in_folder("turned.mp4"), &info), 0);
    assert_int_equal(info.streams[0].rotation, 90);
    ct_frame_unref(&stored);
    ct_frame_unref(&upright);
    ct__reader_close(&plain);
    ct__reader_close(&turned);
}

static void a_picture_above_the_limit_is_refused(void **state)
{
    (void)state;
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.max_pixels = 64 * 47};
    write_clip(in_folder("h"), ".mp4", 64, 48, 2);
    assert_int_equal(ct__reader_open(&reader, in_folder("h"), &params), CT_ERROR_LIMIT);
    expect_failure("64 x 48 pixels: more than the limit of 3008");
}

static void an_interrupt_ends_reading(void **state)
{
    (void)state;
    write_clip(in_folder("i"), ".mp4", 64, 48, 4);
    struct ct__reader *reader = open_clip(in_folder("i"));
    ct_frame *frame = NULL;
    ct__reader_interrupt(reader);
    assert_int_equal(ct__reader_read(reader, pool, &frame), CT_ERROR_STOPPED);
    assert_null(frame);
    ct__reader_close(&reader);
}

static void media_info_tells_streams(void **state)
{
    (void)state;
    struct ct_media_info info;
    write_clip(in_folder("j.mp4"), ".mp4", 64, 48, 10);
    assert_int_equal(ct_media_read(in_folder("j.mp4"), &info), 0);
    assert_false(info.is_picture);
    assert_int_equal(info.stream_count, 1);
    assert_string_equal(info.streams[0].kind, "video");
    assert_string_equal(info.streams[0].codec, "h264");
    assert_string_equal(info.streams[0].format, "yuv420p");
    assert_int_equal(info.streams[0].frames, 10);
    assert_true(info.streams[0].rate == 25);
    assert_true(info.bytes > 0);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    int error = CT_ERROR_MEMORY;
    write_clip(in_folder("k"), ".mp4", 64, 48, 2);
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__reader *reader = NULL;
        struct ct__pool *fresh = NULL;
        ct_frame *frame = NULL;
        assert_int_equal(ct__pool_create(&fresh), 0);
        ct__mem_fail(n);
        error = ct__reader_open(&reader, in_folder("k"), NULL);
        if (!error)
            error = ct__reader_read(reader, fresh, &frame);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct_frame_unref(&frame);
        ct__reader_close(&reader);
        ct__pool_unref(&fresh);
    }
    assert_int_equal(error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_that_was_written_is_read_back),
        cmocka_unit_test(frames_may_outlive_the_reader_and_its_pool),
        cmocka_unit_test(nothing_is_allocated_for_a_frame_after_the_first),
        cmocka_unit_test(what_cannot_be_opened_is_explained),
        cmocka_unit_test(names_that_look_like_options_or_protocols_are_files),
        cmocka_unit_test(a_clip_that_breaks_off_gives_what_it_has_and_says_so),
        cmocka_unit_test(a_clip_cut_anywhere_never_crashes),
        cmocka_unit_test(the_containers_rotation_is_applied),
        cmocka_unit_test(a_picture_above_the_limit_is_refused),
        cmocka_unit_test(an_interrupt_ends_reading),
        cmocka_unit_test(media_info_tells_streams),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
