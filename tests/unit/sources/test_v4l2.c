// SPDX-License-Identifier: Apache-2.0
#include "../media/samples.h"

#include "fake_v4l2.h"
#include "sources/source.h"

#include <chiton/machine.h>

static void expect_refusal(int error, const char *sentence)
{
    static const struct ct__source_params live = {.live = true};
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, "v4l2:3", &live), error);
    assert_null(source);
    expect_failure(sentence);
}

// ---- the choice

struct choice {
    struct ct__camera_wish wish;
    const char *format;
    int width, fps;
};

static void the_mode_that_serves_the_wish_best_is_chosen(void **state)
{
    (void)state;
    const struct ct__v4l2_format *yuyv = ct__v4l2_format(V4L2_PIX_FMT_YUYV);
    const struct ct__v4l2_format *jpeg = ct__v4l2_format(V4L2_PIX_FMT_MJPEG);
    const struct ct__v4l2_mode webcam[] = {
        {jpeg, 640, 480, 30, 1},   {jpeg, 1280, 720, 60, 1}, {jpeg, 1280, 720, 30, 1},
        {jpeg, 1920, 1080, 30, 1}, {yuyv, 640, 480, 30, 1},  {yuyv, 640, 480, 15, 1},
        {yuyv, 1280, 720, 10, 1},  {yuyv, 1280, 720, 5, 1},  {yuyv, 1920, 1080, 5, 1},
    };
    static const struct choice choices[] = {
        {{1280, 720, false, 30}, "MJPG", 1280, 30}, // plain pixels are too slow at that size
        {{1280, 720, false, 10}, "YUYV", 1280, 10}, // and wanted where they are not
        {{1280, 720, false, 6}, "YUYV", 1280, 10},  // the least rate that is enough
        {{1280, 720, false, 60}, "MJPG", 1280, 60},
        {{1280, 720, false, 200}, "MJPG", 1280, 60}, // the most there is
        {{640, 480, true, 30}, "YUYV", 640, 30},
        {{640, 480, true, 60}, "YUYV", 640, 30}, // a named size goes before the rate
        {{1920, 1080, true, 5}, "YUYV", 1920, 5},
        {{1920, 1080, true, 30}, "MJPG", 1920, 30},
        {{600, 500, true, 20}, "YUYV", 640, 30},  // the nearest
        {{320, 240, false, 30}, "YUYV", 640, 30}, // the least that exceeds
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const struct ct__v4l2_mode *mode = ct__v4l2_choose(webcam, 9, &choices[i].wish);
        assert_string_equal(mode->format->name, choices[i].format);
        assert_int_equal(mode->width, choices[i].width);
        assert_int_equal(mode->rate_num, choices[i].fps);
    }
    assert_null(ct__v4l2_choose(webcam, 0, &choices[0].wish));
}

static void a_rate_that_is_nearly_the_wished_one_is_enough(void **state)
{
    (void)state;
    const struct ct__v4l2_format *jpeg = ct__v4l2_format(V4L2_PIX_FMT_MJPEG);
    const struct ct__v4l2_mode list[] = {{jpeg, 640, 480, 60, 1}, {jpeg, 640, 480, 30000, 1001}};
    const struct ct__camera_wish wish = {1280, 720, false, 30};
    assert_int_equal(ct__v4l2_choose(list, 2, &wish)->rate_num, 30000);
}

static int list_modes(struct ct__v4l2_mode list[CT__V4L2_MAX_MODES],
                      const struct ct__camera_wish *wish)
{
    struct ct__v4l2_device device = {0};
    assert_int_equal(ct__v4l2_open(&device, "/dev/video3", "camera"), 0);
    int count = ct__v4l2_modes(&device, wish, list, CT__V4L2_MAX_MODES);
    ct__v4l2_close(&device);
    return count;
}

