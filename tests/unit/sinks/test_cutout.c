// SPDX-License-Identifier: Apache-2.0
#include "bench.h"

#include "media/picture.h"
#include "media/reader.h"

enum { WIDTH = 32, HEIGHT = 16 };

static const struct ct_cutout_params none;

static int open_sink(struct ct__sink **sink, const char *output,
                     const struct ct_cutout_params *params, int inputs)
{
    static const char *const roots[] = {"in", NULL};
    const struct ct__sink_params all = {
        .encoder_threads = 1, .input_count = inputs, .inputs = roots, .cutout = params};
    return ct__sink_open(sink, output, &all);
}

// The left half is foreground.
static struct ct_result make_result(uint64_t number)
{
    static uint8_t alpha[WIDTH * HEIGHT];
    static struct ct_matte matte = {WIDTH, HEIGHT, WIDTH, alpha, 0, "foreground"};
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        alpha[i] = i % WIDTH < WIDTH / 2 ? 255 : 0;
    struct ct_result result = bench_result("x", number, WIDTH, HEIGHT);
    result.matte_count = 1;
    result.mattes = &matte;
    result.count = 0;
    return result;
}

// What the pipeline does with a result: encode, let the frame go, write.
static int feed(struct ct__sink *sink, const char *path, uint64_t part, uint64_t number, int rate)
{
    ct_frame *frame = bench_frame(rate ? CT_FORMAT_I420 : CT_FORMAT_RGB, WIDTH, HEIGHT, 120);
    struct ct_result result = make_result(number);
    struct ct__text bytes = {0};
    struct ct__sink_item item = {.result = &result,
                                 .path = path,
                                 .frame = frame,
                                 .rate_num = rate,
                                 .rate_den = 1,
                                 .part = part};
    int error = sink->class->encode(sink, &item, &bytes);
    ct_frame_unref(&frame);
    item.frame = NULL;
    item.bytes = &bytes;
    error = error ? error : sink->class->write(sink, &item);
    ct__text_finish(&bytes);
    return error;
}

static ct_frame *decode(const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    ct_frame *frame = NULL;
    assert_int_equal(ct__file_read(path, 1 << 24, &data, &size), 0);
    assert_int_equal(ct__picture_decode_whole(data, size, path, 0, NULL, &frame), 0);
    ct__free(data);
    return frame;
}

static const uint8_t *pixel(const ct_frame *frame, int x, int y)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int step = picture->format == CT_FORMAT_RGBA ? 4 : 3;
    return picture->data[0] + y * picture->stride[0] + x * step;
}

static void expect_cutout(const char *path)
{
    ct_frame *frame = decode(path);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGBA);
    assert_memory_equal(pixel(frame, 3, 3), "\x78\x78\x78\xff", 4);
    assert_memory_equal(pixel(frame, WIDTH - 3, 3), "\0\0\0\0", 4);
    ct_frame_unref(&frame);
}

static void one_picture_appears_whole(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(open_sink(&sink, "cutout:sub/a.png", NULL, 1), 0);
    assert_false(bench_exists("sub/a.png"));
    assert_int_equal(feed(sink, "x.jpg", 0, 0, 0), 0);
    expect_cutout("sub/a.png");
    assert_int_equal(feed(sink, "y.jpg", 1, 0, 0), CT_ERROR_INVALID);
    assert_int_equal(feed(sink, "z.jpg", 2, 0, 0), CT_ERROR_INVALID);
    assert_int_equal(bench_messages, 1);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    assert_int_equal(bench_count("sub"), 1);
}

static void a_folder_keeps_structure_and_what_is_done(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(system("mkdir -p in/b && touch in/a.jpg in/a.png in/b/c.jpg"), 0);
    static const char *const paths[] = {"in/a.jpg", "in/a.png", "in/b/c.jpg"};
    for (int round = 0; round < 3; round++) {
        const struct ct_cutout_params params = {.overwrite = round == 2};
        assert_int_equal(open_sink(&sink, "cutout:out/", &params, 1), 0);
        for (int i = 0; i < 3; i++) {
            bool wanted = sink->class->wants(sink, paths[i]);
            // Once one is gone it alone is made again, under its own name.
            assert_int_equal(wanted, round != 1 || i == 1);
            if (wanted)
                assert_int_equal(feed(sink, paths[i], (uint64_t)i, 0, 0), 0);
        }
        assert_int_equal(ct__sink_close(&sink, true), 0);
        expect_cutout("out/a.png");
        expect_cutout("out/a-2.png");
        expect_cutout("out/b/c.png");
        assert_int_equal(bench_count("out"), 3);
        if (round == 0)
            assert_int_equal(remove("out/a-2.png"), 0);
    }
}

