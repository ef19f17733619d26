// SPDX-License-Identifier: Apache-2.0
// A V4L2 device that exists in this program only: it offers what a test lists, gives the pictures
// that a test wrote, and fails where a test says. Time stands still but while somebody waits for
// it.
#ifndef CT_TESTS_SOURCES_FAKE_V4L2_H
#define CT_TESTS_SOURCES_FAKE_V4L2_H

#include <errno.h>

#include "base/clock.h"
#include "sources/source.h"
#include "sources/v4l2_device.h"

enum { FAKE_MODES = 16, FAKE_BUFFERS = 40, FAKE_BUFFER_SIZE = 1 << 16, FAKE_PERIOD_MS = 40 };

// One of a video: time of presentation in periods, counted from its own turn.
struct fake_packet {
    const uint8_t *data;
    unsigned size, flags;
    int ahead;
};

struct fake_mode {
    uint32_t code;
    unsigned width, height, fps; // fps 0: lists no rates
};

static struct {
    struct fake_mode modes[FAKE_MODES]; // those of one format, and of one size, side by side
    bool stepwise;                      // any size from 32 to 4096 by 16, any rate from 1 to 60
    bool endless;                       // its lists never end
    bool sizeless;                      // it lists no sizes
    uint32_t capabilities;
    struct v4l2_pix_format set; // what was set last
    struct v4l2_fract interval;
    unsigned stride, gives_width, gives_code, gives_field; // 0: as asked for
    uint32_t colour[3];                                    // colorspace, encoding, quantisation
    unsigned buffers, buffer_size, gives_index;
    unsigned long fails; // the request that fails,
    int number;          // with this errno
    int open_fails;

    uint8_t memory[FAKE_BUFFERS][FAKE_BUFFER_SIZE];
    bool queued[FAKE_BUFFERS];
    int mapped, opened, streaming;

    uint8_t picture[FAKE_BUFFER_SIZE];
    unsigned picture_size, flags;
    const struct fake_packet *packets; // instead of the picture, over and over; NULL: none
    unsigned packet_count, packet;     // the next one
    uint32_t sequence, skips;          // numbers left out before the next picture
    bool silent;
    bool unplugged;
    int64_t stamp_age_ns; // how long ago a picture was taken when it comes
} fake;

static int fake_open(const char *path)
{
    (void)path;
    errno = fake.open_fails;
    fake.opened += !fake.open_fails;
    return fake.open_fails ? -1 : 7;
}

static void fake_close(int descriptor)
{
    assert_int_equal(descriptor, 7);
    fake.opened--;
}

static int refuse(int number)
{
    errno = number;
    return -1;
}

// The n-th different one of a format's sizes (or of a size's rates), or NULL.
static const struct fake_mode *fake_nth(uint32_t code, unsigned width, unsigned n)
{
    const struct fake_mode *last = NULL;
    for (const struct fake_mode *mode = fake.modes; mode->code; mode++) {
        bool ours = mode->code == code && (!width || mode->width == width);
        if (!ours || (last && !width && last->width == mode->width))
            continue;
        if (n-- == 0)
            return mode;
        last = mode;
    }
    return NULL;
}

static int fake_enum_format(struct v4l2_fmtdesc *description)
{
    unsigned n = fake.endless ? 0 : description->index;
    uint32_t last = 0;
    for (const struct fake_mode *mode = fake.modes; mode->code; mode++) {
        if (mode->code == last)
            continue;
        last = mode->code;
        description->pixelformat = mode->code;
        if (n-- == 0)
            return 0;
    }
    return refuse(EINVAL);
}

static int fake_enum_size(struct v4l2_frmsizeenum *size)
{
    const struct fake_mode *mode = fake_nth(size->pixel_format, 0, fake.endless ? 0 : size->index);
    if (fake.sizeless || !mode)
        return refuse(fake.sizeless ? ENOTTY : EINVAL);
    size->type = fake.stepwise ? V4L2_FRMSIZE_TYPE_STEPWISE : V4L2_FRMSIZE_TYPE_DISCRETE;
    if (fake.stepwise)
        size->stepwise = (struct v4l2_frmsize_stepwise){32, 4096, 16, 32, 4096, 16};
    else
        size->discrete = (struct v4l2_frmsize_discrete){mode->width, mode->height};
    return 0;
}

