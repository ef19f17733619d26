// SPDX-License-Identifier: Apache-2.0
// Samples are spread to one array a component and led through one integer matrix.
#include "image/samples.h"

#include <math.h>
#include <string.h>

#include "frame/format.h"
#include "image/matrix.h"

static bool is_luma(enum ct_format format)
{
    const struct ct__format_info *info = ct__format_info(format);
    return info->yuv || info->planes * info->step[0] == 1;
}

// Whether samples mean the same in both pictures.
static bool same_colour(const struct ct_picture *a, const struct ct_picture *b)
{
    bool luma = is_luma(a->format);
    if (luma != is_luma(b->format) || ct__picture_range(a) != ct__picture_range(b))
        return false;
    return !luma || a->format == CT_FORMAT_GREY || b->format == CT_FORMAT_GREY ||
           ct__picture_matrix(a) == ct__picture_matrix(b);
}

static void make_matrix(struct ct__recolour *matrix, const struct ct_picture *from,
                        const struct ct_picture *to)
{
    double m[3][4];
    ct__matrix_between(m, from, to);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            matrix->factor[i][j] = (int16_t)lround(ldexp(m[i][j], CT__RECOLOUR_BITS));
        matrix->constant[i] = (int32_t)lround(ldexp(m[i][3] + .5, CT__RECOLOUR_BITS));
    }
}

void ct__samples_begin(struct ct__samples *samples, const struct ct_picture *picture,
                       const struct ct_picture *like)
{
    *samples = (struct ct__samples){
        .picture = picture,
        .kernels = ct__kernels(CT__CPU_AVX512),
        .recolour = !same_colour(picture, like),
    };
    if (samples->recolour)
        make_matrix(&samples->matrix, picture, like);
}

// The first sample of a component in row `y` of its plane.
static const uint8_t *row_of(const struct ct_picture *picture, int component, int y)
{
    const struct ct__format_info *format = ct__format_info(picture->format);
    int plane = format->component[component].plane;
    return picture->data[plane] + y * picture->stride[plane] + format->component[component].offset;
}

static void recolour(const struct ct__samples *samples, uint8_t *const rows[3], int count)
{
    if (samples->recolour)
        samples->kernels->recolour(rows[0], rows[1], rows[2], count, &samples->matrix);
}

void ct__samples_read(const struct ct__samples *samples, uint8_t *const rows[3], int x, int y,
                      int count)
{
    const struct ct_picture *from = samples->picture;
    const struct ct__format_info *format = ct__format_info(from->format);
    for (int i = 0; i < 3; i++) {
        int plane = format->component[i].plane, step = format->step[plane];
        int shift = format->shift_x[plane];
        const uint8_t *data = row_of(from, i, y >> format->shift_y[plane]) + (x >> shift) * step;
        if (i > 0 && from->format == CT_FORMAT_GREY)
            memset(rows[i], 128, (size_t)count);
        else
            samples->kernels->unpack(rows[i], data, count, step, shift);
    }
    recolour(samples, rows, count);
}

// One component of a plane that is halved across, and down or not.
static void spread(const struct ct__samples *samples, int component, int y, uint8_t *row)
{
    static const int both[2] = {8, 7}, across[2] = {4, 8};
    const struct ct_picture *from = samples->picture;
    const struct ct__format_info *format = ct__format_info(from->format);
    int plane = format->component[component].plane;
    bool halved = format->shift_y[plane];
    int height = ct__plane_height(from->format, plane, from->height);
    int near = y >> format->shift_y[plane], far = halved ? near + (y & 1 ? 1 : -1) : near;
    far = far < 0 ? 0 : far < height ? far : height - 1;
    samples->kernels->spread(row, row_of(from, component, near), row_of(from, component, far),
                             from->width, format->step[plane], halved ? both : across);
}

void ct__samples_read_smooth(const struct ct__samples *samples, uint8_t *const rows[3], int y)
{
    const struct ct_picture *from = samples->picture;
    const struct ct__format_info *format = ct__format_info(from->format);
    if (!format->shift_x[format->component[1].plane]) {
        ct__samples_read(samples, rows, 0, y, from->width);
        return;
    }
    samples->kernels->unpack(rows[0], row_of(from, 0, y), from->width, 1, 0);
    spread(samples, 1, y, rows[1]);
    spread(samples, 2, y, rows[2]);
    recolour(samples, rows, from->width);
}
