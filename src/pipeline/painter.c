// SPDX-License-Identifier: Apache-2.0
// Pictures are drawn after they were shrunk, so that lines and letters stay as fine.
#include "pipeline/painter.h"

#include <stdatomic.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "filters/draw.h"
#include "image/convert.h"
#include "image/shrink.h"
#include "media/encode.h"

enum { QUALITY = 80 };

struct ct_jpeg {
    atomic_int references;
    struct ct_frame_info info;
    struct ct__text bytes;
};

// ---- pictures that are shared

const uint8_t *ct_jpeg_data(const ct_jpeg *jpeg, size_t *size)
{
    *size = jpeg->bytes.length;
    return (const uint8_t *)jpeg->bytes.data;
}

const struct ct_frame_info *ct_jpeg_info(const ct_jpeg *jpeg)
{
    return &jpeg->info;
}

ct_jpeg *ct_jpeg_ref(ct_jpeg *jpeg)
{
    atomic_fetch_add_explicit(&jpeg->references, 1, memory_order_relaxed);
    return jpeg;
}

void ct_jpeg_unref(ct_jpeg **pointer)
{
    ct_jpeg *jpeg = *pointer;
    *pointer = NULL;
    if (!jpeg || atomic_fetch_sub_explicit(&jpeg->references, 1, memory_order_acq_rel) > 1)
        return;
    ct__text_finish(&jpeg->bytes);
    ct__free(jpeg);
}

// ---- drawing

// Makes *frame an I420 picture of a size in JPEG's colours, if it is not.
static int make_picture(ct_frame **frame, int width, int height)
{
    const struct ct_picture *old = *frame ? ct_frame_picture(*frame) : NULL;
    if (old && old->width == width && old->height == height)
        return CT_OK;
    ct_frame_unref(frame);
    int error = ct_frame_create(frame, CT_FORMAT_I420, width, height);
    return error ? error : ct_frame_set_colour(*frame, CT_MATRIX_BT601, CT_RANGE_FULL);
}

// The result in the measure of a picture that is `factor` times smaller. Masks stay behind: they
// are counted in the pixels of the source.
static int scale_result(struct ct__painter *painter, const struct ct_result *result, int factor,
                        struct ct_result *scaled)
{
    if (result->count > painter->object_capacity) {
        struct ct_object *objects =
            ct__realloc_array(painter->objects, (size_t)result->count, sizeof *objects);
        if (!objects)
            return ct__fail_memory("picture");
        painter->objects = objects;
        painter->object_capacity = result->count;
    }
    float scale = 1 / (float)factor;
    for (int i = 0; i < result->count; i++) {
        struct ct_object *object = &painter->objects[i];
        *object = result->objects[i];
        object->x *= scale;
        object->y *= scale;
        object->width *= scale;
        object->height *= scale;
        for (int k = 0; k < object->point_count; k++) {
            object->points[k].x *= scale;
            object->points[k].y *= scale;
        }
        object->mask = (struct ct_mask){0};
    }
    *scaled = *result;
    scaled->objects = painter->objects;
    scaled->width /= factor;
    scaled->height /= factor;
    return CT_OK;
}

// Draws the frame into one of the two canvases, at most max_width wide.
static int draw(struct ct__painter *painter, const ct_frame *frame, const struct ct_result *result,
                int max_width, ct_frame **drawn)
{
    const struct ct_picture *from = ct_frame_picture(frame);
    struct ct_result scaled;
    int factor = max_width > 0 ? (from->width + max_width - 1) / max_width : 1;
    int error = make_picture(&painter->canvas, from->width, from->height);
    error = error ? error : ct__convert(painter->canvas, from);
    *drawn = painter->canvas;
    if (!error && factor > 1) {
        int width = from->width / factor, height = from->height / factor;
        error = make_picture(&painter->small, width ? width : 1, height ? height : 1);
        error =
            error ? error : ct__shrink(painter->small, ct_frame_picture(painter->canvas), factor);
        error = error ? error : scale_result(painter, result, factor, &scaled);
        result = &scaled;
        *drawn = painter->small;
    }
    return error ? error : ct__draw_result(*drawn, result);
}

int ct__painter_paint(struct ct__painter *painter, const ct_frame *frame,
                      const struct ct_result *result, const struct ct_watch_params *params,
                      ct_jpeg **out)
{
    ct_frame *drawn = NULL;
    ct_jpeg *jpeg = ct__calloc(1, sizeof *jpeg);
    if (!jpeg)
        return ct__fail_memory("picture");
    atomic_init(&jpeg->references, 1);
    jpeg->info = *ct_frame_info(frame);
    int error = draw(painter, frame, result, params->max_width, &drawn);
    if (!error)
        error = ct__jpeg_encode_picture(&jpeg->bytes, "picture", ct_frame_picture(drawn),
                                        params->quality ? params->quality : QUALITY);
    if (error)
        ct_jpeg_unref(&jpeg);
    else
        *out = jpeg;
    return error;
}

void ct__painter_finish(struct ct__painter *painter)
{
    ct_frame_unref(&painter->canvas);
    ct_frame_unref(&painter->small);
    ct__free(painter->objects);
    *painter = (struct ct__painter){0};
}
