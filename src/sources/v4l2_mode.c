// SPDX-License-Identifier: Apache-2.0
// Which mode of a device is taken. All that it offers becomes one list, and the choice is a
// comparison of numbers, so that it can be tested without a device.
#include <limits.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#include "frame/format.h"
#include "sources/v4l2_device.h"

enum { MAX_INDEX = 64, KEYS = 4 }; // of each list of a driver

// clang-format off
static const struct ct__v4l2_format formats[] = {
    {V4L2_PIX_FMT_NV12,   "NV12",  CT__CAMERA_PLANES, CT_FORMAT_NV12, 0},
    {V4L2_PIX_FMT_YUV420, "YU12",  CT__CAMERA_PLANES, CT_FORMAT_I420, 1},
    {V4L2_PIX_FMT_YUYV,   "YUYV",  CT__CAMERA_YUYV,   CT_FORMAT_I422, 2},
    {V4L2_PIX_FMT_UYVY,   "UYVY",  CT__CAMERA_UYVY,   CT_FORMAT_I422, 3},
    {V4L2_PIX_FMT_RGB24,  "RGB3",  CT__CAMERA_PLANES, CT_FORMAT_RGB,  4},
    {V4L2_PIX_FMT_BGR24,  "BGR3",  CT__CAMERA_PLANES, CT_FORMAT_BGR,  5},
    {V4L2_PIX_FMT_XBGR32, "XR24",  CT__CAMERA_OPAQUE, CT_FORMAT_BGRA, 6},
    {V4L2_PIX_FMT_MJPEG,  "MJPG",  CT__CAMERA_JPEG,   CT_FORMAT_NONE, 7},
    {V4L2_PIX_FMT_JPEG,   "JPEG",  CT__CAMERA_JPEG,   CT_FORMAT_NONE, 8},
    {V4L2_PIX_FMT_H264,   "H264",  CT__CAMERA_H264,   CT_FORMAT_NONE, 9},
    // Colour is worth more than what decoding costs.
    {V4L2_PIX_FMT_GREY,   "GREY",  CT__CAMERA_PLANES, CT_FORMAT_GREY, 10},
};
// clang-format on

const struct ct__v4l2_format *ct__v4l2_format(uint32_t code)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].code == code)
            return &formats[i];
    }
    return NULL;
}

// ---- what a device offers

struct listing {
    const struct ct__v4l2_device *device;
    const struct ct__camera_wish *wish;
    struct ct__v4l2_mode *list;
    int count, capacity;
};

static bool ask(const struct listing *listing, unsigned long code, void *argument)
{
    return ct__v4l2_system->request(listing->device->descriptor, code, argument) == 0;
}

// A rate is the reciprocal of a driver's interval.
static void add(struct listing *listing, struct ct__v4l2_mode mode,
                const struct v4l2_fract *interval)
{
    bool known = interval && interval->numerator > 0 && interval->denominator > 0 &&
                 interval->numerator <= INT_MAX && interval->denominator <= INT_MAX;
    mode.rate_num = known ? (int)interval->denominator : 0;
    mode.rate_den = known ? (int)interval->numerator : 1;
    if (listing->count < listing->capacity)
        listing->list[listing->count++] = mode;
}

static double seconds(const struct v4l2_fract *interval)
{
    return interval->denominator ? (double)interval->numerator / interval->denominator : 0;
}

// Of a range of intervals the one that is nearest to the wish.
static struct v4l2_fract interval_between(const struct v4l2_fract *least,
                                          const struct v4l2_fract *most, double fps)
{
    if (seconds(least) > 1 / fps)
        return *least;
    if (seconds(most) < 1 / fps)
        return *most;
    return (struct v4l2_fract){1000, (uint32_t)(fps * 1000 + .5)};
}

static void add_rates(struct listing *listing, const struct ct__v4l2_mode *mode)
{
    struct v4l2_frmivalenum rate = {.pixel_format = mode->format->code,
                                    .width = (uint32_t)mode->width,
                                    .height = (uint32_t)mode->height};
    if (!ask(listing, VIDIOC_ENUM_FRAMEINTERVALS, &rate)) {
        add(listing, *mode, NULL);
        return;
    }
    if (rate.type != V4L2_FRMIVAL_TYPE_DISCRETE) {
        struct v4l2_fract between =
            interval_between(&rate.stepwise.min, &rate.stepwise.max, listing->wish->fps);
        add(listing, *mode, &between);
        return;
    }
    do {
        add(listing, *mode, &rate.discrete);
        rate.index++;
    } while (rate.index < MAX_INDEX && ask(listing, VIDIOC_ENUM_FRAMEINTERVALS, &rate));
}

