// SPDX-License-Identifier: Apache-2.0
// A still picture seen through a window that wanders over it and zooms: a camera that moves, where
// nothing else does.
#include "sources/synthetic.h"

#include <math.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "frame/format.h"
#include "media/picture.h"

#define MAX_BYTES ((size_t)1 << 30)
#define TURN      (2 * 3.14159265358979323846)

struct pan_options {
    struct ct__synthetic_options common;
    const char *image;
    double zoom, speed;
};

struct pan {
    struct ct__synthetic head;
    ct_frame *image;
    struct ct__pool *pool; // of the image
    int width, height;
    double zoom, speed, phase[3];
};

// A piece of a plane in its own samples.
struct window {
    double x, y, width, height;
};

// The window at a time: as large as fits the frame's shape, then zoomed; three slow waves move it.
static struct window window_at(const struct pan *pan, double time)
{
    const struct ct_picture *image = ct_frame_picture(pan->image);
    double wave[3];
    for (int i = 0; i < 3; i++)
        wave[i] = .5 + .5 * sin(TURN * (pan->phase[i] + time * pan->speed * (.05 + .02 * i)));
    double zoom = 1 + (pan->zoom - 1) * wave[2];
    double fit = fmin((double)image->width / pan->width, (double)image->height / pan->height);
    struct window window = {.width = fit * pan->width / zoom, .height = fit * pan->height / zoom};
    window.x = (image->width - window.width) * wave[0];
    window.y = (image->height - window.height) * wave[1];
    return window;
}

// The sample at or before a place, and how far it is on the way to the next, in 1/256.
static int place(double at, int count, int *part)
{
    at = at < 0 ? 0 : at > count - 1 ? count - 1 : at;
    *part = (int)((at - floor(at)) * 256);
    return (int)at;
}

// Linear between the four nearest samples, each of `step` bytes.
static void sample_row(uint8_t *to, int width, int step, const uint8_t *upper, const uint8_t *lower,
                       int down, int count, const struct window *window)
{
    double scale = window->width / width;
    for (int x = 0; x < width; x++) {
        int right, at = place(window->x + (x + .5) * scale - .5, count, &right);
        int next = at + 1 < count ? step : 0;
        const uint8_t *a = upper + (ptrdiff_t)at * step, *b = lower + (ptrdiff_t)at * step;
        for (int i = 0; i < step; i++) {
            int above = a[i] * (256 - right) + a[i + next] * right;
            int below = b[i] * (256 - right) + b[i + next] * right;
            *to++ = (uint8_t)((above * (256 - down) + below * down + (1 << 15)) >> 16);
        }
    }
}

static void sample_plane(const struct pan *pan, ct_frame *frame, int plane,
                         const struct window *window)
{
    const struct ct_picture *image = ct_frame_picture(pan->image), *out = ct_frame_picture(frame);
    const struct ct__format_info *format = ct__format_info(image->format);
    uint8_t *to = ct_frame_writable(frame, plane);
    int width = ct__plane_width(out->format, plane, out->width);
    int height = ct__plane_height(out->format, plane, out->height);
    int columns = ct__plane_width(image->format, plane, image->width);
    int rows = ct__plane_height(image->format, plane, image->height);
    struct window own = {
        .x = ldexp(window->x, -format->shift_x[plane]),
        .y = ldexp(window->y, -format->shift_y[plane]),
        .width = window->width * columns / image->width,
        .height = window->height * rows / image->height,
    };
    for (int y = 0; y < height; y++) {
        int down, at = place(own.y + (y + .5) * own.height / height - .5, rows, &down);
        const uint8_t *upper = image->data[plane] + at * image->stride[plane];
        const uint8_t *lower = at + 1 < rows ? upper + image->stride[plane] : upper;
        sample_row(to + y * out->stride[plane], width, format->step[plane], upper, lower, down,
                   columns, &own);
    }
}

static int read_pan(struct ct__source *source, struct ct__pool *pool, ct_frame **out,
                    const char **failed)
{
    struct pan *pan = (struct pan *)source;
    const struct ct_picture *image = ct_frame_picture(pan->image);
    ct_frame *frame = NULL;
    *failed = NULL;
    int error = ct__synthetic_more(&pan->head);
    error = error ? error : ct__pool_frame(pool, &frame, image->format, pan->width, pan->height);
    if (error)
        return error;
    ct_frame_set_colour(frame, ct__picture_matrix(image), ct__picture_range(image));
    ct__synthetic_stamp(&pan->head, frame);
    struct window window = window_at(pan, (double)ct_frame_info(frame)->pts_ns * 1e-9);
    for (int i = 0; i < ct__format_info(image->format)->planes; i++)
        sample_plane(pan, frame, i, &window);
    *out = frame;
    return CT_OK;
}

static int load(struct pan *pan, const char *path, int64_t max_pixels)
{
    uint8_t *data = NULL;
    size_t size = 0;
    int error = ct__pool_create(&pan->pool);
    error = error ? error : ct__file_read(path, MAX_BYTES, &data, &size);
    error =
        error ? error : ct__picture_decode(data, size, path, max_pixels, pan->pool, &pan->image);
    ct__free(data);
    return error;
}

static int begin(struct ct__synthetic *synthetic, const void *opaque,
                 const struct ct__source_params *params)
{
    const struct pan_options *options = opaque;
    struct pan *pan = (struct pan *)synthetic;
    if (!options->image)
        return ct__fail(CT_ERROR_INVALID, synthetic->name,
                        "image: missing: name the picture to look at");
    int error = ct__synthetic_size(synthetic, options->common.size, params->max_pixels, &pan->width,
                                   &pan->height);
    pan->zoom = options->zoom;
    pan->speed = options->speed;
    for (int i = 0; i < 3; i++)
        pan->phase[i] = ct__random_unit((uint64_t)options->common.seed, 0, (uint64_t)i);
    return error ? error : load(pan, options->image, params->max_pixels);
}

static void finish(struct ct__synthetic *synthetic)
{
    struct pan *pan = (struct pan *)synthetic;
    ct_frame_unref(&pan->image);
    ct__pool_unref(&pan->pool);
}

#define AT(member) offsetof(struct pan_options, member)

static const struct ct__option rows[] = {
    {"image", 0, CT__OPTION_STRING, AT(image)},
    {"zoom", 0, CT__OPTION_FLOAT, AT(zoom), .preset = "2", .least = 1, .most = 64},
    {"speed", 0, CT__OPTION_FLOAT, AT(speed), .preset = "1", .most = 100},
    {NULL},
};

const struct ct__synthetic_kind ct__synthetic_pan = {
    .name = "pan",
    .makes_pictures = true,
    .rows = rows,
    .size = sizeof(struct pan),
    .options_size = sizeof(struct pan_options),
    .begin = begin,
    .finish = finish,
    .class =
        {
            .name = "pan",
            .help = "a still picture, panned and zoomed",
            .read = read_pan,
            .expected = ct__synthetic_expected,
            .rate = ct__synthetic_rate,
            .interrupt = ct__synthetic_interrupt,
            .close = ct__synthetic_close,
        },
};