static void all_that_a_device_offers_is_listed(void **state)
{
    (void)state;
    static const struct ct__camera_wish wish = {1280, 720, false, 30};
    struct ct__v4l2_mode list[CT__V4L2_MAX_MODES];
    const struct fake_mode modes[] = {
        {V4L2_PIX_FMT_MJPEG, 640, 480, 30},   {V4L2_PIX_FMT_MJPEG, 640, 480, 15},
        {V4L2_PIX_FMT_MJPEG, 320, 240, 0},    {V4L2_PIX_FMT_SBGGR8, 640, 480, 30}, // not known here
        {V4L2_PIX_FMT_GREY, 100000, 480, 30}, // no size for a frame
        {V4L2_PIX_FMT_NV12, 64, 48, 5}};
    memcpy(fake.modes, modes, sizeof modes);
    assert_int_equal(list_modes(list, &wish), 4);
    assert_int_equal(list[1].rate_num, 15);
    assert_int_equal(list[2].width, 320);
    assert_int_equal(list[2].rate_num, 0);
    assert_string_equal(list[3].format->name, "NV12");
}

static void of_ranges_the_wish_itself_is_taken(void **state)
{
    (void)state;
    struct ct__v4l2_mode list[CT__V4L2_MAX_MODES];
    const struct ct__camera_wish wish = {1283, 719, true, 12.5}, beyond = {16, 9999, true, 120};
    fake.stepwise = true;
    assert_int_equal(list_modes(list, &wish), 1);
    assert_int_equal(list[0].width, 1280);
    assert_int_equal(list[0].height, 704);
    assert_int_equal(list[0].rate_num, 12500);
    assert_int_equal(list[0].rate_den, 1000);
    assert_int_equal(list_modes(list, &beyond), 1);
    assert_int_equal(list[0].width, 32);
    assert_int_equal(list[0].height, 4096);
    assert_int_equal(list[0].rate_num, 60);
}

static void a_device_whose_lists_never_end_or_are_missing_is_used_all_the_same(void **state)
{
    (void)state;
    static const struct ct__camera_wish wish = {1280, 720, false, 30};
    struct ct__v4l2_mode list[CT__V4L2_MAX_MODES];
    fake.endless = true;
    assert_int_equal(list_modes(list, &wish), CT__V4L2_MAX_MODES);
    fake.endless = false;
    fake.sizeless = true;
    fake.set.width = 32;
    fake.set.height = 16;
    assert_int_equal(list_modes(list, &wish), 1);
    assert_int_equal(list[0].width, 32);
    fake.set.width = 0;
    expect_refusal(CT_ERROR_UNSUPPORTED, "Fake camera has no format that is known here");
}

static void size_and_rate_are_asked_of_the_device(void **state)
{
    (void)state;
    const struct fake_mode modes[] = {{V4L2_PIX_FMT_YUYV, 64, 48, 30},
                                      {V4L2_PIX_FMT_YUYV, 64, 48, 10},
                                      {V4L2_PIX_FMT_YUYV, 32, 16, 30}};
    const struct ct__source_params params = {.live = true, .size = "64x48", .fps = 8};
    int rate, base;
    memcpy(fake.modes, modes, sizeof modes);
    struct ct__source *source = open_camera(&params);
    assert_int_equal(fake.set.width, 64);
    assert_int_equal(fake.set.pixelformat, V4L2_PIX_FMT_YUYV);
    assert_int_equal(fake.interval.denominator, 10);
    source->class->rate(source, &rate, &base);
    assert_int_equal(rate, 10);
    assert_true(source->class->expected(source) == 0);
    ct__source_close(&source);
    const struct ct__source_params wrong = {.size = "big"};
    assert_int_equal(ct__source_open(&source, "v4l2:3", &wrong), CT_ERROR_INVALID);
    expect_failure("size = big: expected WIDTHxHEIGHT as in 1280x720");
}

// ---- pictures

static void packed_pixels_become_planes(void **state)
{
    (void)state;
    static const uint32_t codes[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY};
    const struct ct__source_params live = {.live = true};
    fake.modes[0].width = 30;
    fake.stride = 68;
    for (int i = 0; i < 2; i++) {
        fake.modes[0].code = codes[i];
        struct ct__source *source = open_camera(&live);
        ct_frame *frame = read_frame(source);
        const struct ct_picture *picture = ct_frame_picture(frame);
        assert_int_equal(picture->format, CT_FORMAT_I422);
        assert_int_equal(picture->width, 30);
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 30; x++) {
                const uint8_t *pair = fake.picture + y * 68 + x / 2 * 4;
                ptrdiff_t chroma = y * picture->stride[1] + x / 2;
                assert_int_equal(picture->data[0][y * picture->stride[0] + x], pair[x % 2 * 2 + i]);
                assert_int_equal(picture->data[1][chroma], pair[1 - i]);
                assert_int_equal(picture->data[2][chroma], pair[3 - i]);
            }
        }
        ct_frame_unref(&frame);
        ct__source_close(&source);
    }
}

