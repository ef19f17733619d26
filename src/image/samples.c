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

void ct__samples_read(const struct ct__samples *samples, uint8_t *const rows[3], int x, int y,
                      int count)
{
    const struct ct_picture *from = samples->picture;
    const struct ct__format_info *format = ct__format_info(from->format);
    for (int i = 0; i < 3; i++) {
        int plane = format->component[i].plane, step = format->step[plane];
        int shift = format->shift_x[plane];
        const uint8_t *data = from->data[plane] +
                              (y >> format->shift_y[plane]) * from->stride[plane] +
                              (x >> shift) * step + format->component[i].offset;
        if (i > 0 && from->format == CT_FORMAT_GREY)
            memset(rows[i], 128, (size_t)count);
        else
            samples->kernels->unpack(rows[i], data, count, step, shift);
    }
    if (samples->recolour)
        samples->kernels->recolour(rows[0], rows[1], rows[2], count, &samples->matrix);
}
