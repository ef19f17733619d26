// SPDX-License-Identifier: Apache-2.0
// Brings together what a cut-out is made of, each in the picture's size; layers.c makes the rows.
#include "filters/cutout.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "filters/layers.h"
#include "frame/format.h"
#include "image/convert.h"
#include "image/matting.h"
#include "image/resample.h"

// Memory that grows.
struct room {
    uint8_t *data;
    size_t size;
};

struct ct__cutout {
    const struct ct_cutout_params *params;
    const ct_frame *backdrop;
    struct room row; // one, RGBA of 16 bits
    struct room canvas;
    ct_frame *rgb;  // the picture, where it comes in another format
    ct_frame *mask; // made hard
    ct_frame *edge; // what matting made of picture and mask: RGBA
    struct ct__resample *resample;
    struct room scaled; // the backdrop as planes of red, green and blue, of this size
    int scaled_width, scaled_height;
};

// One picture at work.
struct work {
    struct ct__layers layers;
    bool spread; // as in the form
    const struct ct__parallel *parallel;
    const char *scope;
};

int ct__cutout_create(struct ct__cutout **out, const struct ct_cutout_params *params,
                      const ct_frame *backdrop)
{
    struct ct__cutout *cutout = ct__calloc(1, sizeof *cutout);
    if (!cutout)
        return ct__fail_memory("cutout");
    cutout->params = params;
    cutout->backdrop = backdrop;
    *out = cutout;
    return CT_OK;
}

void ct__cutout_destroy(struct ct__cutout **pointer)
{
    struct ct__cutout *cutout = *pointer;
    *pointer = NULL;
    if (!cutout)
        return;
    ct_frame_unref(&cutout->rgb);
    ct_frame_unref(&cutout->mask);
    ct_frame_unref(&cutout->edge);
    ct__resample_destroy(&cutout->resample);
    ct__free(cutout->scaled.data);
    ct__free(cutout->row.data);
    ct__free(cutout->canvas.data);
    ct__free(cutout);
}

static int make_room(struct room *room, size_t size, const char *scope)
{
    if (size <= room->size)
        return CT_OK;
    ct__free(room->data);
    room->data = ct__alloc_aligned(size);
    room->size = room->data ? size : 0;
    return room->data ? CT_OK : ct__fail_memory(scope);
}

// A mask as it is, or as a picture of equal channels.
static void make_mask(const struct work *work, uint8_t *to, ptrdiff_t stride, int channels)
{
    int width = work->layers.picture->width;
    for (int y = 0; y < work->layers.picture->height; y++, to += stride) {
        const uint8_t *mask = work->layers.mask + y * work->layers.mask_stride;
        for (int x = 0; x < width; x++)
            for (int i = 0; i < channels; i++)
                to[channels * x + i] = i < 3 ? mask[x] : 255;
    }
}

// A frame of this form, the one at hand if it has it.
static int keep_frame(ct_frame **frame, enum ct_format format, const struct ct_picture *like)
{
    const struct ct_picture *old = *frame ? ct_frame_picture(*frame) : NULL;
    if (old && old->width == like->width && old->height == like->height)
        return CT_OK;
    ct_frame_unref(frame);
    return ct_frame_create(frame, format, like->width, like->height);
}

static int take_rgb(struct ct__cutout *cutout, const struct ct_picture **picture)
{
    int error = keep_frame(&cutout->rgb, CT_FORMAT_RGB, *picture);
    error = error ? error : ct__convert(cutout->rgb, *picture);
    if (!error)
        *picture = ct_frame_picture(cutout->rgb);
    return error;
}

// The picture as RGB or RGBA.
static int take_picture(struct ct__cutout *cutout, const ct_frame *frame,
                        const struct ct_picture **picture)
{
    *picture = ct_frame_picture(frame);
    bool fits = (*picture)->format == CT_FORMAT_RGB || (*picture)->format == CT_FORMAT_RGBA;
    return fits ? CT_OK : take_rgb(cutout, picture);
}

