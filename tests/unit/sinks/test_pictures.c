// SPDX-License-Identifier: Apache-2.0
// A folder gets a file for each input; a single picture gets its name.
#include "bench.h"

#include "media/picture.h"
#include "media/reader.h"

#include <signal.h>
#include <sys/resource.h>

static ct_frame *decode(const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    assert_int_equal(ct__file_read(path, 1 << 24, &data, &size), CT_OK);
    assert_int_equal(ct__pool_create(&pool), CT_OK);
    assert_int_equal(ct__picture_decode(data, size, path, 1 << 24, pool, &frame), CT_OK);
    ct__pool_unref(&pool);
    ct__free(data);
    return frame;
}

static enum ct__picture_kind kind_of(const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read(path, 1 << 24, &data, &size), CT_OK);
    enum ct__picture_kind kind = ct__picture_sniff(data, size);
    ct__free(data);
    return kind;
}

// The first sample of the pixel in the middle of the left line of bench_object()'s box.
static int edge_of(const char *path)
{
    ct_frame *frame = decode(path);
    const struct ct_picture *picture = ct_frame_picture(frame);
    int step = ct__format_info(picture->format)->step[0];
    int edge =
        picture->data[0][picture->stride[0] * (picture->height / 2) + step * (picture->width / 4)];
    ct_frame_unref(&frame);
    return edge;
}

static void pictures_keep_their_names_and_kinds(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out/", false);
    assert_int_equal(bench_write(sink, "in/a.jpg", 0, 0, 0, 64, 48), CT_OK);
    assert_int_equal(bench_write(sink, "in/b.PNG", 1, 0, 0, 33, 17), CT_OK);
    assert_int_equal(bench_write(sink, "in/c.webp", 2, 0, 0, 64, 48), CT_OK);
    assert_int_equal(bench_write(sink, "in/d.jpeg", 3, 0, 0, 1, 1), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(kind_of("out/a.jpg"), CT__PICTURE_JPEG);
    assert_int_equal(kind_of("out/b.PNG"), CT__PICTURE_PNG);
    assert_int_equal(kind_of("out/c.png"), CT__PICTURE_PNG);
    assert_int_equal(kind_of("out/d.jpeg"), CT__PICTURE_JPEG);
    assert_int_equal(bench_count("out"), 4);
    ct_frame *frame = decode("out/b.PNG");
    assert_int_equal(ct_frame_picture(frame)->width, 33);
    assert_int_equal(ct_frame_picture(frame)->height, 17);
    ct_frame_unref(&frame);
}

static void the_name_of_the_frame_goes_before_that_of_the_stream(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out/", false);
    ct_frame *frame = bench_frame(CT_FORMAT_GREY, 8, 8, 9);
    frame->name = "photos/x.jpg";
    struct ct_result result = bench_result("photos", 0, 8, 8);
    struct ct__sink_item item = {.result = &result, .frame = frame, .rate_den = 1};
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    ct_frame_unref(&frame);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_true(bench_exists("out/x.jpg"));
}

static void equal_names_do_not_replace_each_other(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out/", false);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(bench_write(sink, "a.jpg", i, 0, 0, 16, 16), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_true(bench_exists("out/a.jpg") && bench_exists("out/a-2.jpg") &&
                bench_exists("out/a-3.jpg"));
}

static void results_are_drawn_if_asked_for_and_only_then(void **state)
{
    (void)state;
    static const char *const names[] = {"a.png", "a.jpg"};
    for (int i = 0; i < 2; i++) {
        for (int draw = 0; draw < 2; draw++) {
            struct ct__sink *sink = bench_open(names[i], draw);
            assert_int_equal(bench_write(sink, "x", 0, 0, 0, 200, 160), CT_OK);
            assert_int_equal(ct__sink_close(&sink, true), CT_OK);
            int edge = edge_of(names[i]), plain = 130; // grey 128 of limited range
            assert_true(draw ? abs(edge - plain) > 15 : abs(edge - plain) < 6);
        }
    }
}