static void a_sequence_counts_on_from_input_to_input(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(open_sink(&sink, "cutout:out/%02d.png", NULL, 3), 0);
    assert_int_equal(feed(sink, "a.jpg", 0, 0, 0), 0);
    for (uint64_t frame = 0; frame < 3; frame++)
        assert_int_equal(feed(sink, "b.mp4", 1, frame, 25), 0);
    assert_int_equal(feed(sink, "c.jpg", 2, 0, 0), 0);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    assert_int_equal(bench_count("out"), 5);
    expect_cutout("out/00.png");
    expect_cutout("out/04.png");
}

static void an_input_newer_than_its_output_is_made_again(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(system("mkdir -p in out && touch -d 2020-01-01 out/a.png && touch in/a.jpg"),
                     0);
    assert_int_equal(open_sink(&sink, "cutout:out", NULL, 1), 0);
    assert_true(sink->class->wants(sink, "in/a.jpg"));
    assert_int_equal(ct__sink_close(&sink, true), 0);
}

static void an_input_is_never_overwritten(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(system("mkdir in && echo precious > in/a.png"), 0);
    assert_int_equal(open_sink(&sink, "cutout:in/", NULL, 1), 0);
    assert_true(sink->class->wants(sink, "in/a.png"));
    assert_int_equal(feed(sink, "in/a.png", 0, 0, 0), CT_ERROR_INVALID);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    char *text = bench_read("in/a.png");
    assert_string_equal(text, "precious\n");
    ct__free(text);
    assert_int_equal(open_sink(&sink, "cutout:in/a.png", NULL, 1), 0);
    assert_int_equal(feed(sink, "in/a.png", 0, 0, 0), CT_ERROR_INVALID);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    assert_int_equal(bench_count("in"), 1);
}

static void what_was_written_into_the_input_is_no_input(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(system("mkdir -p in/out && touch in/a.jpg in/out/a.png in/outside.png"), 0);
    assert_int_equal(open_sink(&sink, "cutout:in/out/", NULL, 1), 0);
    assert_false(sink->class->wants(sink, "in/out/a.png"));
    assert_true(sink->class->wants(sink, "in/outside.png"));
    assert_int_equal(ct__sink_close(&sink, true), 0);
}

static void a_sequence_has_a_picture_for_each_frame(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    assert_int_equal(open_sink(&sink, "cutout:fr/x%04d.webp", NULL, 1), 0);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(feed(sink, "c.mp4", 0, i, 25), 0);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    assert_true(bench_exists("fr/x0000.webp") && bench_exists("fr/x0002.webp"));
    assert_int_equal(bench_count("fr"), 3);
    ct_frame *frame = decode("fr/x0001.webp");
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGBA);
    ct_frame_unref(&frame);
}

// How many frames a clip has, and that its left half is as bright as it was.
static int count_frames(const char *path)
{
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.threads = 1, .max_pixels = 1 << 20};
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL;
    int count = 0;
    assert_int_equal(ct__pool_create(&pool), 0);
    if (ct__reader_open(&reader, path, &params)) {
        ct__pool_unref(&pool);
        return -1;
    }
    while (ct__reader_read(reader, pool, &frame) == 0) {
        count++;
        ct_frame_unref(&frame);
    }
    ct__reader_close(&reader);
    ct__pool_unref(&pool);
    return count;
}

static void clips_have_alpha_or_a_background(void **state)
{
    (void)state;
    static const struct ct_cutout_params blue = {.has_colour = 1, .colour = {0, 0, 255, 255}};
    static const char *const outputs[] = {"a.mov", "a.webm", "a.mp4"};
    for (int i = 0; i < 3; i++) {
        struct ct__sink *sink = NULL;
        char output[32];
        snprintf(output, sizeof output, "cutout:%s", outputs[i]);
        int error = open_sink(&sink, output, i == 2 ? &blue : NULL, 1);
        assert_int_equal(error, 0);
        error = CT_OK;
        for (uint64_t n = 0; n < 5 && !error; n++)
            error = feed(sink, "c.raw", 0, n, 25);
        if (error) { // an encoder that this libavcodec lacks
            ct__sink_close(&sink, true);
            assert_non_null(strstr(bench_log, "no encoder"));
            print_message("%s", bench_log);
            skip();
        }
        assert_int_equal(ct__sink_close(&sink, true), 0);
        assert_int_equal(count_frames(outputs[i]), 5);
    }
}

