// SPDX-License-Identifier: Apache-2.0
// What a V4L2 device can do, and which of it serves a wish best.
#ifndef CT_SOURCES_V4L2_MODE_H
#define CT_SOURCES_V4L2_MODE_H

#include "sources/camera.h"

struct ct__v4l2_device;

// A pixel format of V4L2 that becomes frames, in the order of preference.
struct ct__v4l2_format {
    uint32_t code; // V4L2's four letters
    const char *name;
    enum ct__camera_layout layout;
    enum ct_format format; // NONE: the decoder decides
    int order; // less is better where rate and size are the same: plain pixels, JPEG, video
};

struct ct__v4l2_mode {
    const struct ct__v4l2_format *format;
    int width, height;
    int rate_num, rate_den; // frames a second; 0/1: not known
};

enum { CT__V4L2_MAX_MODES = 256 };

// Writes the modes that a device says it has to `list`, at most `capacity` of them; returns their
// number. Where a device takes any size or rate of a range, the one nearest to the wish stands for
// the range. A device that lists no sizes is taken as it is set.
int ct__v4l2_modes(const struct ct__v4l2_device *device, const struct ct__camera_wish *wish,
                   struct ct__v4l2_mode *list, int capacity);

// The best of them, or NULL of none: that gives the rate; then the size nearest to a named one, or
// the largest that does not exceed the wish; then plain pixels before JPEG before video; then the
// least rate. A size that was named goes before the rate.
const struct ct__v4l2_mode *ct__v4l2_choose(const struct ct__v4l2_mode *list, int count,
                                            const struct ct__camera_wish *wish);

// The format with this code, or NULL.
const struct ct__v4l2_format *ct__v4l2_format(uint32_t code);

#endif
