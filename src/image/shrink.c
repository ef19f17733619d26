// SPDX-License-Identifier: Apache-2.0
// Means of blocks. Rows are summed first, which vectorises, then pixels along the sums.
#include "image/shrink.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdbool.h>
#include <string.h>

static void add_row(uint16_t *restrict sums, const uint8_t *restrict row, int width)
{
    for (int x = 0; x < width; x++)
        sums[x] = (uint16_t)(sums[x] + row[x]);
}

static void mean_row(uint8_t *to, const uint16_t *sums, int width, int factor)
{
    uint32_t area = (uint32_t)(factor * factor);
    for (int x = 0; x < width; x++, sums += factor) {
        uint32_t sum = area / 2;
        for (int i = 0; i < factor; i++)
            sum += sums[i];
        to[x] = (uint8_t)(sum / area);
    }
}

// Planes may be smaller than factor times the result by a part of a block: the last rows and
// columns are repeated by staying inside.
static void shrink_plane(uint8_t *to, ptrdiff_t to_stride, int width, int height,
                         const uint8_t *from, ptrdiff_t from_stride, int from_width,
                         int from_height, int factor, uint16_t *sums)
{
    int used = width * factor < from_width ? width * factor : from_width;
    for (int y = 0; y < height; y++, to += to_stride) {
        memset(sums, 0, (size_t)(width * factor) * sizeof *sums);
        for (int i = 0; i < factor; i++) {
            int row = y * factor + i < from_height ? y * factor + i : from_height - 1;
            add_row(sums, from + row * from_stride, used);
        }
        for (int x = used; x < width * factor; x++)
            sums[x] = sums[used - 1];
        mean_row(to, sums, width, factor);
    }
}

int ct__shrink(ct_frame *to, const struct ct_picture *from, int factor)
{
    const struct ct_picture *small = ct_frame_picture(to);
    int width = from->width / factor, height = from->height / factor;
    bool fits = factor >= 1 && factor <= 255 && from->format == CT_FORMAT_I420 &&
                small->format == CT_FORMAT_I420 && small->width == (width ? width : 1) &&
                small->height == (height ? height : 1) && ct_frame_writable(to, 0);
    if (!fits)
        return ct__fail(CT_ERROR_INVALID, "shrink", "%dx%d is not 1/%d of %dx%d", small->width,
                        small->height, factor, from->width, from->height);
    uint16_t *sums = ct__alloc(((size_t)small->width + 1) * (size_t)factor * sizeof *sums);
    if (!sums)
        return ct__fail_memory("shrink");
    for (int i = 0; i < 3; i++) {
        int round = i > 0, shift = i > 0;
        shrink_plane(ct_frame_writable(to, i), small->stride[i], (small->width + round) >> shift,
                     (small->height + round) >> shift, from->data[i], from->stride[i],
                     (from->width + round) >> shift, (from->height + round) >> shift, factor, sums);
    }
    ct__free(sums);
    return CT_OK;
}
