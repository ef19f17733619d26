// SPDX-License-Identifier: Apache-2.0
// One pass from a picture to a tensor. Every format is three components (or one): a plane, a place
// within its bytes, and how far it is subsampled. For each row of the output the components are
// sampled from two source rows each into small buffers, and one kernel turns these into channels.
#include "image/prepare.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "image/kernels.h"
#include "image/matrix.h"
#include "image/smooth.h"
#include "image/taps.h"
#include "image/values.h"
#include "image/warp.h"

enum { COMPONENTS = 3 };

// What tables are made for.
struct geometry {
    enum ct_format format;
    struct ct__letterbox box;
};

// What a border was written for.
struct border {
    const void *data;
    struct ct__input_spec spec;
};

// The part of the canvas that the picture covers.
struct window {
    int x, y, width, height;
};

struct ct__prepare {
    const struct ct__kernels *kernels;
    struct geometry geometry;
    struct window window;
    struct border border;
    int count; // components of the format
    struct ct__taps taps[COMPONENTS];
    struct ct__tap *lines[COMPONENTS]; // vertical taps, one per output row
    int32_t *rows;                     // COMPONENTS rows of samples
    int row_length;
    struct ct__smooth smooth;
    struct ct__warp warp;
};

bool ct__prepare_knows(enum ct_type type)
{
    return ct__value_type(type) != NULL;
}

int ct__prepare_create(struct ct__prepare **out)
{
    struct ct__prepare *prepare = ct__calloc(1, sizeof *prepare);
    if (!prepare)
        return ct__fail_memory("prepare");
    prepare->kernels = ct__kernels(CT__CPU_AVX512);
    *out = prepare;
    return CT_OK;
}

static void drop_tables(struct ct__prepare *prepare)
{
    for (int i = 0; i < COMPONENTS; i++) {
        ct__taps_finish(&prepare->taps[i]);
        ct__free(prepare->lines[i]);
        prepare->lines[i] = NULL;
    }
    ct__free(prepare->rows);
    prepare->rows = NULL;
    prepare->geometry = (struct geometry){0};
    prepare->border = (struct border){0};
}

void ct__prepare_destroy(struct ct__prepare **prepare)
{
    if (*prepare) {
        drop_tables(*prepare);
        ct__smooth_finish(&(*prepare)->smooth);
        ct__warp_finish(&(*prepare)->warp);
    }
    ct__free(*prepare);
    *prepare = NULL;
}

// The part of [0, canvas) that is covered from `first` on, as a begin and a length; not above 0
// where there is none.
static int overlap(int first, int length, int canvas, int *begin)
{
    int end = first + length < canvas ? first + length : canvas;
    *begin = first > 0 ? first : 0;
    return end - *begin;
}

static struct window visible(const struct ct__letterbox *box)
{
    struct window window;
    window.width = overlap(box->x, box->width, box->canvas_width, &window.x);
    window.height = overlap(box->y, box->height, box->canvas_height, &window.y);
    return window;
}

static int make_lines(struct ct__tap **out, const struct ct__axis *axis)
{
    struct ct__tap *lines = ct__alloc((size_t)axis->count * sizeof *lines);
    if (!lines)
        return ct__fail_memory("prepare");
    for (int i = 0; i < axis->count; i++)
        lines[i] = ct__tap_at(axis, i, CT__LINE_BITS);
    *out = lines;
    return CT_OK;
}

static int make_component(struct ct__prepare *prepare, int i, const struct geometry *geometry)
{
    const struct ct__letterbox *box = &geometry->box;
    const struct window *window = &prepare->window;
    const struct ct__format_info *format = ct__format_info(geometry->format);
    int plane = format->component[i].plane, step = format->step[plane];
    int width = ct__plane_width(geometry->format, plane, box->source_width);
    int height = ct__plane_height(geometry->format, plane, box->source_height);
    struct ct__axis x = {box->source_width, format->shift_x[plane], width, window->width,
                         box->width,        window->x - box->x};
    struct ct__axis y = {box->source_height, format->shift_y[plane], height, window->height,
                         box->height,        window->y - box->y};
    int error = ct__taps_make(&prepare->taps[i], &x, step, format->component[i].offset,
                              width * step, prepare->kernels);
    return error ? error : make_lines(&prepare->lines[i], &y);
}