static void planes_are_copied_with_the_devices_own_strides(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    fake.stride = 40;
    fake.modes[0].code = V4L2_PIX_FMT_YUV420;
    struct ct__source *source = open_camera(&live);
    ct_frame *frame = read_frame(source);
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_int_equal(picture->format, CT_FORMAT_I420);
    assert_int_equal(picture->data[0][3 * picture->stride[0] + 5], fake.picture[3 * 40 + 5]);
    assert_int_equal(picture->data[1][2 * picture->stride[1] + 7], fake.picture[640 + 47]);
    assert_int_equal(picture->data[2][7 * picture->stride[2] + 15], fake.picture[800 + 155]);
    ct_frame_unref(&frame);
    ct__source_close(&source);
    fake.modes[0].code = V4L2_PIX_FMT_NV12;
    source = open_camera(&live);
    frame = read_frame(source);
    picture = ct_frame_picture(frame);
    assert_int_equal(picture->format, CT_FORMAT_NV12);
    assert_int_equal(picture->data[1][7 * picture->stride[1] + 31], fake.picture[640 + 311]);
    ct_frame_unref(&frame);
    ct__source_close(&source);
}

static void colour_is_what_the_driver_says(void **state)
{
    (void)state;
    static const struct {
        uint32_t space, encoding, quantisation;
        enum ct_matrix matrix;
        enum ct_range range;
    } colours[] = {
        {0, 0, 0, CT_MATRIX_AUTO, CT_RANGE_AUTO},
        {V4L2_COLORSPACE_SRGB, 0, 0, CT_MATRIX_BT601, CT_RANGE_AUTO},
        {V4L2_COLORSPACE_REC709, 0, 0, CT_MATRIX_BT709, CT_RANGE_AUTO},
        {V4L2_COLORSPACE_BT2020, 0, 0, CT_MATRIX_BT2020, CT_RANGE_AUTO},
        {V4L2_COLORSPACE_JPEG, 0, 0, CT_MATRIX_BT601, CT_RANGE_FULL},
        {V4L2_COLORSPACE_SRGB, V4L2_YCBCR_ENC_709, V4L2_QUANTIZATION_FULL_RANGE, CT_MATRIX_BT709,
         CT_RANGE_FULL},
    };
    const struct ct__source_params live = {.live = true};
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        fake.colour[0] = colours[i].space;
        fake.colour[1] = colours[i].encoding;
        fake.colour[2] = colours[i].quantisation;
        struct ct__source *source = open_camera(&live);
        ct_frame *frame = read_frame(source);
        assert_int_equal(ct_frame_picture(frame)->matrix, colours[i].matrix);
        assert_int_equal(ct_frame_picture(frame)->range, colours[i].range);
        ct_frame_unref(&frame);
        ct__source_close(&source);
    }
}

static void load_jpeg(void)
{
    size_t size;
    write_picture(in_folder("camera"), ".jpg", CT_FORMAT_I420, 32, 16);
    uint8_t *data = read_bytes(in_folder("camera"), &size);
    memset(fake.picture, 0, sizeof fake.picture);
    memcpy(fake.picture, data, size);
    fake.picture_size = (unsigned)size;
    free(data);
}

static void a_jpeg_is_decoded_and_one_that_broke_off_is_counted(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    load_jpeg();
    unsigned whole = fake.picture_size;
    fake.modes[0].code = V4L2_PIX_FMT_MJPEG;
    struct ct__source *source = open_camera(&live);
    ct_frame *frame = read_frame(source);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_I420);
    assert_int_equal(ct_frame_picture(frame)->range, CT_RANGE_FULL);
    ct_frame_unref(&frame);
    fake.picture_size = whole + 100; // zeros behind it
    frame = read_frame(source);
    ct_frame_unref(&frame);
    assert_int_equal(source->damaged, 0);
    fake.picture_size = whole / 2;
    source->class->want(source, 1000); // so that a read returns at times
    assert_int_equal(read_code(source), 0);
    assert_in_range(source->damaged, 9, 11);
    ct__source_close(&source);
}

