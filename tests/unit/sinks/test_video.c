// SPDX-License-Identifier: Apache-2.0
// A video is one file of one size, playable also when the run was cut short.
#include "bench.h"

#include "media/reader.h"

struct seen {
    int frames, width, height;
    int64_t last_pts_ns;
    bool growing;
    int corner, edge; // luma of the last picture, away from and on the box of bench_object()
};

static struct seen play(const char *path)
{
    struct seen seen = {.growing = true, .last_pts_ns = -1};
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.threads = 1, .max_pixels = 1 << 20};
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    assert_int_equal(ct__reader_open(&reader, path, &params), CT_OK);
    while (ct__reader_read(reader, pool, &frame) == CT_OK) {
        const struct ct_picture *picture = ct_frame_picture(frame);
        int64_t pts = ct_frame_info(frame)->pts_ns;
        seen.growing = seen.growing && pts > seen.last_pts_ns;
        seen.last_pts_ns = pts;
        seen.frames++;
        seen.width = picture->width;
        seen.height = picture->height;
        seen.corner = picture->data[0][picture->stride[0] * 4 + 4];
        seen.edge =
            picture->data[0][picture->stride[0] * (picture->height / 2) + picture->width / 4 + 1];
        ct_frame_unref(&frame);
    }
    ct__reader_close(&reader);
    ct__pool_unref(&pool);
    return seen;
}

static void frames_become_a_playable_file(void **state)
{
    (void)state;
    static const char *const names[] = {"a.mp4", "b.mkv", "c.mov"};
    for (int k = 0; k < 3; k++) {
        struct ct__sink *sink = bench_open(names[k], false);
        for (uint64_t i = 0; i < 10; i++)
            assert_int_equal(bench_write(sink, "clip.mp4", 0, i, 25, 160, 120), CT_OK);
        assert_false(bench_exists(names[k]));
        assert_int_equal(ct__sink_close(&sink, true), CT_OK);
        struct seen seen = play(names[k]);
        assert_int_equal(seen.frames, 10);
        assert_int_equal(seen.width, 160);
        assert_int_equal(seen.height, 120);
        assert_true(seen.growing);
        assert_in_range(seen.last_pts_ns, 355000000, 365000000);
    }
    assert_int_equal(bench_count("."), 3);
}

static void results_are_drawn_if_asked_for_and_only_then(void **state)
{
    (void)state;
    for (int draw = 0; draw < 2; draw++) {
        struct ct__sink *sink = bench_open("a.mp4", draw);
        for (uint64_t i = 0; i < 3; i++)
            assert_int_equal(bench_write(sink, "clip", 0, i, 25, 160, 120), CT_OK);
        assert_int_equal(ct__sink_close(&sink, true), CT_OK);
        struct seen seen = play("a.mp4");
        assert_in_range(seen.corner, 124, 132);
        assert_true(draw ? seen.edge > 140 : seen.edge >= 124 && seen.edge <= 132);
    }
}

static void the_frame_itself_is_never_drawn_into(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", true);
    ct_frame *frame = bench_frame(CT_FORMAT_RGB, 64, 48, 50);
    struct ct_result result = bench_result("x", 0, 64, 48);
    struct ct__sink_item item = {.result = &result, .frame = frame, .rate_den = 1};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int y = 0; y < 48; y++)
        for (int x = 0; x < 3 * 64; x++)
            assert_int_equal(picture->data[0][y * picture->stride[0] + x], 50);
    ct_frame_unref(&frame);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
}

static void odd_sizes_lose_a_row_and_a_column(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", true);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(bench_write(sink, "clip", 0, i, 25, 161, 121), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    struct seen seen = play("a.mp4");
    assert_int_equal(seen.width, 160);
    assert_int_equal(seen.height, 120);
}

static void parts_of_one_size_follow_each_other(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", false);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(bench_write(sink, "clip", i / 5, i % 5, 25, 64, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    struct seen seen = play("a.mp4");
    assert_int_equal(seen.frames, 10);
    assert_true(seen.growing);
    assert_in_range(seen.last_pts_ns, 355000000, 365000000);
}