static int fake_enum_rate(struct v4l2_frmivalenum *rate)
{
    const struct fake_mode *mode =
        fake_nth(rate->pixel_format, rate->width, fake.endless ? 0 : rate->index);
    if (fake.stepwise) {
        rate->type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
        rate->stepwise = (struct v4l2_frmival_stepwise){{1, 60}, {1, 1}, {1, 1}};
        return 0;
    }
    if (!mode || !mode->fps)
        return refuse(EINVAL);
    rate->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    rate->discrete = (struct v4l2_fract){1, mode->fps};
    return 0;
}

static int fake_set(struct v4l2_format *format)
{
    struct v4l2_pix_format *pixels = &format->fmt.pix;
    pixels->width = fake.gives_width ? fake.gives_width : pixels->width;
    pixels->pixelformat = fake.gives_code ? fake.gives_code : pixels->pixelformat;
    pixels->field = fake.gives_field ? fake.gives_field : pixels->field;
    pixels->bytesperline = fake.stride;
    pixels->colorspace = fake.colour[0];
    pixels->ycbcr_enc = fake.colour[1];
    pixels->quantization = fake.colour[2];
    fake.set = *pixels;
    return 0;
}

// Makes the next packet the picture; returns how far its time is from its turn, in us.
static int64_t fake_next_packet(void)
{
    const struct fake_packet *packet = &fake.packets[fake.packet++ % fake.packet_count];
    assert_true(packet->size <= FAKE_BUFFER_SIZE);
    memcpy(fake.picture, packet->data, packet->size);
    fake.picture_size = packet->size;
    fake.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | packet->flags;
    return packet->ahead * INT64_C(1000) * FAKE_PERIOD_MS;
}

static int fake_take(struct v4l2_buffer *buffer)
{
    int64_t stamp_us = (ct__now_ns() - fake.stamp_age_ns) / 1000;
    unsigned i = 0;
    if (fake.packets)
        stamp_us += fake_next_packet();
    while (i < fake.buffers && !fake.queued[i])
        i++;
    assert_true(i < fake.buffers); // a source that keeps buffers would get no more
    fake.queued[i] = false;
    memcpy(fake.memory[i], fake.picture, sizeof fake.picture);
    fake.sequence += fake.skips;
    fake.skips = 0;
    *buffer = (struct v4l2_buffer){
        .index = fake.gives_index ? fake.gives_index : i,
        .bytesused = fake.picture_size,
        .flags = fake.flags,
        .sequence = fake.sequence++,
        .timestamp = {stamp_us / 1000000, stamp_us % 1000000},
    };
    return 0;
}

static int fake_request(int descriptor, unsigned long code, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    struct v4l2_streamparm *rate = argument;
    assert_int_equal(descriptor, 7);
    if (fake.unplugged)
        return refuse(ENODEV);
    if (code == fake.fails)
        return refuse(fake.number);
    switch (code) {
    case VIDIOC_QUERYCAP:
        strcpy((char *)((struct v4l2_capability *)argument)->card, "Fake camera");
        ((struct v4l2_capability *)argument)->capabilities = fake.capabilities;
        return 0;
    case VIDIOC_ENUM_FMT:
        return fake_enum_format(argument);
    case VIDIOC_ENUM_FRAMESIZES:
        return fake_enum_size(argument);
    case VIDIOC_ENUM_FRAMEINTERVALS:
        return fake_enum_rate(argument);
    case VIDIOC_G_FMT:
        ((struct v4l2_format *)argument)->fmt.pix = fake.set;
        return 0;
    case VIDIOC_S_FMT:
        return fake_set(argument);
    case VIDIOC_S_PARM:
        fake.interval = rate->parm.capture.timeperframe;
        return 0;
    case VIDIOC_G_PARM:
        rate->parm.capture.timeperframe = fake.interval;
        return 0;
    case VIDIOC_REQBUFS:
        memset(fake.queued, 0, sizeof fake.queued);
        ((struct v4l2_requestbuffers *)argument)->count = fake.buffers;
        return 0;
    case VIDIOC_QUERYBUF:
        buffer->length = fake.buffer_size;
        buffer->m.offset = buffer->index;
        return 0;
    case VIDIOC_QBUF:
        assert_false(fake.queued[buffer->index]);
        fake.queued[buffer->index] = true;
        return 0;
    case VIDIOC_DQBUF:
        return fake_take(buffer);
    case VIDIOC_STREAMON:
        fake.streaming++;
        return 0;
    case VIDIOC_STREAMOFF:
        fake.streaming--;
        return 0;
    default:
        return refuse(ENOTTY);
    }
}