// Many cameras leave the tables out that they all share.
static void a_jpeg_without_huffman_tables_is_decoded(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    load_jpeg();
    unsigned size = fake.picture_size;
    for (unsigned at = 2; at + 4 < size && fake.picture[at + 1] != 0xda;) {
        unsigned length = 2u + fake.picture[at + 2] * 256u + fake.picture[at + 3];
        if (fake.picture[at + 1] == 0xc4)
            memmove(fake.picture + at, fake.picture + at + length, (size -= length) - at);
        else
            at += length;
    }
    assert_true(size < fake.picture_size);
    fake.picture_size = size;
    fake.modes[0].code = V4L2_PIX_FMT_MJPEG;
    struct ct__source *source = open_camera(&live);
    ct_frame *frame = read_frame(source);
    ct_frame_unref(&frame);
    ct__source_close(&source);
}

static void times_are_the_drivers_where_it_has_some(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    struct ct__source *source = open_camera(&live);
    for (int i = 0; i < 3; i++) {
        ct_frame *frame = read_frame(source);
        const struct ct_frame_info *info = ct_frame_info(frame);
        int64_t age = i < 2 ? fake.stamp_age_ns : 0;
        assert_int_equal(info->number, i);
        assert_int_equal(info->capture_ns, ct__now_ns() - age);
        assert_int_equal(info->wall_ns, ct__wall_ns() - age);
        assert_int_equal(info->pts_ns, i * 40000000 + (i < 2 ? 0 : 3000000));
        ct_frame_unref(&frame);
        if (i == 1)
            fake.flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
    }
    ct__source_close(&source);
}

// ---- what is counted

static void numbers_that_the_driver_left_out_are_lost(void **state)
{
    (void)state;
    static const uint32_t skips[] = {0, 3, 0, 2, 0};
    const struct ct__source_params live = {.live = true};
    fake.sequence = UINT32_MAX - 1; // it wraps on the way
    struct ct__source *source = open_camera(&live);
    for (size_t i = 0; i < sizeof skips / sizeof *skips; i++) {
        fake.skips = skips[i];
        ct_frame *frame = read_frame(source);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->lost, 5);
    fake.sequence = 0; // it began anew
    ct_frame *frame = read_frame(source);
    ct_frame_unref(&frame);
    assert_int_equal(source->lost, 5);
    ct__source_close(&source);
}

static void what_the_driver_calls_damaged_and_what_is_short_is_withheld(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 32 * 16 * 2 - 1, FAKE_BUFFER_SIZE + 1};
    const struct ct__source_params params = {.live = true, .fps = 1000, .timeout_ms = 60000};
    struct ct__source *source = open_camera(&params);
    fake.flags |= V4L2_BUF_FLAG_ERROR;
    assert_int_equal(read_code(source), 0);
    assert_int_equal(source->damaged, 10);
    fake.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fake.picture_size = sizes[i];
        assert_int_equal(read_code(source), 0);
        assert_int_equal(source->damaged, 20 + 10 * i);
    }
    fake.picture_size = 32 * 16 * 2;
    ct_frame *frame = read_frame(source);
    assert_int_equal(ct_frame_info(frame)->number, 0);
    ct_frame_unref(&frame);
    assert_int_equal(source->undecoded, 0);
    ct__source_close(&source);
}

static void wanted_frames_lie_evenly_and_the_rest_is_passed_over(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .fps = 10};
    struct ct__source *source = open_camera(&params);
    int64_t last_ns = 0;
    for (int i = 0; i < 50; i++) { // of 25 a second
        ct_frame *frame = read_frame(source);
        int64_t pts_ns = ct_frame_info(frame)->pts_ns;
        assert_true(i == 0 || pts_ns - last_ns == 80000000 || pts_ns - last_ns == 120000000);
        last_ns = pts_ns;
        ct_frame_unref(&frame);
    }
    // A frame less or more once they have moved to where they belong beside those of others.
    assert_in_range(last_ns, INT64_C(4840000000), INT64_C(4960000000));
    assert_in_range(source->undecoded, 70, 76);
    ct__source_close(&source);
}