static void times_that_do_not_grow_are_replaced(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {5, 5, 3, 0, 1ULL << 37};
    struct ct__sink *sink = bench_open("a.mp4", false);
    for (int i = 0; i < 5; i++)
        assert_int_equal(bench_write(sink, "clip", 0, numbers[i], 25, 64, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    struct seen seen = play("a.mp4");
    assert_int_equal(seen.frames, 5);
    assert_true(seen.growing);
}

static void pictures_make_a_video_of_25_a_second(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", false);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(bench_write(sink, "p.jpg", i, 0, 0, 64, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    struct seen seen = play("a.mp4");
    assert_int_equal(seen.frames, 6);
    assert_in_range(seen.last_pts_ns, 195000000, 205000000);
}

static void another_size_is_an_error_of_that_item_and_told_once_a_part(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", false);
    assert_int_equal(bench_write(sink, "one.mp4", 0, 0, 25, 64, 48), CT_OK);
    assert_int_equal(bench_write(sink, "two.mp4", 1, 0, 25, 32, 24), CT_ERROR_INVALID);
    assert_int_equal(bench_write(sink, "two.mp4", 1, 1, 25, 32, 24), CT_ERROR_INVALID);
    assert_int_equal(bench_messages, 1);
    assert_non_null(
        strstr(bench_log, "frame 0 of two.mp4 is 32x24, but the file began with 64x48"));
    assert_non_null(strstr(bench_log, "give a folder (DIR/)"));
    assert_int_equal(bench_write(sink, "three.mp4", 2, 0, 25, 64, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(play("a.mp4").frames, 2);
}

static void without_a_picture_there_is_no_file(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_non_null(strstr(bench_log, "no picture came"));
    assert_int_equal(bench_count("."), 0);
}

static void an_interrupted_run_leaves_a_playable_file(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", false);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(bench_write(sink, "clip", 0, i, 25, 64, 48), CT_OK);
    assert_int_equal(ct__sink_close(&sink, false), CT_OK);
    assert_int_equal(play("a.mp4").frames, 4);
}

static void a_full_disk_is_told_once_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(symlink("/dev/full", "a.mp4"), 0);
    struct ct__sink *sink = bench_open("a.mp4", false);
    int failed = 0, last = CT_OK;
    for (uint64_t i = 0; i < 300; i++) {
        int error = bench_write(sink, "clip", 0, i, 25, 640, 480);
        failed += error != CT_OK;
        last = error;
    }
    int closed = ct__sink_close(&sink, true);
    assert_true(failed > 0 ? last == CT_ERROR_IO && closed == CT_OK : closed == CT_ERROR_IO);
    assert_int_equal(bench_messages, 1);
    assert_int_equal(bench_count("."), 1);
}

static void an_unwritable_folder_is_told_at_the_start(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {0};
    FILE *file = fopen("plain", "w");
    fclose(file);
    assert_int_equal(ct__sink_open(&sink, "plain/a.mp4", &params), CT_ERROR_IO);
    assert_null(sink);
}

static void the_input_is_never_replaced(void **state)
{
    (void)state;
    FILE *file = fopen("clip.mp4", "w");
    fputs("precious", file);
    fclose(file);
    struct ct__sink *sink = bench_open("clip.mp4", false);
    assert_int_equal(bench_write(sink, "./clip.mp4", 0, 0, 25, 64, 48), CT_ERROR_IO);
    assert_int_equal(bench_write(sink, "./clip.mp4", 0, 1, 25, 64, 48), CT_ERROR_IO);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_non_null(strstr(bench_log, "is the input itself"));
    char *text = bench_read("clip.mp4");
    assert_string_equal(text, "precious");
    ct__free(text);
    assert_int_equal(bench_count("."), 1);
}

static void frames_allocate_nothing_after_the_first(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("a.mp4", true);
    ct_frame *frame = bench_frame(CT_FORMAT_NV12, 64, 48, 90);
    uint64_t before = 0;
    for (uint64_t i = 0; i < 20; i++) {
        struct ct_result result = bench_result("x", i, 64, 48);
        struct ct__sink_item item = {
            .result = &result, .frame = frame, .rate_num = 25, .rate_den = 1};
        assert_int_equal(sink->class->write(sink, &item), CT_OK);
        before = i == 0 ? ct__mem_count() : before;
    }
    assert_int_equal(ct__mem_count(), before);
    ct_frame_unref(&frame);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ct_frame *frame = bench_frame(CT_FORMAT_RGB, 64, 48, 90);
    struct ct_result result = bench_result("x", 0, 64, 48);
    struct ct__sink_item item = {.result = &result, .frame = frame, .rate_num = 25, .rate_den = 1};
    for (uint64_t n = 1;; n++) {
        struct ct__sink *sink = NULL;
        struct ct__sink_params params = {.draw = true};
        ct__mem_fail(n);
        int error = ct__sink_open(&sink, "a.mp4", &params);
        if (!error)
            error = sink->class->write(sink, &item);
        int hit = ct__mem_failed();
        ct__mem_fail(0);
        int closed = ct__sink_close(&sink, true);
        assert_true(hit ? error < 0 : !error && !closed);
        if (!hit)
            break;
    }
    ct_frame_unref(&frame);
    assert_int_equal(bench_count("."), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(frames_become_a_playable_file),
        BENCH_TEST(results_are_drawn_if_asked_for_and_only_then),
        BENCH_TEST(the_frame_itself_is_never_drawn_into),
        BENCH_TEST(odd_sizes_lose_a_row_and_a_column),
        BENCH_TEST(parts_of_one_size_follow_each_other),
        BENCH_TEST(times_that_do_not_grow_are_replaced),
        BENCH_TEST(pictures_make_a_video_of_25_a_second),
        BENCH_TEST(another_size_is_an_error_of_that_item_and_told_once_a_part),
        BENCH_TEST(without_a_picture_there_is_no_file),
        BENCH_TEST(an_interrupted_run_leaves_a_playable_file),
        BENCH_TEST(a_full_disk_is_told_once_and_leaves_nothing),
        BENCH_TEST(an_unwritable_folder_is_told_at_the_start),
        BENCH_TEST(the_input_is_never_replaced),
        BENCH_TEST(frames_allocate_nothing_after_the_first),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