// Of a range of sides the one that is nearest to the wish.
static int side_between(uint32_t least, uint32_t most, uint32_t step, int wished)
{
    if (least > INT_MAX || most > INT_MAX || least > most)
        return 0;
    if (wished <= (int)least)
        return (int)least;
    if (wished >= (int)most)
        return (int)most;
    return wished - (int)((uint32_t)(wished - (int)least) % (step ? step : 1));
}

static void add_size(struct listing *listing, const struct ct__v4l2_format *format, int width,
                     int height)
{
    struct ct__v4l2_mode mode = {.format = format, .width = width, .height = height};
    if (ct__size_ok(width, height))
        add_rates(listing, &mode);
}

// The size that is set, for a driver that lists none.
static void add_present(struct listing *listing, const struct ct__v4l2_format *format)
{
    struct v4l2_format now = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    bool known = ask(listing, VIDIOC_G_FMT, &now) && now.fmt.pix.width <= INT_MAX &&
                 now.fmt.pix.height <= INT_MAX;
    if (known)
        add_size(listing, format, (int)now.fmt.pix.width, (int)now.fmt.pix.height);
}

static void add_format(struct listing *listing, const struct ct__v4l2_format *format)
{
    struct v4l2_frmsizeenum size = {.pixel_format = format->code};
    const struct v4l2_frmsize_stepwise *range = &size.stepwise;
    if (!ask(listing, VIDIOC_ENUM_FRAMESIZES, &size)) {
        add_present(listing, format);
        return;
    }
    if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
        const struct ct__camera_wish *wish = listing->wish;
        add_size(
            listing, format,
            side_between(range->min_width, range->max_width, range->step_width, wish->width),
            side_between(range->min_height, range->max_height, range->step_height, wish->height));
        return;
    }
    do {
        if (size.discrete.width <= INT_MAX && size.discrete.height <= INT_MAX)
            add_size(listing, format, (int)size.discrete.width, (int)size.discrete.height);
        size.index++;
    } while (size.index < MAX_INDEX && ask(listing, VIDIOC_ENUM_FRAMESIZES, &size));
}

int ct__v4l2_modes(const struct ct__v4l2_device *device, const struct ct__camera_wish *wish,
                   struct ct__v4l2_mode *list, int capacity)
{
    struct listing listing = {.device = device, .wish = wish, .list = list, .capacity = capacity};
    struct v4l2_fmtdesc description = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    for (; description.index < MAX_INDEX; description.index++) {
        if (!ask(&listing, VIDIOC_ENUM_FMT, &description))
            break;
        const struct ct__v4l2_format *format = ct__v4l2_format(description.pixelformat);
        if (format)
            add_format(&listing, format);
    }
    return listing.count;
}

// ---- which is best

static int64_t size_distance(const struct ct__v4l2_mode *mode, const struct ct__camera_wish *wish)
{
    int64_t area = (int64_t)mode->width * mode->height;
    int64_t wished = (int64_t)wish->width * wish->height;
    if (wish->named)
        return (int64_t)abs(mode->width - wish->width) + abs(mode->height - wish->height);
    bool exceeds = mode->width > wish->width || mode->height > wish->height;
    return exceeds ? area + (INT64_C(1) << 32) : wished - area;
}

// What is less is better, the first number before the second.
static void rate_mode(const struct ct__v4l2_mode *mode, const struct ct__camera_wish *wish,
                      int64_t keys[KEYS])
{
    double fps = (double)mode->rate_num / mode->rate_den, lacks = wish->fps - fps;
    bool enough = mode->rate_num == 0 || lacks < wish->fps / 100; // 29.97 serves for 30
    int64_t shortage = enough ? 0 : (int64_t)(lacks * 1000);
    int64_t distance = size_distance(mode, wish);
    keys[0] = wish->named ? distance : shortage;
    keys[1] = wish->named ? shortage : distance;
    keys[2] = mode->format->order;
    keys[3] = (int64_t)(fps * 1000);
}

static bool is_better(const int64_t keys[KEYS], const int64_t than[KEYS])
{
    int i = 0;
    while (i < KEYS && keys[i] == than[i])
        i++;
    return i < KEYS && keys[i] < than[i];
}

const struct ct__v4l2_mode *ct__v4l2_choose(const struct ct__v4l2_mode *list, int count,
                                            const struct ct__camera_wish *wish)
{
    const struct ct__v4l2_mode *best = NULL;
    int64_t keys[KEYS], best_keys[KEYS];
    for (int i = 0; i < count; i++) {
        rate_mode(&list[i], wish, keys);
        if (best && !is_better(keys, best_keys))
            continue;
        best = &list[i];
        for (int j = 0; j < KEYS; j++)
            best_keys[j] = keys[j];
    }
    return best;
}
