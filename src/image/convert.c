// SPDX-License-Identifier: Apache-2.0
// Copies in another format. Two rows at a time, in blocks that stay in the first cache, samples are
// spread to one array a component, led through one integer matrix, and packed again.
#include "image/convert.h"

#include <string.h>

#include "base/log.h"
#include "frame/format.h"
#include "frame/frame.h"
#include "image/samples.h"

enum {
    BLOCK = 512, // pixels, even
    ALPHA = 3,
};

// Two rows of a block: components of the picture, then alpha. One spare for odd widths.
typedef uint8_t row[4][BLOCK + 1];

struct plan {
    const struct ct_picture *from, *to;
    const struct ct__format_info *to_format;
    uint8_t *data[CT_MAX_PLANES];
    struct ct__samples samples;
};

static bool has_alpha(enum ct_format format)
{
    return format == CT_FORMAT_RGBA || format == CT_FORMAT_BGRA;
}

// Reads row `y` of the block at `x`; the last pixel is repeated behind an odd end.
static void read_row(const struct plan *plan, row samples, int x, int y, int count)
{
    const struct ct_picture *from = plan->from;
    ct__samples_read(&plan->samples, (uint8_t *[]){samples[0], samples[1], samples[2]}, x, y,
                     count);
    if (has_alpha(from->format) && has_alpha(plan->to->format))
        plan->samples.kernels->unpack(samples[ALPHA],
                                      from->data[0] + y * from->stride[0] + 4 * x + 3, count, 4, 0);
    else
        memset(samples[ALPHA], 255, (size_t)count);
    for (int i = 0; i < 3; i++)
        samples[i][count] = samples[i][count - 1];
}

// Writes row `y` from `samples`. Chroma that is shared by two rows is their mean and is written
// with the first.
static void write_row(const struct plan *plan, row samples, row other, int x, int y, int count)
{
    const struct ct_picture *to = plan->to;
    const struct ct__format_info *format = plan->to_format;
    const struct ct__kernels *kernels = plan->samples.kernels;
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

int ct__convert(ct_frame *to, const struct ct_picture *from)
{
    const struct ct_picture *picture = ct_frame_picture(to);
    struct plan plan = {
        .from = from,
        .to = picture,
        .to_format = ct__format_info(picture->format),
    };
    if (!ct__format_info(from->format) || from->width != picture->width ||
        from->height != picture->height)
        return ct__fail(CT_ERROR_INVALID, "convert", "a picture of %dx%d to a frame of %dx%d",
                        from->width, from->height, picture->width, picture->height);
    for (int i = 0; i < plan.to_format->planes; i++)
        plan.data[i] = ct_frame_writable(to, i);
    if (!plan.data[0])
        return ct__fail(CT_ERROR_INVALID, "convert", "the frame is shared");
    ct__samples_begin(&plan.samples, from, picture);
    if (!plan.samples.recolour && from->format == picture->format)
        return ct__picture_copy(plan.data, picture->stride, from);
    for (int y = 0; y < from->height; y += 2)
        convert_rows(&plan, y);
    return CT_OK;
}