static int make_tables(struct ct__prepare *prepare, const struct geometry *geometry)
{
    drop_tables(prepare);
    prepare->window = visible(&geometry->box);
    prepare->row_length = (prepare->window.width + 15) / 16 * 16;
    prepare->rows = ct__alloc_aligned(sizeof(int32_t) * COMPONENTS * (size_t)prepare->row_length);
    int error = prepare->rows ? CT_OK : ct__fail_memory("prepare");
    prepare->count = geometry->format == CT_FORMAT_GREY ? 1 : COMPONENTS;
    for (int i = 0; i < prepare->count && !error; i++)
        error = make_component(prepare, i, geometry);
    if (error)
        drop_tables(prepare);
    else
        prepare->geometry = *geometry;
    return error;
}

static bool same_box(const struct ct__letterbox *a, const struct ct__letterbox *b)
{
    return a->source_width == b->source_width && a->source_height == b->source_height &&
           a->canvas_width == b->canvas_width && a->canvas_height == b->canvas_height &&
           a->x == b->x && a->y == b->y && a->width == b->width && a->height == b->height;
}

static bool same_values(const float a[3], const float b[3])
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static bool same_spec(const struct ct__input_spec *a, const struct ct__input_spec *b)
{
    return a->layout == b->layout && a->type == b->type && a->pad == b->pad && a->bare == b->bare &&
           same_values(a->mean, b->mean) && same_values(a->scale, b->scale);
}

// Writes rows [top, bottom) and columns [left, right) of one channel, the first of which is at
// `to`, `step` elements from one to the next.
static void fill(uint8_t *to, size_t size, const void *value, size_t step, size_t stride,
                 const int area[4])
{
    for (int y = area[1]; y < area[3]; y++)
        for (int x = area[0]; x < area[2]; x++)
            memcpy(to + ((size_t)y * stride + (size_t)x * step) * size, value, size);
}

static void write_border(const struct window *window, const struct ct__letterbox *box,
                         const struct ct__input_spec *spec, uint8_t *data)
{
    int right = window->x + window->width, bottom = window->y + window->height;
    const int areas[4][4] = {{0, 0, box->canvas_width, window->y},
                             {0, bottom, box->canvas_width, box->canvas_height},
                             {0, window->y, window->x, bottom},
                             {right, window->y, box->canvas_width, bottom}};
    for (int c = 0; c < 3; c++) {
        uint8_t value[sizeof(float)];
        float around = spec->bare ? 0 : (spec->pad - spec->mean[c]) * spec->scale[c];
        size_t size = ct__value_store(value, ct__value_type(spec->type), (double)around);
        struct ct__channel channel = ct__channel_of(box, spec->layout, c);
        for (int i = 0; i < 4; i++)
            fill(data + channel.first * size, size, value, channel.step, channel.stride, areas[i]);
    }
}

// Mean, scale and rounding go into the matrix and its limits.
static void make_colour(struct ct__colour *colour, const struct ct_picture *picture,
                        const struct ct__input_spec *spec)
{
    const struct ct__value_type *type = ct__value_type(spec->type);
    double m[3][4];
    ct__matrix_rgb(m, picture);
    for (int c = 0; c < 3; c++) {
        const double *row = m[spec->bgr ? 2 - c : c];
        double scale = spec->scale[c], mean = spec->mean[c];
        double black = -mean * scale + type->bias, white = (255 - mean) * scale + type->bias;
        double low = fmin(black, white), high = fmax(black, white);
        for (int i = 0; i < 3; i++)
            colour->matrix[c][i] = (float)ldexp(row[i] * scale, -CT__SAMPLE_BITS);
        colour->matrix[c][3] = (float)((row[3] - mean) * scale + type->bias);
        colour->low[c] = (float)(type->byte ? fmin(fmax(low, 0), 255) : low);
        colour->high[c] = (float)(type->byte ? fmin(fmax(high, 0), 255) : high);
    }
}

static ct__colour_fn *colour_kernel(const struct ct__kernels *kernels,
                                    const struct ct__input_spec *spec)
{
    bool packed = spec->layout == CT__LAYOUT_NHWC;
    int kernel = ct__value_type(spec->type)->kernel;
    return packed ? kernels->packed[kernel] : kernels->planar[kernel];
}

