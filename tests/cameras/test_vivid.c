// SPDX-License-Identifier: Apache-2.0
// A real V4L2 driver: vivid, the kernel's own test device. Runs where /dev/video0 is one, which is
// in the virtual machine of tools/vivid.py.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sources/v4l2_device.h"

#include <chiton/machine.h>

// What the machine can do in time: it is made of software.
static const struct ct__source_params small = {.live = true, .size = "320x180", .fps = 10};
static struct ct__pool *pool;

static void print(void *opaque, enum ct_log_level level, const char *scope, const char *message)
{
    (void)opaque;
    (void)level;
    print_message("%s: %s\n", scope, message);
}

static int begin(void **state)
{
    (void)state;
    ct_log_set(CT_LOG_INFO, print, NULL);
    return ct__pool_create(&pool);
}

static int end(void **state)
{
    (void)state;
    ct__pool_unref(&pool);
    return 0;
}

static void need_vivid(void)
{
    struct v4l2_capability found = {{0}};
    int device = open("/dev/video0", O_RDWR | O_CLOEXEC);
    bool ours = device >= 0 && ioctl(device, VIDIOC_QUERYCAP, &found) == 0 &&
                strcmp((const char *)found.driver, "vivid") == 0;
    if (device >= 0)
        close(device);
    if (ours)
        return;
    print_message("skipped: /dev/video0 is not vivid\n");
    skip();
}

// Sets one of the controls by which vivid is told to misbehave.
static void control(const char *name, int value)
{
    int device = open("/dev/video0", O_RDWR | O_CLOEXEC);
    struct v4l2_queryctrl query = {.id = V4L2_CTRL_FLAG_NEXT_CTRL};
    while (ioctl(device, VIDIOC_QUERYCTRL, &query) == 0 && strcmp((char *)query.name, name) != 0)
        query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
    assert_string_equal(query.name, name);
    struct v4l2_control set = {query.id, value};
    assert_int_equal(ioctl(device, VIDIOC_S_CTRL, &set), 0);
    close(device);
}

static struct ct__source *open_camera(const struct ct__source_params *params)
{
    struct ct__source *source = NULL;
    need_vivid();
    assert_int_equal(ct__source_open(&source, "v4l2:0", params), 0);
    return source;
}

static ct_frame *read_frame(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    while (!frame)
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    return frame;
}

static void frames_come_with_the_drivers_times_and_a_picture(void **state)
{
    (void)state;
    struct ct__source *source = open_camera(&small);
    int64_t last_ns = -1;
    for (int i = 0; i < 20; i++) {
        ct_frame *frame = read_frame(source);
        const struct ct_picture *picture = ct_frame_picture(frame);
        const struct ct_frame_info *info = ct_frame_info(frame);
        assert_int_equal(picture->width, 320);
        assert_int_equal(picture->height, 180);
        // Bars from white to black: the columns of a row are not all the same.
        const uint8_t *row = picture->data[0] + 90 * picture->stride[0];
        assert_true(memchr(row, row[0], 320) && memcmp(row, row + 160, 160) != 0);
        assert_true(info->pts_ns > last_ns && info->capture_ns <= ct__now_ns());
        last_ns = info->pts_ns;
        ct_frame_unref(&frame);
    }
    ct__source_close(&source);
}

static const struct ct__v4l2_mode *find(const struct ct__v4l2_mode *list, int count,
                                        const char *name)
{
    int i = 0;
    while (i < count && strcmp(list[i].format->name, name) != 0)
        i++;
    assert_true(i < count);
    return &list[i];
}

// All formats that are known here and vivid has; each is taken as the only one on offer.
static void every_format_becomes_frames(void **state)
{
    (void)state;
    static const char *const names[] = {"NV12", "YU12", "YUYV", "UYVY", "RGB3", "BGR3", "GREY"};
    static const struct ct__camera_wish wish = {320, 180, true, 10};
    static struct ct__v4l2_mode list[CT__V4L2_MAX_MODES];
    need_vivid();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ct__v4l2_device device = {0};
        struct ct__camera camera = {{0}};
        struct ct__v4l2_picture picture;
        struct v4l2_pix_format got;
        ct_frame *frame = NULL;
        struct ct_frame_info info;
        assert_int_equal(ct__v4l2_open(&device, "/dev/video0", "vivid"), 0);
        int count = ct__v4l2_modes(&device, &wish, list, CT__V4L2_MAX_MODES), taken = 0;
        struct ct__v4l2_mode mode = *find(list, count, names[i]);
        assert_int_equal(ct__camera_init(&camera, NULL, names[i], &small), 0);
        assert_int_equal(ct__v4l2_set(&device, &mode, &got), 0);
        const struct ct__camera_form form = {.layout = mode.format->layout,
                                             .format = mode.format->format,
                                             .width = (int)got.width,
                                             .height = (int)got.height,
                                             .stride = got.bytesperline};
        assert_int_equal(ct__camera_set_form(&camera, &form), 0);
        size_t size = ct__camera_picture_size(&camera.form);
        print_message("%s: rows of %u, %zu bytes, the driver says %u\n", names[i], got.bytesperline,
                      size, got.sizeimage);
        assert_true(size <= got.sizeimage);
        assert_int_equal(ct__v4l2_start(&device, size), 0);
        while (taken == 0)
            taken = ct__v4l2_take(&device, &picture);
        assert_int_equal(taken, 1);
        assert_true(ct__camera_wants(&camera, picture.capture_ns, &info));
        assert_int_equal(ct__camera_frame(&camera, picture.data, picture.size, &info, pool, &frame),
                         0);
        assert_non_null(frame);
        ct_frame_unref(&frame);
        ct__v4l2_close(&device);
        ct__camera_finish(&camera);
    }
}