static void a_new_wish_holds_at_once_and_none_gives_no_frame(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .fps = .01};
    struct ct__source *source = open_camera(&params);
    ct_frame *frame = read_frame(source);
    ct_frame_unref(&frame);
    int64_t before = ct__now_ns();
    assert_int_equal(read_code(source), 0);
    assert_true(ct__now_ns() - before <= 500000000);
    source->class->want(source, 5);
    frame = read_frame(source);
    assert_true(ct__now_ns() - before <= 800000000);
    ct_frame_unref(&frame);
    source->class->want(source, -1);
    uint64_t undecoded = source->undecoded;
    assert_int_equal(read_code(source), 0);
    assert_int_equal(source->undecoded - undecoded, 10);
    source->class->want(source, 0);
    for (int i = 0; i < 5; i++) {
        frame = read_frame(source);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->undecoded - undecoded, 10);
    ct__source_close(&source);
}

// ---- trouble

static void what_cannot_be_opened_is_told_with_its_reason(void **state)
{
    (void)state;
    fake.open_fails = ENOENT;
    expect_refusal(CT_ERROR_NOT_FOUND, "no device /dev/video3");
    fake.open_fails = EACCES;
    expect_refusal(CT_ERROR_IO, "cannot be opened: this user may not use it (the group video may)");
    fake.open_fails = EBUSY;
    expect_refusal(CT_ERROR_IO, "cannot be opened: another program uses it");
    fake.open_fails = 0;
    fake.fails = VIDIOC_QUERYCAP;
    fake.number = ENOTTY;
    expect_refusal(CT_ERROR_UNSUPPORTED, "no V4L2 device");
    fake.fails = 0;
    fake.capabilities = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
    expect_refusal(CT_ERROR_UNSUPPORTED, "Fake camera gives no pictures by streaming");
}

static void a_request_that_is_refused_is_told_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        unsigned long fails;
        int number;
        const char *sentence;
    } refusals[] = {
        {VIDIOC_S_FMT, EBUSY, "its format cannot be set: another program uses it"},
        {VIDIOC_REQBUFS, EBUSY, "no buffers: another program uses it"},
        {VIDIOC_QUERYBUF, EINVAL, "no buffers: Invalid argument"},
        {VIDIOC_QBUF, EIO, "a buffer was refused: Input/output error"},
        {VIDIOC_STREAMON, ENOSPC,
         "cannot be started: the bus has no room for it: ask for fewer or smaller pictures"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        fake.fails = refusals[i].fails;
        fake.number = refusals[i].number;
        expect_refusal(CT_ERROR_IO, refusals[i].sentence);
    }
}

static void a_driver_that_answers_nonsense_is_refused(void **state)
{
    (void)state;
    fake.gives_code = V4L2_PIX_FMT_SBGGR8;
    expect_refusal(CT_ERROR_IO, "YUYV was asked for, it gives BA81");
    fake.gives_code = 0;
    fake.gives_field = V4L2_FIELD_ALTERNATE;
    expect_refusal(CT_ERROR_UNSUPPORTED, "it gives the fields of a picture apart");
    fake.gives_field = 0;
    fake.gives_width = UINT32_MAX;
    expect_refusal(CT_ERROR_LIMIT, "0 x 0 pixels: a side may have at most 65535");
    fake.gives_width = 70000;
    expect_refusal(CT_ERROR_LIMIT, "70000 x 16 pixels: a side may have at most 65535");
    fake.gives_width = 0;
    fake.stride = 63;
    expect_refusal(CT_ERROR_FORMAT, "rows of 63 bytes: 32 pixels need 64");
    fake.stride = UINT32_MAX;
    expect_refusal(CT_ERROR_FORMAT, "rows of 4294967295 bytes: 32 pixels need 64");
    fake.stride = 0;
    fake.buffer_size = 1023;
    expect_refusal(CT_ERROR_IO, "buffers of 1023 bytes: a picture has 1024");
    fake.buffer_size = FAKE_BUFFER_SIZE;
    fake.buffers = 33;
    expect_refusal(CT_ERROR_IO, "33 buffers: expected 1 to 32");
    fake.buffers = 0;
    expect_refusal(CT_ERROR_IO, "0 buffers: expected 1 to 32");
}

static void a_picture_above_the_limit_is_refused(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .max_pixels = 500};
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, "v4l2:3", &params), CT_ERROR_LIMIT);
    expect_failure("32 x 16 pixels: more than the limit of 500");
}