static void *fake_map(int descriptor, size_t size, uint32_t offset)
{
    assert_int_equal(descriptor, 7);
    assert_int_equal(size, fake.buffer_size);
    fake.mapped++;
    return fake.memory[offset];
}

static void fake_unmap(void *memory, size_t size)
{
    assert_non_null(memory);
    assert_int_equal(size, fake.buffer_size);
    fake.mapped--;
}

static int fake_wait(int descriptor, int timeout_ms)
{
    assert_int_equal(descriptor, 7);
    ct__clock_advance((fake.silent ? timeout_ms : FAKE_PERIOD_MS) * INT64_C(1000000));
    return fake.unplugged || !fake.silent;
}

static const struct ct__v4l2_system fake_system = {
    fake_open, fake_request, fake_map, fake_unmap, fake_wait, fake_close,
};

// A device of one mode, 32 x 16 at 25 frames a second.
static int plug_in(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.modes[0] = (struct fake_mode){V4L2_PIX_FMT_YUYV, 32, 16, 25};
    fake.capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    fake.buffers = 4;
    fake.buffer_size = FAKE_BUFFER_SIZE;
    fake.picture_size = FAKE_BUFFER_SIZE;
    fake.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    fake.stamp_age_ns = 3000000;
    for (unsigned i = 0; i < FAKE_BUFFER_SIZE; i++)
        fake.picture[i] = (uint8_t)(i * 7 + i / 256);
    ct__v4l2_system = &fake_system;
    ct__clock_hold(INT64_C(5000000000000));
    return 0;
}

// Whatever a test did, nothing of the device is left in use.
static int unplug(void **state)
{
    (void)state;
    ct__clock_release();
    return fake.mapped || fake.opened || (fake.streaming && !fake.unplugged);
}

// ---- reading it

static inline struct ct__source *open_camera(const struct ct__source_params *params)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, "v4l2:3", params), 0);
    assert_true(source->waits && source->paced);
    return source;
}

static inline ct_frame *read_frame(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    assert_non_null(frame);
    assert_null(failed);
    return frame;
}

static inline int read_code(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    int error = source->class->read(source, pool, &frame, &failed);
    assert_null(frame);
    return error;
}

// Opens the device and reads a frame, with each allocation failing in turn; how many there were.
static inline uint64_t fail_each_allocation(void)
{
    const struct ct__source_params live = {.live = true};
    struct ct__source *source = NULL;
    struct ct__pool *own = NULL;
    const char *failed;
    uint64_t n = 0;
    for (bool injected = true; injected;) {
        ct_frame *frame = NULL;
        fake.packet = 0;
        assert_int_equal(ct__pool_create(&own), 0);
        ct__mem_fail(++n);
        int error = ct__source_open(&source, "v4l2:3", &live);
        if (!error)
            error = source->class->read(source, own, &frame, &failed);
        injected = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, injected ? CT_ERROR_MEMORY : 0);
        ct_frame_unref(&frame);
        ct__source_close(&source);
        ct__pool_unref(&own);
    }
    return n - 1;
}

#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, plug_in, unplug)

#endif
