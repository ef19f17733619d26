// SPDX-License-Identifier: Apache-2.0
// Talking to a V4L2 driver. Each request has one place here, and what a driver answers is checked
// before it is used: an index, a length, a time.
#include "sources/v4l2_device.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

enum { BUFFERS = 4, TYPE = V4L2_BUF_TYPE_VIDEO_CAPTURE };

// ---- the kernel

static int kernel_open(const char *path)
{
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static int kernel_request(int descriptor, unsigned long code, void *argument)
{
    int result;
    do
        result = ioctl(descriptor, code, argument);
    while (result < 0 && errno == EINTR);
    return result;
}

static void *kernel_map(int descriptor, size_t size, uint32_t offset)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset);
    return memory == MAP_FAILED ? NULL : memory;
}

static void kernel_unmap(void *memory, size_t size)
{
    munmap(memory, size);
}

// A device that is gone has something to say too: the request that follows learns it.
static int kernel_wait(int descriptor, int timeout_ms)
{
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    int result = poll(&wait, 1, timeout_ms);
    return result < 0 && errno == EINTR ? 0 : result;
}

static void kernel_close(int descriptor)
{
    close(descriptor);
}

static const struct ct__v4l2_system kernel = {
    kernel_open, kernel_request, kernel_map, kernel_unmap, kernel_wait, kernel_close,
};

const struct ct__v4l2_system *ct__v4l2_system = &kernel;

// ---- opening

bool ct__v4l2_path(const char *input, char *path, size_t size)
{
    static const char prefix[] = "v4l2:";
    if (strncmp(input, prefix, sizeof prefix - 1) == 0)
        input += sizeof prefix - 1;
    bool number = isdigit((unsigned char)input[0]);
    return (size_t)snprintf(path, size, "%s%s", number ? "/dev/video" : "", input) < size;
}

static int request(const struct ct__v4l2_device *device, unsigned long code, void *argument)
{
    return ct__v4l2_system->request(device->descriptor, code, argument);
}

// What errno means of a camera, as a person can act on it.
static const char *reason(int number)
{
    switch (number) {
    case EBUSY:
        return "another program uses it";
    case EACCES:
    case EPERM:
        return "this user may not use it (the group video may)";
    case ENODEV:
    case ENXIO:
        return "the device is gone";
    case ENOSPC:
        return "the bus has no room for it: ask for fewer or smaller pictures";
    default:
        return strerror(number);
    }
}

static int fail_with(const struct ct__v4l2_device *device, const char *what, int number)
{
    return ct__fail(CT_ERROR_IO, device->scope, "%s: %s", what, reason(number));
}

static int fail_request(const struct ct__v4l2_device *device, const char *what)
{
    return fail_with(device, what, errno);
}

// 0, or errno: ENOTTY for what is no V4L2 device, EOPNOTSUPP for one that gives no pictures so.
static int look(struct ct__v4l2_device *device)
{
    struct v4l2_capability found = {{0}};
    if (request(device, VIDIOC_QUERYCAP, &found) < 0)
        return errno == EINVAL ? ENOTTY : errno;
    bool own = found.capabilities & V4L2_CAP_DEVICE_CAPS;
    uint32_t can = own ? found.device_caps : found.capabilities;
    found.card[sizeof found.card - 1] = 0;
    ct__copy_text(device->card, sizeof device->card, (const char *)found.card);
    return can & V4L2_CAP_VIDEO_CAPTURE && can & V4L2_CAP_STREAMING ? 0 : EOPNOTSUPP;
}

int ct__v4l2_probe(struct ct__v4l2_device *device, const char *path)
{
    device->descriptor = ct__v4l2_system->open(path);
    if (device->descriptor < 0)
        return errno;
    device->is_open = true;
    int problem = look(device);
    if (problem)
        ct__v4l2_close(device);
    return problem;
}

int ct__v4l2_open(struct ct__v4l2_device *device, const char *path, const char *scope)
{
    device->scope = scope;
    int problem = ct__v4l2_probe(device, path);
    switch (problem) {
    case 0:
        return CT_OK;
    case ENOENT:
        return ct__fail(CT_ERROR_NOT_FOUND, scope, "no device %s", path);
    case ENOTTY:
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no V4L2 device");
    case EOPNOTSUPP:
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "%s gives no pictures by streaming",
                        device->card);
    default:
        return fail_with(device, "cannot be opened", problem);
    }
}

// ---- setting up

// A device that knows no rates is taken as it is.
static void set_rate(struct ct__v4l2_device *device, struct ct__v4l2_mode *mode)
{
    struct v4l2_streamparm rate = {.type = TYPE};
    struct v4l2_fract *interval = &rate.parm.capture.timeperframe;
    if (mode->rate_num > 0) {
        *interval = (struct v4l2_fract){(uint32_t)mode->rate_den, (uint32_t)mode->rate_num};
        request(device, VIDIOC_S_PARM, &rate);
    }
    rate = (struct v4l2_streamparm){.type = TYPE};
    bool known = request(device, VIDIOC_G_PARM, &rate) == 0 && interval->numerator > 0 &&
                 interval->denominator > 0 && interval->numerator <= INT32_MAX &&
                 interval->denominator <= INT32_MAX;
    if (!known)
        return;
    mode->rate_num = (int)interval->denominator;
    mode->rate_den = (int)interval->numerator;
}

static bool is_whole_picture(uint32_t field)
{
    return field == V4L2_FIELD_NONE || field == V4L2_FIELD_ANY || field == V4L2_FIELD_INTERLACED ||
           field == V4L2_FIELD_INTERLACED_TB || field == V4L2_FIELD_INTERLACED_BT;
}

