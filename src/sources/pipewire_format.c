// SPDX-License-Identifier: Apache-2.0
// One row a pixel format; plain pixels are one offer, JPEG another.
#include <limits.h>
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>

#include "sources/pipewire_format.h"

enum { MAX_SIDE = 65535, BUFFERS = 4, MOST_BUFFERS = 16 };

// clang-format off
static const struct row {
    uint32_t id; // PipeWire's
    const char *name;
    enum ct__camera_layout layout;
    enum ct_format format;
} rows[] = {
    {SPA_VIDEO_FORMAT_NV12,  "NV12",  CT__CAMERA_PLANES, CT_FORMAT_NV12},
    {SPA_VIDEO_FORMAT_I420,  "I420",  CT__CAMERA_PLANES, CT_FORMAT_I420},
    {SPA_VIDEO_FORMAT_YUY2,  "YUY2",  CT__CAMERA_YUYV,   CT_FORMAT_I422},
    {SPA_VIDEO_FORMAT_UYVY,  "UYVY",  CT__CAMERA_UYVY,   CT_FORMAT_I422},
    {SPA_VIDEO_FORMAT_RGB,   "RGB",   CT__CAMERA_PLANES, CT_FORMAT_RGB},
    {SPA_VIDEO_FORMAT_BGR,   "BGR",   CT__CAMERA_PLANES, CT_FORMAT_BGR},
    {SPA_VIDEO_FORMAT_RGBA,  "RGBA",  CT__CAMERA_PLANES, CT_FORMAT_RGBA},
    {SPA_VIDEO_FORMAT_BGRA,  "BGRA",  CT__CAMERA_PLANES, CT_FORMAT_BGRA},
    {SPA_VIDEO_FORMAT_RGBx,  "RGBx",  CT__CAMERA_OPAQUE, CT_FORMAT_RGBA},
    {SPA_VIDEO_FORMAT_BGRx,  "BGRx",  CT__CAMERA_OPAQUE, CT_FORMAT_BGRA},
    {SPA_VIDEO_FORMAT_GRAY8, "GRAY8", CT__CAMERA_PLANES, CT_FORMAT_GREY},
};
// clang-format on

enum { ROWS = sizeof rows / sizeof *rows };

// ---- what is offered

static void add_size_and_rate(struct spa_pod_builder *builder, const struct ct__camera_wish *wish)
{
    struct spa_rectangle wished = SPA_RECTANGLE((uint32_t)wish->width, (uint32_t)wish->height);
    struct spa_rectangle least = SPA_RECTANGLE(1, 1), most = SPA_RECTANGLE(MAX_SIDE, MAX_SIDE);
    struct spa_fraction rate = SPA_FRACTION((uint32_t)(wish->fps * 1000 + .5), 1000);
    struct spa_fraction none = SPA_FRACTION(0, 1), quick = SPA_FRACTION(1000, 1);
    spa_pod_builder_add(
        builder, SPA_FORMAT_VIDEO_size, SPA_POD_CHOICE_RANGE_Rectangle(&wished, &least, &most),
        SPA_FORMAT_VIDEO_framerate, SPA_POD_CHOICE_RANGE_Fraction(&rate, &none, &quick), 0);
}

static void begin_format(struct spa_pod_builder *builder, struct spa_pod_frame *frame,
                         uint32_t subtype)
{
    spa_pod_builder_push_object(builder, frame, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    spa_pod_builder_add(builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
                        SPA_FORMAT_mediaSubtype, SPA_POD_Id(subtype), 0);
}

uint32_t ct__pipewire_formats(const struct ct__camera_wish *wish, uint8_t *memory, uint32_t size,
                              const struct spa_pod *pods[CT__PIPEWIRE_FORMAT_PODS])
{
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, size);
    struct spa_pod_frame object, choice;
    begin_format(&builder, &object, SPA_MEDIA_SUBTYPE_raw);
    spa_pod_builder_prop(&builder, SPA_FORMAT_VIDEO_format, 0);
    spa_pod_builder_push_choice(&builder, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_id(&builder, rows[0].id); // preferred, and then all
    for (int i = 0; i < ROWS; i++)
        spa_pod_builder_id(&builder, rows[i].id);
    spa_pod_builder_pop(&builder, &choice);
    add_size_and_rate(&builder, wish);
    pods[0] = spa_pod_builder_pop(&builder, &object);
    begin_format(&builder, &object, SPA_MEDIA_SUBTYPE_mjpg);
    add_size_and_rate(&builder, wish);
    pods[1] = spa_pod_builder_pop(&builder, &object);
    return CT__PIPEWIRE_FORMAT_PODS;
}

uint32_t ct__pipewire_buffers(const struct ct__camera_form *form, uint8_t *memory, uint32_t size,
                              const struct spa_pod *pods[CT__PIPEWIRE_BUFFER_PODS])
{
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, size);
    size_t whole = ct__camera_picture_size(form);
    int32_t least = whole < INT_MAX ? (int32_t)whole : INT_MAX, stride = (int32_t)form->stride;
    // Coded pictures are seldom larger than a byte a pixel.
    int32_t usual = least > 1 ? least : form->width * (form->height < 16384 ? form->height : 16384);
    pods[0] = spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
        SPA_POD_CHOICE_RANGE_Int(BUFFERS, 1, MOST_BUFFERS), SPA_PARAM_BUFFERS_blocks,
        SPA_POD_Int(1), SPA_PARAM_BUFFERS_size, SPA_POD_CHOICE_RANGE_Int(usual, least, INT_MAX),
        SPA_PARAM_BUFFERS_stride, SPA_POD_CHOICE_RANGE_Int(stride, 0, INT_MAX),
        SPA_PARAM_BUFFERS_dataType,
        SPA_POD_CHOICE_FLAGS_Int((1 << SPA_DATA_MemPtr) | (1 << SPA_DATA_MemFd)));
    pods[1] = spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
                                         SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
                                         SPA_PARAM_META_size,
                                         SPA_POD_Int(sizeof(struct spa_meta_header)));
    return CT__PIPEWIRE_BUFFER_PODS;
}