// The middle of the backdrop, as much as has the picture's shape.
static struct ct_picture crop(const struct ct_picture *backdrop, int width, int height)
{
    struct ct_picture part = *backdrop;
    int64_t across = (int64_t)backdrop->height * width / height;
    int64_t down = (int64_t)backdrop->width * height / width;
    if (across < backdrop->width)
        part.width = across > 1 ? (int)across : 1;
    else
        part.height = down < 1 ? 1 : down < backdrop->height ? (int)down : backdrop->height;
    part.data[0] += (backdrop->height - part.height) / 2 * backdrop->stride[0] +
                    (ptrdiff_t)(backdrop->width - part.width) / 2 * 3;
    return part;
}

// Scales the backdrop until it covers the picture; once for all pictures of a size.
static int take_backdrop(struct ct__cutout *cutout, const struct ct_picture *picture,
                         const char *scope)
{
    int width = picture->width, height = picture->height;
    if (!cutout->backdrop || (cutout->scaled_width == width && cutout->scaled_height == height))
        return CT_OK;
    size_t plane = (size_t)ct__resample_stride(width) * (size_t)height;
    const struct ct_picture part = crop(ct_frame_picture(cutout->backdrop), width, height);
    int error = cutout->resample ? CT_OK : ct__resample_create(&cutout->resample);
    error = error ? error : make_room(&cutout->scaled, 3 * plane, scope);
    if (error)
        return error;
    uint8_t *planes = cutout->scaled.data;
    error = ct__resample_run(cutout->resample, CT__FILTER_LANCZOS, &part, width, height,
                             (uint8_t *[3]){planes, planes + plane, planes + 2 * plane});
    cutout->scaled_width = error ? 0 : width;
    cutout->scaled_height = height;
    return error;
}

static int take_mask(struct ct__cutout *cutout, const struct ct_matte *matte, struct work *work)
{
    work->layers.mask = matte->alpha;
    work->layers.mask_stride = matte->stride;
    if (!cutout->params->post_process_mask)
        return CT_OK;
    int error = keep_frame(&cutout->mask, CT_FORMAT_GREY, work->layers.picture);
    if (error)
        return error;
    uint8_t *to = ct_frame_writable(cutout->mask, 0);
    ptrdiff_t stride = ct_frame_picture(cutout->mask)->stride[0];
    for (int y = 0; y < matte->height; y++)
        memcpy(to + y * stride, matte->alpha + y * matte->stride, (size_t)matte->width);
    work->layers.mask = to;
    work->layers.mask_stride = stride;
    return ct__mask_smooth(cutout->mask);
}

// Tells how near the end the iterations are: the residual falls from 1 to 1e-7.
static int tell_progress(void *opaque, int iteration, double residual)
{
    const struct ct_cutout_params *params = opaque;
    (void)iteration;
    double share = residual > 0 && residual < 1 ? log10(residual) / -7 : 0;
    return params->on_edge ? params->on_edge(params->opaque, share < 1 ? share : 1) : 0;
}

static int solve_edge(struct ct__cutout *cutout, const struct work *work)
{
    const struct ct_cutout_params *params = cutout->params;
    const struct ct_picture mask = {.format = CT_FORMAT_GREY,
                                    .width = work->layers.picture->width,
                                    .height = work->layers.picture->height,
                                    .data = {work->layers.mask},
                                    .stride = {work->layers.mask_stride}};
    const struct ct__matting_params matting = {
        .trimap = {params->foreground_threshold, params->background_threshold, params->erode_size},
        .parallel = work->parallel,
        .progress = tell_progress,
        .opaque = (void *)params,
    };
    const struct ct_picture *rgb = work->layers.picture;
    int error = rgb->format == CT_FORMAT_RGB ? CT_OK : take_rgb(cutout, &rgb);
    error = error ? error : keep_frame(&cutout->edge, CT_FORMAT_RGBA, rgb);
    return error ? error : ct__matting_cut_out(cutout->edge, rgb, &mask, &matting);
}

// What cannot be estimated is cut out by the mask alone, with a word about it.
static int take_edge(struct ct__cutout *cutout, struct work *work)
{
    work->layers.edge = NULL;
    if (!cutout->params->alpha_matting || cutout->params->only_mask)
        return CT_OK;
    int error = solve_edge(cutout, work);
    if (error == CT_ERROR_MEMORY || error == CT_ERROR_STOPPED)
        return error;
    if (error)
        ct__log(CT_LOG_WARN, work->scope, "no alpha matting: cut out by the mask alone");
    else
        work->layers.edge = ct_frame_picture(cutout->edge);
    return CT_OK;
}