int ct__v4l2_set(struct ct__v4l2_device *device, struct ct__v4l2_mode *mode,
                 struct v4l2_pix_format *got)
{
    struct v4l2_format format = {.type = TYPE};
    struct v4l2_pix_format *pixels = &format.fmt.pix;
    pixels->width = (uint32_t)mode->width;
    pixels->height = (uint32_t)mode->height;
    pixels->pixelformat = mode->format->code;
    pixels->field = V4L2_FIELD_NONE;
    if (request(device, VIDIOC_S_FMT, &format) < 0)
        return fail_request(device, "its format cannot be set");
    if (pixels->pixelformat != mode->format->code)
        return ct__fail(CT_ERROR_IO, device->scope, "%.4s was asked for, it gives %.4s",
                        mode->format->name, (const char *)&pixels->pixelformat);
    if (!is_whole_picture(pixels->field))
        return ct__fail(CT_ERROR_UNSUPPORTED, device->scope,
                        "it gives the fields of a picture apart");
    set_rate(device, mode);
    *got = *pixels;
    return CT_OK;
}

static int add_buffer(struct ct__v4l2_device *device, unsigned index, size_t size)
{
    struct v4l2_buffer buffer = {.index = index, .type = TYPE, .memory = V4L2_MEMORY_MMAP};
    if (request(device, VIDIOC_QUERYBUF, &buffer) < 0)
        return fail_request(device, "no buffers");
    if (buffer.length < size)
        return ct__fail(CT_ERROR_IO, device->scope, "buffers of %u bytes: a picture has %zu",
                        buffer.length, size);
    uint8_t *memory = ct__v4l2_system->map(device->descriptor, buffer.length, buffer.m.offset);
    if (!memory)
        return fail_request(device, "no memory of its buffers");
    device->buffers[index].memory = memory;
    device->buffers[index].size = buffer.length;
    device->count = index + 1;
    if (request(device, VIDIOC_QBUF, &buffer) < 0)
        return fail_request(device, "a buffer was refused");
    return CT_OK;
}

int ct__v4l2_start(struct ct__v4l2_device *device, size_t size)
{
    struct v4l2_requestbuffers wanted = {
        .count = BUFFERS, .type = TYPE, .memory = V4L2_MEMORY_MMAP};
    int error = CT_OK, type = TYPE;
    if (request(device, VIDIOC_REQBUFS, &wanted) < 0)
        return fail_request(device, "no buffers");
    if (wanted.count < 1 || wanted.count > CT__V4L2_MAX_BUFFERS)
        return ct__fail(CT_ERROR_IO, device->scope, "%u buffers: expected 1 to %d", wanted.count,
                        CT__V4L2_MAX_BUFFERS);
    for (unsigned i = 0; !error && i < wanted.count; i++)
        error = add_buffer(device, i, size);
    if (error)
        return error;
    if (request(device, VIDIOC_STREAMON, &type) < 0)
        return fail_request(device, "cannot be started");
    device->streams = true;
    return CT_OK;
}

// ---- pictures

static bool is_monotonic(const struct v4l2_buffer *buffer)
{
    return (buffer->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

int ct__v4l2_take(struct ct__v4l2_device *device, struct ct__v4l2_picture *picture)
{
    struct v4l2_buffer buffer = {.type = TYPE, .memory = V4L2_MEMORY_MMAP};
    int ready = ct__v4l2_system->wait(device->descriptor, CT__CAMERA_TURN_MS);
    if (ready == 0)
        return 0;
    if (ready < 0 || request(device, VIDIOC_DQBUF, &buffer) < 0)
        return fail_request(device, "no picture");
    if (buffer.index >= device->count)
        return ct__fail(CT_ERROR_IO, device->scope, "buffer %u of %u", buffer.index, device->count);
    bool fits = buffer.bytesused <= device->buffers[buffer.index].size;
    *picture = (struct ct__v4l2_picture){
        .buffer = buffer.index,
        .data = device->buffers[buffer.index].memory,
        .size = fits ? buffer.bytesused : 0,
        .sequence = buffer.sequence,
        .capture_ns = CT_NO_TIME,
        .damaged = buffer.flags & V4L2_BUF_FLAG_ERROR,
        .key = buffer.flags & V4L2_BUF_FLAG_KEYFRAME,
    };
    if (is_monotonic(&buffer))
        picture->capture_ns = (int64_t)buffer.timestamp.tv_sec * 1000000000 +
                              (int64_t)buffer.timestamp.tv_usec * 1000;
    return 1;
}

int ct__v4l2_give_back(struct ct__v4l2_device *device, const struct ct__v4l2_picture *picture)
{
    struct v4l2_buffer buffer = {
        .index = picture->buffer, .type = TYPE, .memory = V4L2_MEMORY_MMAP};
    if (request(device, VIDIOC_QBUF, &buffer) < 0)
        return fail_request(device, "a buffer was refused");
    return CT_OK;
}

void ct__v4l2_close(struct ct__v4l2_device *device)
{
    int type = TYPE;
    if (!device->is_open)
        return;
    if (device->streams)
        request(device, VIDIOC_STREAMOFF, &type);
    for (unsigned i = 0; i < device->count; i++)
        ct__v4l2_system->unmap(device->buffers[i].memory, device->buffers[i].size);
    ct__v4l2_system->close(device->descriptor);
    device->count = 0;
    device->is_open = device->streams = false;
}
