// SPDX-License-Identifier: Apache-2.0
// The work is done row by row, in 16 bits whatever the picture has: a row is loaded as RGBA,
// masked, laid over what is behind it, and stored in the form that is wanted.
#include "filters/cutout.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "image/convert.h"
#include "image/lanczos.h"
#include "image/matting.h"

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
    struct ct__lanczos *lanczos;
    struct room scaled; // the backdrop as planes of red, green and blue, of this size
    int scaled_width, scaled_height;
};

// What a row is made of.
struct work {
    const struct ct_picture *picture; // RGB or RGBA
    const uint16_t *deep;             // or NULL
    const uint8_t *mask;
    ptrdiff_t mask_stride;
    const struct ct_picture *edge; // RGBA that takes the place of picture and mask, or NULL
    struct ct__cutout_form form;
    const struct ct__parallel *parallel;
    const char *scope;
    unsigned most; // of a sample: 255 or 65535
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
    ct__lanczos_destroy(&cutout->lanczos);
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

// ---- rows of RGBA

static void load_deep(uint16_t *row, const struct work *work, int y)
{
    int width = work->picture->width;
    memcpy(row, work->deep + (size_t)y * (size_t)width * 4, (size_t)width * 8);
}

static void load(uint16_t *row, const struct work *work, int y)
{
    const struct ct_picture *picture = work->picture;
    const uint8_t *from = picture->data[0] + y * picture->stride[0];
    if (picture->format == CT_FORMAT_RGBA) {
        for (int i = 0; i < picture->width * 4; i++)
            row[i] = from[i];
        return;
    }
    for (int x = 0; x < picture->width; x++, from += 3, row += 4) {
        row[0] = from[0];
        row[1] = from[1];
        row[2] = from[2];
        row[3] = 255;
    }
}

// Colours that matting has estimated, and its alpha where the picture had none of its own.
static void load_edge(uint16_t *row, const struct work *work, int y)
{
    const uint8_t *from = work->edge->data[0] + y * work->edge->stride[0];
    for (int x = 0; x < work->picture->width; x++, from += 4, row += 4) {
        for (int i = 0; i < 3; i++)
            row[i] = (uint16_t)(from[i] * (work->most / 255));
        row[3] = (uint16_t)((row[3] * (unsigned)from[3] + 127) / 255);
    }
}

static uint16_t scale(uint32_t sample, uint32_t mask)
{
    return (uint16_t)((sample * mask + 127) / 255);
}

// Multiplies colours and alpha by the mask.
static void compose(uint16_t *row, const uint8_t *mask, int width)
{
    for (int x = 0; x < width; x++)
        for (int i = 0; i < 4; i++)
            row[4 * x + i] = scale(row[4 * x + i], mask[x]);
}

// Multiplies alpha alone.
static void set_alpha(uint16_t *row, const uint8_t *mask, int width)
{
    for (int x = 0; x < width; x++)
        row[4 * x + 3] = scale(row[4 * x + 3], mask[x]);
}

// Lays a row over one colour, 0 to 1 each: colours are means by what of each is seen.
static void lay_over(uint16_t *row, int width, const float colour[4], float most)
{
    for (int x = 0; x < width; x++, row += 4) {
        float above = (float)row[3] / most, below = colour[3] * (1 - above), alpha = above + below;
        float part = alpha > 0 ? below / alpha : 1;
        for (int i = 0; i < 3; i++)
            row[i] = (uint16_t)((float)row[i] * (1 - part) + colour[i] * most * part + .5f);
        row[3] = (uint16_t)(alpha * most + .5f);
    }
}

// Lays a row over a row of planes, which are opaque.
static void lay_over_planes(uint16_t *row, int width, const uint8_t *below, size_t plane,
                            unsigned most)
{
    for (int x = 0; x < width; x++, row += 4) {
        for (size_t i = 0; i < 3; i++) {
            uint64_t under = below[i * plane + (size_t)x] * (most / 255);
            row[i] =
                (uint16_t)((row[i] * (uint64_t)row[3] + under * (most - row[3]) + most / 2) / most);
        }
        row[3] = (uint16_t)most;
    }
}

// Leaves alpha out where it is not wanted.
static void close_up(uint16_t *row, int width)
{
    for (int x = 1; x < width; x++)
        for (int i = 0; i < 3; i++)
            row[3 * x + i] = row[4 * x + i];
}

static void store(uint8_t *to, uint16_t *row, int width, int channels, int bits)
{
    if (channels == 3)
        close_up(row, width);
    if (bits == 16)
        memcpy(to, row, (size_t)width * (size_t)channels * sizeof *row);
    else
        for (int i = 0; i < width * channels; i++)
            to[i] = (uint8_t)row[i];
}

// Whether RGB of 8 bits becomes RGBA with nothing behind it, as of most pictures.
static bool is_plain(const struct ct__cutout *cutout, const struct work *work)
{
    return work->picture->format == CT_FORMAT_RGB && !work->deep && !work->edge &&
           !cutout->params->has_colour && !cutout->backdrop && work->form.channels == 4;
}

// The same as below in one step, and in half of the time.
static void make_plain_row(const struct work *work, const uint8_t *restrict mask, int y,
                           uint8_t *restrict to)
{
    const uint8_t *restrict from = work->picture->data[0] + y * work->picture->stride[0];
    bool straight = work->form.straight;
    for (int x = 0; x < work->picture->width; x++, from += 3, to += 4) {
        unsigned part = straight ? 255 : mask[x];
        for (int i = 0; i < 3; i++)
            to[i] = (uint8_t)scale(from[i], part);
        to[3] = mask[x];
    }
}

static void make_row(const struct ct__cutout *cutout, const struct work *work, int y, uint8_t *to)
{
    static const float white[4] = {1, 1, 1, 1};
    const struct ct_cutout_params *params = cutout->params;
    const uint8_t *mask = work->mask + y * work->mask_stride;
    uint16_t *row = (uint16_t *)(void *)cutout->row.data;
    int width = work->picture->width;
    if (is_plain(cutout, work)) {
        make_plain_row(work, mask, y, to);
        return;
    }
    if (work->deep)
        load_deep(row, work, y);
    else
        load(row, work, y);
    if (work->edge)
        load_edge(row, work, y);
    else if (work->form.straight)
        set_alpha(row, mask, width);
    else
        compose(row, mask, width);
    if (params->has_colour) {
        const float colour[4] = {params->colour[0] / 255.f, params->colour[1] / 255.f,
                                 params->colour[2] / 255.f, params->colour[3] / 255.f};
        lay_over(row, width, colour, (float)work->most);
    }
    if (cutout->backdrop) {
        size_t stride = (size_t)ct__lanczos_stride(width);
        lay_over_planes(row, width, cutout->scaled.data + (size_t)y * stride,
                        stride * (size_t)work->picture->height, work->most);
    }
    if (work->form.channels == 3)
        lay_over(row, width, white, (float)work->most);
    store(to, row, width, work->form.channels, work->most > 255 ? 16 : 8);
}

// ---- pictures

// A mask as it is, or as a picture of equal channels.
static void make_mask(const struct work *work, uint8_t *to, ptrdiff_t stride, int channels)
{
    int width = work->picture->width;
    for (int y = 0; y < work->picture->height; y++, to += stride) {
        const uint8_t *mask = work->mask + y * work->mask_stride;
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
    size_t plane = (size_t)ct__lanczos_stride(width) * (size_t)height;
    const struct ct_picture part = crop(ct_frame_picture(cutout->backdrop), width, height);
    int error = cutout->lanczos ? CT_OK : ct__lanczos_create(&cutout->lanczos);
    error = error ? error : make_room(&cutout->scaled, 3 * plane, scope);
    if (error)
        return error;
    uint8_t *planes = cutout->scaled.data;
    error = ct__lanczos_run(cutout->lanczos, &part, width, height,
                            (uint8_t *[3]){planes, planes + plane, planes + 2 * plane});
    cutout->scaled_width = error ? 0 : width;
    cutout->scaled_height = height;
    return error;
}

static int take_mask(struct ct__cutout *cutout, const struct ct_matte *matte, struct work *work)
{
    work->mask = matte->alpha;
    work->mask_stride = matte->stride;
    if (!cutout->params->post_process_mask)
        return CT_OK;
    int error = keep_frame(&cutout->mask, CT_FORMAT_GREY, work->picture);
    if (error)
        return error;
    uint8_t *to = ct_frame_writable(cutout->mask, 0);
    ptrdiff_t stride = ct_frame_picture(cutout->mask)->stride[0];
    for (int y = 0; y < matte->height; y++)
        memcpy(to + y * stride, matte->alpha + y * matte->stride, (size_t)matte->width);
    work->mask = to;
    work->mask_stride = stride;
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
                                    .width = work->picture->width,
                                    .height = work->picture->height,
                                    .data = {work->mask},
                                    .stride = {work->mask_stride}};
    const struct ct__matting_params matting = {
        .trimap = {params->foreground_threshold, params->background_threshold, params->erode_size},
        .parallel = work->parallel,
        .progress = tell_progress,
        .opaque = (void *)params,
    };
    const struct ct_picture *rgb = work->picture;
    int error = rgb->format == CT_FORMAT_RGB ? CT_OK : take_rgb(cutout, &rgb);
    error = error ? error : keep_frame(&cutout->edge, CT_FORMAT_RGBA, rgb);
    return error ? error : ct__matting_cut_out(cutout->edge, rgb, &mask, &matting);
}

// What cannot be estimated is cut out by the mask alone, with a word about it.
static int take_edge(struct ct__cutout *cutout, struct work *work)
{
    work->edge = NULL;
    if (!cutout->params->alpha_matting || cutout->params->only_mask)
        return CT_OK;
    int error = solve_edge(cutout, work);
    if (error == CT_ERROR_MEMORY || error == CT_ERROR_STOPPED)
        return error;
    if (error)
        ct__log(CT_LOG_WARN, work->scope, "no alpha matting: cut out by the mask alone");
    else
        work->edge = ct_frame_picture(cutout->edge);
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
    for (int y = 0; y < work->picture->height; y++)
        make_row(cutout, work, y, to + y * raster->stride);
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
    bool grey = cutout->params->only_mask && !work->form.spread;
    size_t width = (size_t)work->picture->width, height = (size_t)work->picture->height;
    *raster = (struct ct__raster){
        .width = work->picture->width,
        .height = work->picture->height * count,
        .channels = grey ? 1 : work->form.channels,
        .bits = work->most > 255 ? 16 : 8,
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
    struct work work = {.form = *form, .parallel = parallel, .scope = scope, .most = 255};
    int error = check(ct_frame_picture(frame), result, scope);
    error = error ? error : take_picture(cutout, frame, &work.picture);
    error = error ? error : take_backdrop(cutout, work.picture, scope);
    if (error)
        return error;
    if (frame->extras.has_deep && form->bits == 16 && !params->only_mask) {
        work.deep = frame->extras.deep;
        work.most = 65535;
    }
    work.form.straight |= params->keep_colours || cutout->backdrop;
    struct ct__raster made;
    error = lay_out(cutout, &work, result->matte_count, scope, &made);
    ptrdiff_t size = made.stride * work.picture->height;
    for (int i = 0; !error && i < result->matte_count; i++)
        error = make_one(cutout, &result->mattes[i], &work, &made, cutout->canvas.data + i * size);
    if (!error)
        *raster = made;
    return error;
}