static void frames_that_are_not_wanted_are_passed_over(void **state)
{
    (void)state;
    struct ct__source *source = open_camera(&small);
    source->class->want(source, 2);
    for (int i = 0; i < 3; i++) {
        ct_frame *frame = read_frame(source);
        ct_frame_unref(&frame);
    }
    print_message("passed over: %llu\n", (unsigned long long)source->undecoded);
    assert_true(source->undecoded >= 4);
    ct__source_close(&source);
}

static void pictures_that_the_driver_drops_are_lost(void **state)
{
    (void)state;
    struct ct__source *source = open_camera(&small);
    control("Percentage of Dropped Buffers", 50);
    for (int i = 0; i < 20; i++) {
        ct_frame *frame = read_frame(source);
        ct_frame_unref(&frame);
    }
    control("Percentage of Dropped Buffers", 0);
    print_message("lost: %llu\n", (unsigned long long)source->lost);
    assert_in_range(source->lost, 3, 100);
    ct__source_close(&source);
}

static void a_picture_that_the_driver_calls_damaged_is_withheld(void **state)
{
    (void)state;
    struct ct__source *source = open_camera(&small);
    control("Inject V4L2_BUF_FLAG_ERROR", 1);
    for (int i = 0; i < 3; i++) {
        ct_frame *frame = read_frame(source);
        ct_frame_unref(&frame);
    }
    assert_int_equal(source->damaged, 1);
    ct__source_close(&source);
}

static void a_camera_in_use_is_refused_with_its_reason(void **state)
{
    (void)state;
    char last[256];
    struct ct__source *source = open_camera(&small), *second = NULL;
    assert_int_equal(ct__source_open(&second, "/dev/video0", &small), CT_ERROR_IO);
    ct__last_failure(last, sizeof last);
    assert_non_null(strstr(last, "another program uses it"));
    ct__source_close(&source);
}

static int expect_end(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    int error = 0;
    for (int i = 0; i < 100 && !error; i++) {
        error = source->class->read(source, pool, &frame, &failed);
        ct_frame_unref(&frame);
    }
    assert_int_equal(error, CT_ERROR_IO);
    assert_int_equal(source->class->read(source, pool, &frame, &failed), CT_ERROR_END);
    return error;
}

static void a_fatal_error_of_the_driver_ends_and_the_camera_opens_again(void **state)
{
    (void)state;
    struct ct__source *source = open_camera(&small);
    control("Inject Fatal Streaming Error", 1);
    expect_end(source);
    ct__source_close(&source);
    source = open_camera(&small);
    ct_frame *frame = read_frame(source);
    ct_frame_unref(&frame);
    ct__source_close(&source);
}

// The last one: vivid stays away.
static void a_camera_that_is_unplugged_ends_with_its_reason(void **state)
{
    (void)state;
    char last[256];
    struct ct__source *source = open_camera(&small);
    control("Disconnect", 1);
    expect_end(source);
    ct__last_failure(last, sizeof last);
    print_message("%s\n", last);
    assert_non_null(strstr(last, "the device is gone"));
    ct__source_close(&source);
}

static void it_tells_its_modes(void **state)
{
    (void)state;
    need_vivid();
    struct ct_camera camera;
    struct ct_camera_mode list[64];
    int count = ct_camera_modes("v4l2:0", &camera, list, 64), small_ones = 0;
    assert_true(count > 4);
    assert_string_equal(camera.name, "vivid");
    for (int i = 0; i < count && i < 64; i++)
        small_ones += list[i].width == 320 && list[i].height == 180 && list[i].fps > 0;
    assert_true(small_ones > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_with_the_drivers_times_and_a_picture),
        cmocka_unit_test(every_format_becomes_frames),
        cmocka_unit_test(frames_that_are_not_wanted_are_passed_over),
        cmocka_unit_test(pictures_that_the_driver_drops_are_lost),
        cmocka_unit_test(a_picture_that_the_driver_calls_damaged_is_withheld),
        cmocka_unit_test(a_camera_in_use_is_refused_with_its_reason),
        cmocka_unit_test(a_fatal_error_of_the_driver_ends_and_the_camera_opens_again),
        cmocka_unit_test(a_camera_that_is_unplugged_ends_with_its_reason),
        cmocka_unit_test(it_tells_its_modes),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
