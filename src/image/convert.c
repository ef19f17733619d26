// SPDX-License-Identifier: Apache-2.0
// Copies in another format. Two rows at a time, in blocks that stay in the first cache, samples are
// spread to one array a component, led through one integer matrix, and packed again.
#include "image/convert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "frame/format.h"
#include "frame/frame.h"
#include "image/kernels.h"
#include "image/matrix.h"

enum {
    BLOCK = 512, // pixels, even
    ALPHA = 3,
};

// Two rows of a block: components of the picture, then alpha. One spare for odd widths.
typedef uint8_t row[4][BLOCK + 1];

struct plan {
    const struct ct_picture *from, *to;
    const struct ct__format_info *from_format, *to_format;
    uint8_t *data[CT_MAX_PLANES];
    const struct ct__kernels *kernels;
    bool recolour;
    struct ct__recolour matrix;
};

static bool has_alpha(enum ct_format format)
{
    return format == CT_FORMAT_RGBA || format == CT_FORMAT_BGRA;
}

// Reads row `y` of the block at `x`; the last pixel is repeated behind an odd end.
static void read_row(const struct plan *plan, row samples, int x, int y, int count)
{
    const struct ct_picture *from = plan->from;
    const struct ct__format_info *format = plan->from_format;
    for (int i = 0; i < 3; i++) {
        int plane = format->component[i].plane, step = format->step[plane];
        int shift = format->shift_x[plane];
        const uint8_t *data = from->data[plane] +
                              (y >> format->shift_y[plane]) * from->stride[plane] +
                              (x >> shift) * step + format->component[i].offset;
        if (i > 0 && from->format == CT_FORMAT_GREY)
            memset(samples[i], 128, (size_t)count);
        else
            plan->kernels->unpack(samples[i], data, count, step, shift);
    }
    if (has_alpha(from->format) && has_alpha(plan->to->format))
        plan->kernels->unpack(samples[ALPHA], from->data[0] + y * from->stride[0] + 4 * x + 3,
                              count, 4, 0);
    else
        memset(samples[ALPHA], 255, (size_t)count);
    if (plan->recolour)
        plan->kernels->recolour(samples[0], samples[1], samples[2], count, &plan->matrix);
    for (int i = 0; i < 3; i++)
        samples[i][count] = samples[i][count - 1];
}

// Writes row `y` from `samples`. Chroma that is shared by two rows is their mean and is written
// with the first.
static void write_row(const struct plan *plan, row samples, row other, int x, int y, int count)
{
    const struct ct_picture *to = plan->to;
    const struct ct__format_info *format = plan->to_format;
    const struct ct__kernels *kernels = plan->kernels;
    for (int i = 0; i < (to->format == CT_FORMAT_GREY ? 1 : 3); i++) {
        int plane = format->component[i].plane, step = format->step[plane];
        int shift_x = format->shift_x[plane], shift_y = format->shift_y[plane];
        uint8_t *data = plan->data[plane] + (y >> shift_y) * to->stride[plane] +
                        (x >> shift_x) * step + format->component[i].offset;
        uint8_t(*below)[BLOCK + 1] = shift_y ? other : samples;
        if (shift_y && (y & 1))
            continue;
        if (shift_x)
            kernels->pack_half(data, samples[i], below[i], (count + 1) / 2, step);
        else
            kernels->pack(data, samples[i], count, step);
    }
    if (has_alpha(to->format))
        kernels->pack(plan->data[0] + y * to->stride[0] + 4 * x + 3, samples[ALPHA], count, 4);
}

static void convert_rows(const struct plan *plan, int y)
{
    row first, second;
    int last = plan->from->height - 1;
    for (int x = 0; x < plan->from->width; x += BLOCK) {
        int rest = plan->from->width - x, count = rest < BLOCK ? rest : BLOCK;
        read_row(plan, first, x, y, count);
        read_row(plan, second, x, y < last ? y + 1 : y, count);
        write_row(plan, first, second, x, y, count);
        if (y < last)
            write_row(plan, second, second, x, y + 1, count);
    }
}

static bool is_luma(const struct ct__format_info *format)
{
    return format->yuv || format->planes * format->step[0] == 1;
}

// Whether samples mean the same in both pictures.
static bool same_colour(const struct plan *plan)
{
    const struct ct_picture *from = plan->from, *to = plan->to;
    bool luma = is_luma(plan->from_format);
    if (luma != is_luma(plan->to_format) || ct__picture_range(from) != ct__picture_range(to))
        return false;
    return !luma || from->format == CT_FORMAT_GREY || to->format == CT_FORMAT_GREY ||
           ct__picture_matrix(from) == ct__picture_matrix(to);
}

static void make_matrix(struct plan *plan)
{
    double m[3][4];
    ct__matrix_between(m, plan->from, plan->to);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            plan->matrix.factor[i][j] = (int16_t)lround(ldexp(m[i][j], CT__RECOLOUR_BITS));
        plan->matrix.constant[i] = (int32_t)lround(ldexp(m[i][3] + .5, CT__RECOLOUR_BITS));
    }
}

int ct__convert(ct_frame *to, const struct ct_picture *from)
{
    const struct ct_picture *picture = ct_frame_picture(to);
    struct plan plan = {
        .from = from,
        .to = picture,
        .from_format = ct__format_info(from->format),
        .to_format = ct__format_info(picture->format),
        .kernels = ct__kernels(CT__CPU_AVX512),
    };
    if (!plan.from_format || from->width != picture->width || from->height != picture->height)
        return ct__fail(CT_ERROR_INVALID, "convert", "a picture of %dx%d to a frame of %dx%d",
                        from->width, from->height, picture->width, picture->height);
    for (int i = 0; i < plan.to_format->planes; i++)
        plan.data[i] = ct_frame_writable(to, i);
    if (!plan.data[0])
        return ct__fail(CT_ERROR_INVALID, "convert", "the frame is shared");
    plan.recolour = !same_colour(&plan);
    if (!plan.recolour && from->format == picture->format)
        return ct__picture_copy(plan.data, picture->stride, from);
    if (plan.recolour)
        make_matrix(&plan);
    for (int y = 0; y < from->height; y += 2)
        convert_rows(&plan, y);
    return CT_OK;
}
