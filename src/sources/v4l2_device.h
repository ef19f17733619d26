// SPDX-License-Identifier: Apache-2.0
// A V4L2 capture device with its buffers in this process's memory, over a small table of system
// calls, so that tests can stand in for a device. What a driver answers is checked.
#ifndef CT_SOURCES_V4L2_DEVICE_H
#define CT_SOURCES_V4L2_DEVICE_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/v4l2_mode.h"

// The system as a device needs it; all fail with -1 (map: NULL) and errno.
struct ct__v4l2_system {
    int (*open)(const char *path);
    int (*request)(int descriptor, unsigned long code, void *argument);
    void *(*map)(int descriptor, size_t size, uint32_t offset);
    void (*unmap)(void *memory, size_t size);
    int (*wait)(int descriptor, int timeout_ms); // 1: something came, 0: nothing did
    void (*close)(int descriptor);
};

// The one in use: the kernel's, but in tests.
extern const struct ct__v4l2_system *ct__v4l2_system;

enum { CT__V4L2_MAX_BUFFERS = 32 };

// Zero-initialise; one thread at a time.
struct ct__v4l2_device {
    const char *scope; // borrowed
    int descriptor;
    bool is_open, streams;
    char card[32]; // the device's own name
    unsigned count;
    struct {
        uint8_t *memory;
        size_t size;
    } buffers[CT__V4L2_MAX_BUFFERS];
};

// A picture in the device's memory, until it is given back.
struct ct__v4l2_picture {
    unsigned buffer;
    const uint8_t *data;
    size_t size;
    uint32_t sequence;
    int64_t capture_ns; // monotonic clock, or CT_NO_TIME
    bool damaged;       // the driver says so
    bool key;           // of H.264: the driver says that it builds on no other
};

// The path that "v4l2:0", "v4l2:/dev/video0" or "/dev/video0" mean, written to `path`. False if it
// does not fit.
bool ct__v4l2_path(const char *input, char *path, size_t size);

// Opens a device that gives pictures. Errors are logged under `scope`: CT_ERROR_NOT_FOUND,
// CT_ERROR_IO (it may not be used), CT_ERROR_UNSUPPORTED. `scope` is borrowed until it is closed.
int ct__v4l2_open(struct ct__v4l2_device *device, const char *path, const char *scope);

// The same without a word: 0, or errno.
int ct__v4l2_probe(struct ct__v4l2_device *device, const char *path);

// Sets size, format and rate, and reads back what the device makes of them. CT_ERROR_IO,
// CT_ERROR_UNSUPPORTED, logged.
int ct__v4l2_set(struct ct__v4l2_device *device, struct ct__v4l2_mode *mode,
                 struct v4l2_pix_format *got);

// Asks for buffers that hold at least `size` bytes each and starts. CT_ERROR_IO, logged.
int ct__v4l2_start(struct ct__v4l2_device *device, size_t size);

// Waits for a picture, one short turn: 1 if there is one, 0 if not, CT_ERROR_IO, logged, when the
// device is gone.
int ct__v4l2_take(struct ct__v4l2_device *device, struct ct__v4l2_picture *picture);

// Hands its memory back to the device. CT_ERROR_IO, logged.
int ct__v4l2_give_back(struct ct__v4l2_device *device, const struct ct__v4l2_picture *picture);

// Stops and lets everything go; harmless on one that is not open.
void ct__v4l2_close(struct ct__v4l2_device *device);

#endif