// ---- what was agreed on

static void set_size(struct ct__camera_form *form, const struct spa_rectangle *size)
{
    bool fits = size->width <= MAX_SIDE && size->height <= MAX_SIDE;
    form->width = fits ? (int)size->width : 0;
    form->height = fits ? (int)size->height : 0;
}

static enum ct_matrix matrix_of(const struct spa_video_info_raw *raw)
{
    switch (raw->color_matrix) {
    case SPA_VIDEO_COLOR_MATRIX_BT709:
        return CT_MATRIX_BT709;
    case SPA_VIDEO_COLOR_MATRIX_BT601:
        return CT_MATRIX_BT601;
    case SPA_VIDEO_COLOR_MATRIX_BT2020:
        return CT_MATRIX_BT2020;
    default:
        return CT_MATRIX_AUTO;
    }
}

static bool read_raw(const struct spa_pod *param, struct ct__camera_form *form,
                     struct spa_fraction *rate)
{
    struct spa_video_info_raw raw = {0};
    int i = 0;
    if (spa_format_video_raw_parse(param, &raw) < 0)
        return false;
    while (i < ROWS && rows[i].id != raw.format)
        i++;
    if (i == ROWS)
        return false;
    bool full = raw.color_range == SPA_VIDEO_COLOR_RANGE_0_255;
    *form = (struct ct__camera_form){.layout = rows[i].layout,
                                     .format = rows[i].format,
                                     .matrix = matrix_of(&raw),
                                     .range = full ? CT_RANGE_FULL : CT_RANGE_AUTO};
    set_size(form, &raw.size);
    *rate = raw.framerate;
    return true;
}

static bool read_jpeg(const struct spa_pod *param, struct ct__camera_form *form,
                      struct spa_fraction *rate)
{
    struct spa_video_info_mjpg jpeg = {0};
    if (spa_format_video_mjpg_parse(param, &jpeg) < 0)
        return false;
    *form = (struct ct__camera_form){.layout = CT__CAMERA_JPEG};
    set_size(form, &jpeg.size);
    *rate = jpeg.framerate;
    return true;
}

bool ct__pipewire_read_format(const struct spa_pod *param, struct ct__camera_form *form,
                              int *rate_num, int *rate_den)
{
    uint32_t type, subtype;
    struct spa_fraction rate = {0};
    bool known = spa_format_parse(param, &type, &subtype) >= 0 && type == SPA_MEDIA_TYPE_video;
    if (known && subtype == SPA_MEDIA_SUBTYPE_raw)
        known = read_raw(param, form, &rate);
    else
        known = known && subtype == SPA_MEDIA_SUBTYPE_mjpg && read_jpeg(param, form, &rate);
    bool rated = rate.num > 0 && rate.num <= INT_MAX && rate.denom > 0 && rate.denom <= INT_MAX;
    *rate_num = rated ? (int)rate.num : 0;
    *rate_den = rated ? (int)rate.denom : 1;
    return known;
}

const char *ct__pipewire_format_name(const struct ct__camera_form *form)
{
    for (int i = 0; i < ROWS; i++) {
        if (rows[i].layout == form->layout && rows[i].format == form->format)
            return rows[i].name;
    }
    return "MJPG";
}
