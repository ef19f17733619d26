// SPDX-License-Identifier: Apache-2.0
// A crop is what its box touches, within the picture, under a name that no other has.
#include "bench.h"

#include "media/picture.h"

#include <math.h>

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

// A picture of 40 x 30 whose red is the column and whose green is the row.
static ct_frame *make_map(void)
{
    ct_frame *frame = bench_frame(CT_FORMAT_RGB, 40, 30, 0);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int y = 0; y < 30; y++)
        for (int x = 0; x < 40; x++) {
            uint8_t *pixel = ct_frame_writable(frame, 0) + y * picture->stride[0] + 3 * x;
            pixel[0] = (uint8_t)x;
            pixel[1] = (uint8_t)y;
        }
    return frame;
}

static int write_objects(struct ct__sink *sink, const char *source, uint64_t part,
                         const struct ct_object *objects, int count)
{
    ct_frame *frame = make_map();
    struct ct_result result = {.source = source, .frame = 12, .count = count, .objects = objects};
    struct ct__sink_item item = {.result = &result, .frame = frame, .part = part};
    int error = sink->class->write(sink, &item);
    ct_frame_unref(&frame);
    return error;
}

static void boxes_are_cut_exactly_and_within_the_picture(void **state)
{
    (void)state;
    static const struct {
        struct ct_object object;
        int x, y, width, height;
    } rows[] = {
        {{.x = 3.5f, .y = 5, .width = 10, .height = 4.25f}, 3, 5, 11, 5},
        {{.x = -9, .y = -9, .width = 900, .height = 900}, 0, 0, 40, 30},
        {{.x = 38, .y = 29, .width = 0, .height = 0}, 38, 29, 1, 1},
        {{.x = 400, .y = 300, .width = 5, .height = 5}, 39, 29, 1, 1},
        {{.x = -400, .y = -300, .width = 5, .height = 5}, 0, 0, 1, 1},
        {{.x = NAN, .y = INFINITY, .width = NAN, .height = -INFINITY}, 0, 29, 1, 1},
    };
    struct ct__sink *sink = bench_open("crops:out", true);
    for (int i = 0; i < 6; i++) {
        char path[64];
        assert_int_equal(write_objects(sink, "x.png", (uint64_t)i, &rows[i].object, 1), CT_OK);
        snprintf(path, sizeof path, i ? "out/x-%d_000012_00.png" : "out/x_000012_00.png", i + 1);
        ct_frame *frame = decode(path);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(picture->width, rows[i].width);
        assert_int_equal(picture->height, rows[i].height);
        assert_int_equal(picture->data[0][0], rows[i].x);
        assert_int_equal(picture->data[0][1], rows[i].y);
        ct_frame_unref(&frame);
    }
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_count("out"), 6);
}

static void names_tell_input_frame_place_and_label(void **state)
{
    (void)state;
    static const struct ct_object objects[] = {
        {.label = "traffic light"}, {.label = "../../etc/passwd"}, {.label = "a:b*c?d|e\n"}, {0}};
    struct ct__sink *sink = bench_open("crops:deep/out/", false);
    assert_int_equal(write_objects(sink, "in/door.mp4", 0, objects, 4), CT_OK);
    assert_int_equal(write_objects(sink, "other/door.mp4", 1, objects, 1), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_true(bench_exists("deep/out/door_000012_00_traffic-light.jpg"));
    assert_true(bench_exists("deep/out/door_000012_01_..-..-etc-passwd.jpg"));
    assert_true(bench_exists("deep/out/door_000012_02_a-b-c-d-e-.jpg"));
    assert_true(bench_exists("deep/out/door_000012_03.jpg"));
    assert_true(bench_exists("deep/out/door-2_000012_00_traffic-light.jpg"));
    assert_int_equal(bench_count("deep/out"), 5);
}

static void a_frame_without_objects_or_picture_leaves_nothing(void **state)
{
    (void)state;
    struct ct__sink *sink = bench_open("crops:out", false);
    assert_int_equal(write_objects(sink, "x.png", 0, NULL, 0), CT_OK);
    assert_int_equal(bench_line(sink, 0), CT_OK);
    assert_int_equal(ct__sink_close(&sink, true), CT_OK);
    assert_int_equal(bench_count("out"), 0);
}

static void a_folder_that_cannot_be_is_told_at_the_start(void **state)
{
    (void)state;
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {0};
    FILE *file = fopen("plain", "w");
    fclose(file);
    assert_int_equal(ct__sink_open(&sink, "crops:plain/out", &params), CT_ERROR_IO);
    assert_int_equal(ct__sink_open(&sink, "crops:", &params), CT_ERROR_INVALID);
    assert_null(sink);
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    ct_frame *frame = bench_frame(CT_FORMAT_I420, 64, 48, 90);
    struct ct_result result = bench_result("x.png", 0, 64, 48);
    struct ct__sink_item item = {.result = &result, .frame = frame};
    for (uint64_t n = 1;; n++) {
        struct ct__sink *sink = NULL;
        struct ct__sink_params params = {0};
        ct__mem_fail(n);
        int error = ct__sink_open(&sink, "crops:out", &params);
        if (!error)
            error = sink->class->write(sink, &item);
        int hit = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(ct__sink_close(&sink, true), CT_OK);
        assert_int_equal(error, hit ? CT_ERROR_MEMORY : CT_OK);
        if (!hit)
            break;
    }
    ct_frame_unref(&frame);
    assert_int_equal(bench_count("out"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(boxes_are_cut_exactly_and_within_the_picture),
        BENCH_TEST(names_tell_input_frame_place_and_label),
        BENCH_TEST(a_frame_without_objects_or_picture_leaves_nothing),
        BENCH_TEST(a_folder_that_cannot_be_is_told_at_the_start),
        BENCH_TEST(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