static void a_clip_in_a_folder_becomes_a_clip(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    static const struct ct_cutout_params mask = {.only_mask = 1, .clip_format = ".mp4"};
    assert_int_equal(open_sink(&sink, "cutout:out/", &mask, 1), 0);
    assert_int_equal(feed(sink, "a.avi", 0, 0, 25), 0);
    assert_int_equal(feed(sink, "a.avi", 0, 1, 25), 0);
    assert_int_equal(feed(sink, "b.jpg", 1, 0, 0), 0);
    assert_int_equal(feed(sink, "c.avi", 2, 0, 25), 0);
    assert_int_equal(ct__sink_close(&sink, true), 0);
    assert_int_equal(count_frames("out/a.mp4"), 2);
    assert_int_equal(count_frames("out/c.mp4"), 1);
    ct_frame *frame = decode("out/b.png");
    assert_int_equal(pixel(frame, 0, 0)[0], 255);
    assert_int_equal(pixel(frame, WIDTH - 1, 0)[0], 0);
    ct_frame_unref(&frame);
}

static void what_cannot_be_is_told_when_it_is_opened(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    static const struct ct_cutout_params no_file = {.background = "nosuch.png"},
                                         bad = {.format = ".gif"},
                                         bad_clip = {.clip_format = ".mp4"};
    assert_int_equal(open_sink(&sink, "cutout:a.gif", NULL, 1), CT_ERROR_INVALID);
    assert_int_equal(open_sink(&sink, "cutout:a.mp4", NULL, 1), CT_ERROR_INVALID);
    assert_int_equal(open_sink(&sink, "cutout:a.png", NULL, 2), CT_ERROR_INVALID);
    assert_int_equal(open_sink(&sink, "cutout:a.png", &no_file, 1), CT_ERROR_NOT_FOUND);
    assert_int_equal(open_sink(&sink, "cutout:out/", &bad, 1), CT_ERROR_INVALID);
    assert_int_equal(open_sink(&sink, "cutout:out/", &bad_clip, 1), CT_ERROR_INVALID);
    assert_int_equal(open_sink(&sink, "cutout:/proc/nosuch/a.png", NULL, 1), CT_ERROR_IO);
    assert_null(sink);
    assert_false(bench_exists("a.png"));
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    if (!bench_exists("/dev/full"))
        skip();
    assert_int_equal(symlink("/dev/full", "a.png"), 0);
    assert_int_equal(open_sink(&sink, "cutout:a.png", NULL, 1), 0);
    assert_int_equal(feed(sink, "x.jpg", 0, 0, 0), CT_ERROR_IO);
    assert_non_null(strstr(bench_log, "cannot be written"));
    ct__sink_close(&sink, true);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0777), 0);
    for (int kind = 0; kind < 2; kind++) {
        int error = CT_ERROR_MEMORY;
        for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
            struct ct__sink *sink = NULL;
            ct_frame *frame = bench_frame(CT_FORMAT_RGB, WIDTH, HEIGHT, 120);
            struct ct_result result = make_result(0);
            struct ct__text bytes = {0};
            struct ct__sink_item item = {
                .result = &result, .path = "in/a.jpg", .frame = frame, .bytes = &bytes};
            ct__mem_fail(n);
            error = open_sink(&sink, kind ? "cutout:out/" : "cutout:o.png", &none, 1);
            if (!error)
                error = sink->class->encode(sink, &item, &bytes);
            if (!error)
                error = sink->class->write(sink, &item);
            assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
            ct__mem_fail(0);
            if (sink)
                ct__sink_close(&sink, true);
            ct__text_finish(&bytes);
            ct_frame_unref(&frame);
        }
        assert_int_equal(error, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(one_picture_appears_whole),
        BENCH_TEST(a_folder_keeps_structure_and_what_is_done),
        BENCH_TEST(a_sequence_counts_on_from_input_to_input),
        BENCH_TEST(an_input_newer_than_its_output_is_made_again),
        BENCH_TEST(an_input_is_never_overwritten),
        BENCH_TEST(what_was_written_into_the_input_is_no_input),
        BENCH_TEST(a_sequence_has_a_picture_for_each_frame),
        BENCH_TEST(clips_have_alpha_or_a_background),
        BENCH_TEST(a_clip_in_a_folder_becomes_a_clip),
        BENCH_TEST(what_cannot_be_is_told_when_it_is_opened),
        BENCH_TEST(a_full_disk_is_told),
        BENCH_TEST(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