// Samples all components of output row `y`.
static void sample_row(const struct ct__prepare *prepare, const struct ct_picture *picture, int y)
{
    const struct ct__format_info *format = ct__format_info(picture->format);
    for (int i = 0; i < prepare->count; i++) {
        const struct ct__tap *line = &prepare->lines[i][y];
        int plane = format->component[i].plane;
        const uint8_t *data = picture->data[plane];
        ptrdiff_t stride = picture->stride[plane];
        prepare->kernels->sample(prepare->rows + i * prepare->row_length, &prepare->taps[i],
                                 data + line->first * stride, data + line->second * stride,
                                 line->weight);
    }
}

static void write_picture(const struct ct__prepare *prepare, const struct ct_picture *picture,
                          const struct ct__input_spec *spec, uint8_t *data)
{
    const struct ct__letterbox *box = &prepare->geometry.box;
    const struct window *window = &prepare->window;
    const int32_t *in[3];
    struct ct__channel channels[3];
    struct ct__colour colour;
    make_colour(&colour, picture, spec);
    for (int c = 0; c < 3; c++) {
        channels[c] = ct__channel_of(box, spec->layout, c);
        in[c] = prepare->rows + (c < prepare->count ? c : 0) * prepare->row_length;
    }
    ct__colour_fn *write = colour_kernel(prepare->kernels, spec);
    size_t size = ct__type_size(spec->type);
    for (int y = 0; y < window->height; y++) {
        size_t row = (size_t)(window->y + y), column = (size_t)window->x;
        void *out[3];
        for (int c = 0; c < 3; c++)
            out[c] = data + size * (channels[c].first + row * channels[c].stride +
                                    column * channels[c].step);
        sample_row(prepare, picture, y);
        write(out, in, window->width, &colour);
    }
}

static int check(const struct ct_picture *picture, const struct ct__letterbox *box,
                 const struct ct__input_spec *spec)
{
    if (!ct__format_info(picture->format))
        return ct__fail(CT_ERROR_UNSUPPORTED, "prepare", "no pixel format has the number %d",
                        (int)picture->format);
    if (!ct__prepare_knows(spec->type))
        return ct__fail(
            CT_ERROR_UNSUPPORTED, "prepare",
            "the model wants its picture as %s: expected float32, float16, uint8 or int8",
            ct__type_name(spec->type));
    if (!ct__size_ok(picture->width, picture->height) || picture->width != box->source_width ||
        picture->height != box->source_height)
        return ct__fail(CT_ERROR_INVALID, "prepare", "a picture of %dx%d on a letterbox for %dx%d",
                        picture->width, picture->height, box->source_width, box->source_height);
    struct window window = visible(box);
    if (box->width < 1 || box->height < 1 || window.width < 1 || window.height < 1)
        return ct__fail(CT_ERROR_INVALID, "prepare", "%dx%d at %d,%d: outside the input of %dx%d",
                        box->width, box->height, box->x, box->y, box->canvas_width,
                        box->canvas_height);
    return CT_OK;
}

// Tables and border are not kept: what a filter makes of a picture costs much more.
static int run_smooth(struct ct__prepare *prepare, const struct ct_picture *picture,
                      const struct ct__letterbox *box, const struct ct__input_spec *spec,
                      void *data)
{
    const struct window window = visible(box);
    write_border(&window, box, spec, data);
    prepare->border = (struct border){0};
    return ct__smooth_run(&prepare->smooth, picture, box, spec, data);
}

int ct__prepare_run(struct ct__prepare *prepare, const struct ct_picture *picture,
                    const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data)
{
    const struct geometry geometry = {.format = picture->format, .box = *box};
    const struct border border = {.data = data, .spec = *spec};
    int error = check(picture, box, spec);
    if (!error && spec->filter)
        return run_smooth(prepare, picture, box, spec, data);
    if (!error && spec->warp)
        return ct__warp_run(&prepare->warp, picture, box, spec, data);
    if (!error &&
        (prepare->geometry.format != picture->format || !same_box(&prepare->geometry.box, box)))
        error = make_tables(prepare, &geometry);
    if (error)
        return error;
    if (prepare->border.data != data || !same_spec(&prepare->border.spec, spec)) {
        write_border(&prepare->window, box, spec, data);
        prepare->border = border;
    }
    write_picture(prepare, picture, spec, data);
    return CT_OK;
}