static int make_one(struct ct__cutout *cutout, const struct ct_matte *matte, struct work *work,
                    const struct ct__raster *raster, uint8_t *to)
{
    int error = take_mask(cutout, matte, work);
    error = error ? error : take_edge(cutout, work);
    if (error)
        return error;
    if (cutout->params->only_mask) {
        make_mask(work, to, raster->stride, raster->channels);
        return CT_OK;
    }
    for (int y = 0; y < work->layers.picture->height; y++)
        ct__layers_row(&work->layers, y, (uint16_t *)(void *)cutout->row.data,
                       to + y * raster->stride);
    return CT_OK;
}

int ct__cutout_fail_mattes(const char *scope)
{
    return ct__fail(CT_ERROR_INVALID, scope,
                    "makes no mattes: cutting out needs a model that does (u2netp)");
}

static int check(const struct ct_picture *picture, const struct ct_result *result,
                 const char *scope)
{
    if (result->matte_count < 1)
        return ct__cutout_fail_mattes(scope);
    for (int i = 0; i < result->matte_count; i++)
        if (result->mattes[i].width != picture->width ||
            result->mattes[i].height != picture->height)
            return ct__fail(CT_ERROR_INVALID, scope, "a matte of %d x %d for %d x %d pixels",
                            result->mattes[i].width, result->mattes[i].height, picture->width,
                            picture->height);
    if (!ct__size_ok(picture->width, (int64_t)picture->height * result->matte_count))
        return ct__fail(CT_ERROR_LIMIT, scope, "%d mattes of %d rows are too high for one picture",
                        result->matte_count, picture->height);
    return CT_OK;
}

// Describes what is made and has room for it.
static int lay_out(struct ct__cutout *cutout, const struct work *work, int count, const char *scope,
                   struct ct__raster *raster)
{
    bool grey = cutout->params->only_mask && !work->spread;
    size_t width = (size_t)work->layers.picture->width,
           height = (size_t)work->layers.picture->height;
    *raster = (struct ct__raster){
        .width = work->layers.picture->width,
        .height = work->layers.picture->height * count,
        .channels = grey ? 1 : work->layers.channels,
        .bits = work->layers.most > 255 ? 16 : 8,
    };
    raster->stride = (ptrdiff_t)width * raster->channels * raster->bits / 8;
    int error = make_room(&cutout->row, width * 4 * sizeof(uint16_t), scope);
    if (!error)
        error = make_room(&cutout->canvas, (size_t)raster->stride * height * (size_t)count, scope);
    raster->data = cutout->canvas.data;
    return error;
}

int ct__cutout_run(struct ct__cutout *cutout, const ct_frame *frame, const struct ct_result *result,
                   const struct ct__cutout_form *form, const struct ct__parallel *parallel,
                   const char *scope, struct ct__raster *raster)
{
    const struct ct_cutout_params *params = cutout->params;
    struct work work = {
        .layers = {.channels = form->channels,
                   .straight = form->straight || params->keep_colours || cutout->backdrop,
                   .colour = params->has_colour ? params->colour : NULL,
                   .most = 255},
        .spread = form->spread,
        .parallel = parallel,
        .scope = scope,
    };
    struct ct__layers *layers = &work.layers;
    int error = check(ct_frame_picture(frame), result, scope);
    error = error ? error : take_picture(cutout, frame, &layers->picture);
    error = error ? error : take_backdrop(cutout, layers->picture, scope);
    if (error)
        return error;
    layers->backdrop = cutout->backdrop ? cutout->scaled.data : NULL;
    if (frame->extras.has_deep && form->bits == 16 && !params->only_mask) {
        layers->deep = frame->extras.deep;
        layers->most = 65535;
    }
    struct ct__raster made;
    error = lay_out(cutout, &work, result->matte_count, scope, &made);
    ptrdiff_t size = made.stride * layers->picture->height;
    for (int i = 0; !error && i < result->matte_count; i++)
        error = make_one(cutout, &result->mattes[i], &work, &made, cutout->canvas.data + i * size);
    if (!error)
        *raster = made;
    return error;
}
