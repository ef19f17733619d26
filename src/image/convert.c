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
#include "image/matrix.h"

enum {
    BLOCK = 512, // pixels, even
    BITS = 16,   // of a matrix value behind the point
    ALPHA = 3,
};

// Two rows of a block: components of the picture, then alpha. One spare for odd widths.
typedef uint8_t row[4][BLOCK + 1];

struct plan {
    const struct ct_picture *from, *to;
    const struct ct__format_info *from_format, *to_format;
    uint8_t *data[CT_MAX_PLANES];
    bool recolour;
    int32_t matrix[3][4];
};

static inline void spread(uint8_t *to, const uint8_t *from, int count, int step, int shift)
{
    for (int i = 0; i < count; i++)
        to[i] = from[(i >> shift) * step];
}

// The steps that exist are spelt out, so that each becomes a loop of its own.
static void unpack(uint8_t *to, const uint8_t *from, int count, int step, int shift)
{
    if (step == 1 && shift == 0)
        memcpy(to, from, (size_t)count);
    else if (step == 1)
        spread(to, from, count, 1, 1);
    else if (step == 2)
        spread(to, from, count, 2, 1);
    else if (step == 3)
        spread(to, from, count, 3, 0);
    else
        spread(to, from, count, 4, 0);
}

static inline void gather(uint8_t *to, const uint8_t *from, int count, int step)
{
    for (int i = 0; i < count; i++)
        to[i * step] = from[i];
}

static void pack(uint8_t *to, const uint8_t *from, int count, int step)
{
    if (step == 1)
        memcpy(to, from, (size_t)count);
    else if (step == 3)
        gather(to, from, count, 3);
    else
        gather(to, from, count, 4);
}

static inline void average(uint8_t *restrict to, const uint8_t *restrict a,
                           const uint8_t *restrict b, int count, int step)
{
    for (int i = 0; i < count; i++)
        to[i * step] = (uint8_t)((a[2 * i] + a[2 * i + 1] + b[2 * i] + b[2 * i + 1] + 2) >> 2);
}

static void pack_half(uint8_t *to, const uint8_t *a, const uint8_t *b, int count, int step)
{
    if (step == 1)
        average(to, a, b, count, 1);
    else
        average(to, a, b, count, 2);
}

static uint8_t clip(int value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void recolour(row samples, int count, const int32_t m[3][4])
{
    uint8_t *restrict x = samples[0], *restrict y = samples[1], *restrict z = samples[2];
    for (int i = 0; i < count; i++) {
        int a = x[i], b = y[i], c = z[i];
        x[i] = clip((m[0][0] * a + m[0][1] * b + m[0][2] * c + m[0][3]) >> BITS);
        y[i] = clip((m[1][0] * a + m[1][1] * b + m[1][2] * c + m[1][3]) >> BITS);
        z[i] = clip((m[2][0] * a + m[2][1] * b + m[2][2] * c + m[2][3]) >> BITS);
    }
}

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
            unpack(samples[i], data, count, step, shift);
    }
    if (has_alpha(from->format) && has_alpha(plan->to->format))
        unpack(samples[ALPHA], from->data[0] + y * from->stride[0] + 4 * x + 3, count, 4, 0);
    else
        memset(samples[ALPHA], 255, (size_t)count);
    if (plan->recolour)
        recolour(samples, count, plan->matrix);
    for (int i = 0; i < 3; i++)
        samples[i][count] = samples[i][count - 1];
}

// Writes row `y` from `samples`. Chroma that is shared by two rows is their mean and is written
// with the first.
static void write_row(const struct plan *plan, row samples, row other, int x, int y, int count)
{
    const struct ct_picture *to = plan->to;
    const struct ct__format_info *format = plan->to_format;
    for (int i = 0; i < (to->format == CT_FORMAT_GREY ? 1 : 3); i++) {
        int plane = format->component[i].plane, step = format->step[plane];
        int shift_x = format->shift_x[plane], shift_y = format->shift_y[plane];
        uint8_t *data = plan->data[plane] + (y >> shift_y) * to->stride[plane] +
                        (x >> shift_x) * step + format->component[i].offset;
        if (shift_y && (y & 1))
            continue;
        if (shift_x)
            pack_half(data, samples[i], (shift_y ? other : samples)[i], (count + 1) / 2, step);
        else
            pack(data, samples[i], count, step);
    }
    if (has_alpha(to->format))
        pack(plan->data[0] + y * to->stride[0] + 4 * x + 3, samples[ALPHA], count, 4);
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
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            plan->matrix[i][j] = (int32_t)lround(ldexp(m[i][j] + (j == 3 ? .5 : 0), BITS));
}

int ct__convert(ct_frame *to, const struct ct_picture *from)
{
    const struct ct_picture *picture = ct_frame_picture(to);
    struct plan plan = {
        .from = from,
        .to = picture,
        .from_format = ct__format_info(from->format),
        .to_format = ct__format_info(picture->format),
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
