// SPDX-License-Identifier: Apache-2.0
// What each pixel format is made of: one row a format, so that nobody else needs a switch over
// them.
#include "frame/format.h"

enum { MAX_SIDE = 65535 };

// clang-format off
static const struct ct__format_info formats[] = {
    [CT_FORMAT_I420] = {"i420", 3, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, true, {{0, 0}, {1, 0}, {2, 0}}},
    [CT_FORMAT_NV12] = {"nv12", 2, {1, 2}, {0, 1}, {0, 1}, true, {{0, 0}, {1, 0}, {1, 1}}},
    [CT_FORMAT_I422] = {"i422", 3, {1, 1, 1}, {0, 1, 1}, {0, 0, 0}, true, {{0, 0}, {1, 0}, {2, 0}}},
    [CT_FORMAT_I444] = {"i444", 3, {1, 1, 1}, {0, 0, 0}, {0, 0, 0}, true, {{0, 0}, {1, 0}, {2, 0}}},
    [CT_FORMAT_GREY] = {"grey", 1, {1}, {0}, {0}, false, {{0, 0}, {0, 0}, {0, 0}}},
    [CT_FORMAT_RGB]  = {"rgb", 1, {3}, {0}, {0}, false, {{0, 0}, {0, 1}, {0, 2}}},
    [CT_FORMAT_BGR]  = {"bgr", 1, {3}, {0}, {0}, false, {{0, 2}, {0, 1}, {0, 0}}},
    [CT_FORMAT_RGBA] = {"rgba", 1, {4}, {0}, {0}, false, {{0, 0}, {0, 1}, {0, 2}}},
    [CT_FORMAT_BGRA] = {"bgra", 1, {4}, {0}, {0}, false, {{0, 2}, {0, 1}, {0, 0}}},
};
// clang-format on

const struct ct__format_info *ct__format_info(enum ct_format format)
{
    unsigned i = (unsigned)format;
    bool known = i < sizeof formats / sizeof *formats && formats[i].name;
    return known ? &formats[i] : NULL;
}

int ct__plane_width(enum ct_format format, int plane, int width)
{
    int shift = formats[format].shift_x[plane];
    return (width + (1 << shift) - 1) >> shift;
}

int ct__plane_height(enum ct_format format, int plane, int height)
{
    int shift = formats[format].shift_y[plane];
    return (height + (1 << shift) - 1) >> shift;
}

enum ct_matrix ct__picture_matrix(const struct ct_picture *picture)
{
    if (picture->matrix != CT_MATRIX_AUTO)
        return picture->matrix;
    return picture->height < 720 ? CT_MATRIX_BT601 : CT_MATRIX_BT709;
}

enum ct_range ct__picture_range(const struct ct_picture *picture)
{
    if (picture->format != CT_FORMAT_GREY && !formats[picture->format].yuv)
        return CT_RANGE_FULL;
    if (picture->range != CT_RANGE_AUTO)
        return picture->range;
    return picture->format == CT_FORMAT_GREY ? CT_RANGE_FULL : CT_RANGE_LIMITED;
}

bool ct__size_ok(int64_t width, int64_t height)
{
    return width >= 1 && width <= MAX_SIDE && height >= 1 && height <= MAX_SIDE;
}