static void classes_of_a_picture_without_objects_are_drawn(void **state)
{
    (void)state;
    const struct ct_class class = {"dog", 0, 1};
    struct ct_result result = {.source = "a.png", .class_count = 1, .classes = &class};
    ct_frame *grey = bench_frame(CT_FORMAT_RGB, 64, 48, 128);
    struct ct__sink_item item = {.result = &result, .frame = grey, .rate_den = 1};
    struct ct__sink *sink = bench_open("out/", true);
    assert_int_equal(sink->class->write(sink, &item), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    ct_frame_unref(&grey);
    ct_frame *frame = decode("out/a.png");
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_memory_not_equal(picture->data[0], "\x80\x80\x80", 3);
    assert_memory_equal(picture->data[0] + 47 * picture->stride[0], "\x80\x80\x80", 3);
    ct_frame_unref(&frame);
}

static void a_clip_becomes_a_clip_of_its_name(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out/", true);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(bench_write(sink, "in/one.mkv", 0, i, 25, 64, 48), CT_OK);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(bench_write(sink, "in/two.mp4", 1, i, 25, 32, 24), CT_OK);
    assert_true(bench_exists("out/one.mp4"));
    assert_int_equal(bench_write(sink, "in/a.png", 2, 0, 0, 32, 24), CT_OK);
    assert_true(bench_exists("out/two.mp4"));
    for (uint64_t i = 0; i < 2; i++)
        assert_int_equal(bench_write(sink, "other/one.mp4", 3, i, 25, 32, 24), CT_OK);
    assert_int_equal(ct__sink_close(&sink, false), CT_OK);
    assert_int_equal(bench_count("out"), 4);
    static const char *const clips[] = {"out/one.mp4", "out/two.mp4", "out/one-2.mp4"};
    for (int i = 0; i < 3; i++) {
        struct ct_media_info info;
        assert_int_equal(ct__reader_info(clips[i], &info), CT_OK);
        assert_int_equal(info.streams[0].width, i == 0 ? 64 : 32);
    }
}

static void broken_pictures_are_passed_over(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out/", false);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_count("out"), 0);
    assert_int_equal(bench_messages, 0);
}

static void one_file_that_cannot_be_written_does_not_stop_the_others(void **state)
{
    (void)state;
    assert_int_equal(ct__folder_make("out/b.png"), CT_OK);
    struct ct__sink *sink = bench_open("out/", false);
    assert_int_equal(bench_write(sink, "a.png", 0, 0, 0, 8, 8), CT_OK);
    assert_int_equal(bench_write(sink, "b.png", 1, 0, 0, 8, 8), CT_ERROR_INVALID);
    assert_int_equal(bench_write(sink, "c.png", 2, 0, 0, 8, 8), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_int_equal(bench_count("out"), 3);
}

// A file may not grow beyond a few bytes, as on a full disk.
static void a_picture_that_was_cut_short_is_absent(void **state)
{
    (void)state;
    struct rlimit old, small;
    struct ct__sink *sink = bench_open("out/", false);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    small = (struct rlimit){100, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    int jpeg = bench_write(sink, "a.jpg", 0, 0, 0, 640, 480);
    int png = bench_write(sink, "a.png", 1, 0, 0, 640, 480);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_true(jpeg < 0 && png < 0);
    assert_int_equal(bench_messages, 2);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_count("out"), 0);
}

static void the_inputs_are_never_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir("photos", 0700), 0);
    FILE *file = fopen("photos/a.jpg", "w");
    fputs("precious", file);
    fclose(file);
    struct ct__sink *sink = bench_open("photos/", true);
    assert_int_equal(bench_write(sink, "photos/a.jpg", 0, 0, 0, 8, 8), CT_ERROR_INVALID);
    assert_non_null(strstr(bench_log, "is the input itself"));
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    char *text = bench_read("photos/a.jpg");
    assert_string_equal(text, "precious");
    ct__free(text);
    assert_int_equal(bench_count("photos"), 1);
}

static void a_second_picture_does_not_fit_into_one_file(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.png", false);
    assert_int_equal(bench_write(sink, "a.jpg", 0, 0, 0, 8, 8), CT_OK);
    assert_true(bench_exists("out.png"));
    assert_int_equal(bench_write(sink, "b.jpg", 1, 0, 0, 8, 8), CT_ERROR_INVALID);
    assert_int_equal(bench_write(sink, "c.jpg", 2, 0, 0, 8, 8), CT_ERROR_INVALID);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_string_equal(bench_log, "out.png: b.jpg is a second picture, and the file holds one: "
                                   "give a folder (DIR/)\n");
    assert_int_equal(bench_count("."), 1);
}

static void a_clip_does_not_fit_into_one_picture(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("out.png", false);
    assert_int_equal(bench_write(sink, "a.mp4", 0, 0, 25, 8, 8), CT_ERROR_INVALID);
    assert_int_equal(bench_write(sink, "a.mp4", 0, 1, 25, 8, 8), CT_ERROR_INVALID);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_messages, 1);
    assert_int_equal(bench_count("."), 0);
}

static void several_inputs_for_one_picture_are_told_at_the_start(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {.input_count = 3};
    assert_int_equal(ct__sink_open(&sink, "out.png", &params), CT_ERROR_INVALID);
    assert_null(sink);
    assert_string_equal(bench_log,
                        "out.png: one picture cannot hold 3 inputs: give a folder (DIR/)\n");
    assert_int_equal(bench_count("."), 0);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    static const char *const outputs[] = {"out/", "one.png", "one.jpg"};
    ct_frame *frame = bench_frame(CT_FORMAT_I420, 64, 48, 90);
    struct ct_result result = bench_result("x.jpg", 0, 64, 48);
    for (int i = 0; i < 4; i++) {
        struct ct__sink_item item = {
            .result = &result, .frame = frame, .rate_num = i == 3 ? 25 : 0, .rate_den = 1};
        for (uint64_t n = 1;; n++) {
            struct ct__sink *sink = NULL;
            struct ct__sink_params params = {.draw = true};
            ct__mem_fail(n);
            int error = ct__sink_open(&sink, outputs[i % 3], &params);
            if (!error)
                error = sink->class->write(sink, &item);
            int hit = ct__mem_failed();
            ct__mem_fail(0);
            ct__sink_close(&sink, true);
            assert_true(hit ? error < 0 : !error);
            if (!hit)
                break;
        }
    }
    ct_frame_unref(&frame);
    assert_int_equal(bench_count("."), 3);
    assert_int_equal(bench_count("out"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(pictures_keep_their_names_and_kinds),
        BENCH_TEST(the_name_of_the_frame_goes_before_that_of_the_stream),
        BENCH_TEST(equal_names_do_not_replace_each_other),
        BENCH_TEST(results_are_drawn_if_asked_for_and_only_then),
        BENCH_TEST(classes_of_a_picture_without_objects_are_drawn),
        BENCH_TEST(a_clip_becomes_a_clip_of_its_name),
        BENCH_TEST(broken_pictures_are_passed_over),
        BENCH_TEST(one_file_that_cannot_be_written_does_not_stop_the_others),
        BENCH_TEST(a_picture_that_was_cut_short_is_absent),
        BENCH_TEST(the_inputs_are_never_replaced),
        BENCH_TEST(a_second_picture_does_not_fit_into_one_file),
        BENCH_TEST(a_clip_does_not_fit_into_one_picture),
        BENCH_TEST(several_inputs_for_one_picture_are_told_at_the_start),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