static void a_device_that_is_unplugged_ends_with_its_reason(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    struct ct__source *source = open_camera(&live);
    ct_frame *frame = read_frame(source);
    ct_frame_unref(&frame);
    fake.unplugged = true;
    assert_int_equal(read_code(source), CT_ERROR_IO);
    expect_failure("no picture: the device is gone");
    assert_int_equal(read_code(source), CT_ERROR_END);
    ct__source_close(&source);
}

static void a_buffer_that_does_not_exist_or_is_refused_ends_the_camera(void **state)
{
    (void)state;
    const struct ct__source_params live = {.live = true};
    struct ct__source *source = open_camera(&live);
    fake.gives_index = 4;
    assert_int_equal(read_code(source), CT_ERROR_IO);
    expect_failure("buffer 4 of 4");
    ct__source_close(&source);
    fake.gives_index = 0;
    source = open_camera(&live);
    fake.fails = VIDIOC_QBUF;
    fake.number = EINVAL;
    assert_int_equal(read_code(source), CT_ERROR_IO);
    expect_failure("a buffer was refused: Invalid argument");
    fake.fails = 0;
    ct__source_close(&source);
}

static void a_camera_that_gives_nothing_is_given_up(void **state)
{
    (void)state;
    const struct ct__source_params params = {.live = true, .timeout_ms = 2000};
    struct ct__source *source = open_camera(&params);
    fake.silent = true;
    int64_t before = ct__now_ns();
    assert_int_equal(read_code(source), CT_ERROR_IO);
    expect_failure("no picture came for 2 s");
    assert_in_range(ct__now_ns() - before, INT64_C(2000000000), INT64_C(2050000000));
    assert_int_equal(read_code(source), CT_ERROR_END);
    ct__source_close(&source);
}

static void either_stop_ends_a_read(void **state)
{
    (void)state;
    atomic_bool stop = false;
    const struct ct__source_params params = {.live = true, .stop = &stop};
    struct ct__source *source = open_camera(&params);
    fake.silent = true;
    atomic_store(&stop, true);
    assert_int_equal(read_code(source), CT_ERROR_STOPPED);
    atomic_store(&stop, false);
    source->class->interrupt(source);
    assert_int_equal(read_code(source), CT_ERROR_STOPPED);
    ct__source_close(&source);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(fail_each_allocation() > 3);
}

static void the_path_is_a_number_or_a_name(void **state)
{
    (void)state;
    char path[16];
    assert_true(ct__v4l2_path("v4l2:0", path, sizeof path));
    assert_string_equal(path, "/dev/video0");
    assert_true(ct__v4l2_path("v4l2:/dev/video12", path, sizeof path));
    assert_string_equal(path, "/dev/video12");
    assert_true(ct__v4l2_path("/dev/video12", path, sizeof path));
    assert_false(ct__v4l2_path("v4l2:/dev/v4l/by-id/a", path, sizeof path));
}

static void cameras_are_listed_with_what_hinders_them(void **state)
{
    (void)state;
    static struct ct_camera list[2];
    assert_int_equal(ct_camera_list(list, 2), 64); // the fake is behind every name
    assert_string_equal(list[1].input, "v4l2:1");
    assert_string_equal(list[1].name, "Fake camera");
    assert_string_equal(list[1].problem, "");
    fake.open_fails = EACCES;
    assert_int_equal(ct_camera_list(list, 1), 64);
    assert_string_equal(list[0].name, "/dev/video0");
    assert_string_equal(list[0].problem, "Permission denied");
    fake.open_fails = ENOENT;
    assert_int_equal(ct_camera_list(list, 2), 0);
}

static void assert_mode(const struct ct_camera_mode *mode, const char *format, int width, int fps)
{
    assert_string_equal(mode->format, format);
    assert_int_equal(mode->width, width);
    assert_int_equal((int)(mode->fps + .5), fps);
}

static void what_a_camera_offers_is_told_best_first(void **state)
{
    (void)state;
    static const struct fake_mode modes[] = {
        {V4L2_PIX_FMT_MJPEG, 640, 480, 15}, {V4L2_PIX_FMT_MJPEG, 640, 480, 30},
        {V4L2_PIX_FMT_MJPEG, 64, 48, 0},    {V4L2_PIX_FMT_SBGGR8, 640, 480, 30},
        {V4L2_PIX_FMT_NV12, 320, 240, 5},
    };
    struct ct_camera_mode list[8];
    struct ct_camera camera;
    memcpy(fake.modes, modes, sizeof modes);
    assert_int_equal(ct_camera_modes("v4l2:3", &camera, list, 8), 4);
    assert_string_equal(camera.input, "v4l2:3");
    assert_string_equal(camera.name, "Fake camera");
    assert_mode(&list[0], "NV12", 320, 5);
    assert_mode(&list[1], "MJPG", 640, 30);
    assert_mode(&list[2], "MJPG", 640, 15);
    assert_mode(&list[3], "MJPG", 64, 0);
    assert_int_equal(ct_camera_modes("/dev/video3", NULL, list, 1), 4);
    ct__mem_fail(1);
    assert_int_equal(ct_camera_modes("v4l2:3", &camera, list, 8), CT_ERROR_MEMORY);
    ct__mem_fail(0);
    fake.open_fails = ENOENT;
    assert_int_equal(ct_camera_modes("v4l2:3", &camera, list, 8), CT_ERROR_NOT_FOUND);
    assert_int_equal(fake.opened, 0);
    char path[300];
    snprintf(path, sizeof path, "v4l2:/%0280d", 0);
    assert_int_equal(ct_camera_modes(path, &camera, list, 8), CT_ERROR_INVALID);
}

static void of_ranges_the_ends_are_told(void **state)
{
    (void)state;
    struct ct_camera_mode list[8];
    fake.modes[0] = (struct fake_mode){V4L2_PIX_FMT_YUYV, 0, 0, 0};
    fake.stepwise = true;
    assert_int_equal(ct_camera_modes("v4l2:3", NULL, list, 8), 2);
    assert_mode(&list[0], "YUYV", 4096, 60);
    assert_mode(&list[1], "YUYV", 32, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mode_that_serves_the_wish_best_is_chosen),
        cmocka_unit_test(a_rate_that_is_nearly_the_wished_one_is_enough),
        WITH_DEVICE(all_that_a_device_offers_is_listed),
        WITH_DEVICE(of_ranges_the_wish_itself_is_taken),
        WITH_DEVICE(a_device_whose_lists_never_end_or_are_missing_is_used_all_the_same),
        WITH_DEVICE(size_and_rate_are_asked_of_the_device),
        WITH_DEVICE(packed_pixels_become_planes),
        WITH_DEVICE(planes_are_copied_with_the_devices_own_strides),
        WITH_DEVICE(colour_is_what_the_driver_says),
        WITH_DEVICE(a_jpeg_is_decoded_and_one_that_broke_off_is_counted),
        WITH_DEVICE(a_jpeg_without_huffman_tables_is_decoded),
        WITH_DEVICE(times_are_the_drivers_where_it_has_some),
        WITH_DEVICE(numbers_that_the_driver_left_out_are_lost),
        WITH_DEVICE(what_the_driver_calls_damaged_and_what_is_short_is_withheld),
        WITH_DEVICE(wanted_frames_lie_evenly_and_the_rest_is_passed_over),
        WITH_DEVICE(a_new_wish_holds_at_once_and_none_gives_no_frame),
        WITH_DEVICE(what_cannot_be_opened_is_told_with_its_reason),
        WITH_DEVICE(a_request_that_is_refused_is_told_with_its_reason),
        WITH_DEVICE(a_driver_that_answers_nonsense_is_refused),
        WITH_DEVICE(a_picture_above_the_limit_is_refused),
        WITH_DEVICE(a_device_that_is_unplugged_ends_with_its_reason),
        WITH_DEVICE(a_buffer_that_does_not_exist_or_is_refused_ends_the_camera),
        WITH_DEVICE(a_camera_that_gives_nothing_is_given_up),
        WITH_DEVICE(either_stop_ends_a_read),
        WITH_DEVICE(every_allocation_may_fail),
        WITH_DEVICE(cameras_are_listed_with_what_hinders_them),
        cmocka_unit_test(the_path_is_a_number_or_a_name),
        WITH_DEVICE(what_a_camera_offers_is_told_best_first),
        WITH_DEVICE(of_ranges_the_ends_are_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
