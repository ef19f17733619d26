// SPDX-License-Identifier: Apache-2.0
// Thresholds, and the shapes between them shrunk.
#include "image/trimap.h"

#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/gauss.h"
#include "image/morphology.h"

static const char SCOPE[] = "mask";

enum { FOREGROUND = 240, BACKGROUND = 10, ERODE = 10 };

// 0 is the default, -1 is 0.
static int choose(int value, int otherwise)
{
    return value == 0 ? otherwise : value < 0 ? 0 : value;
}

static int erode(uint8_t *set, const struct ct_picture *mask, int side, bool outside)
{
    return side ? ct__erode_square(set, mask->width, mask->height, side, outside)
                : ct__erode_cross(set, mask->width, mask->height, outside);
}

// Marks pixels above, or below, a threshold.
static void mark(uint8_t *set, const struct ct_picture *mask, int threshold, bool above)
{
    for (int y = 0; y < mask->height; y++)
        for (int x = 0; x < mask->width; x++) {
            int value = mask->data[0][y * mask->stride[0] + x];
            *set++ = above ? value > threshold : value < threshold;
        }
}

static void paint(ct_frame *trimap, const uint8_t *set, uint8_t value)
{
    const struct ct_picture *p = ct_frame_picture(trimap);
    for (int y = 0; y < p->height; y++) {
        uint8_t *row = ct_frame_writable(trimap, 0) + y * p->stride[0];
        for (int x = 0; x < p->width; x++)
            row[x] = *set++ ? value : row[x];
    }
}

static int fill(ct_frame *trimap, const struct ct_picture *mask,
                const struct ct__trimap_params *params, uint8_t *set)
{
    int side = choose(params->erode, ERODE);
    for (int y = 0; y < mask->height; y++)
        memset(ct_frame_writable(trimap, 0) + y * ct_frame_picture(trimap)->stride[0], 128,
               (size_t)mask->width);
    mark(set, mask, choose(params->foreground, FOREGROUND), true);
    int error = erode(set, mask, side, false);
    if (error)
        return error;
    paint(trimap, set, 255);
    mark(set, mask, choose(params->background, BACKGROUND), false);
    error = erode(set, mask, side, true);
    if (!error)
        paint(trimap, set, 0);
    return error;
}

int ct__trimap_make(ct_frame *trimap, const struct ct_picture *mask,
                    const struct ct__trimap_params *params)
{
    static const struct ct__trimap_params defaults;
    const struct ct_picture *p = ct_frame_picture(trimap);
    if (p->format != CT_FORMAT_GREY || mask->format != CT_FORMAT_GREY || p->width != mask->width ||
        p->height != mask->height || !ct_frame_writable(trimap, 0))
        return ct__fail(CT_ERROR_INVALID, SCOPE,
                        "a trimap of %dx%d for a mask of %dx%d: expected the same size, both grey, "
                        "the trimap held by nobody else",
                        p->width, p->height, mask->width, mask->height);
    uint8_t *set = ct__alloc((size_t)mask->width * (size_t)mask->height);
    if (!set)
        return ct__fail_memory(SCOPE);
    int error = fill(trimap, mask, params ? params : &defaults, set);
    ct__free(set);
    return error;
}

static void blur(ct_frame *mask, const uint8_t *opened, double *scratch, double *line)
{
    const struct ct_picture *p = ct_frame_picture(mask);
    for (int y = 0; y < p->height; y++) {
        uint8_t *to = ct_frame_writable(mask, 0) + y * p->stride[0];
        ct__gauss_row(opened, p->width, p->width, p->height, y, scratch, line);
        for (int x = 0; x < p->width; x++)
            to[x] = line[x] < 127 ? 0 : 255;
    }
}

int ct__mask_smooth(ct_frame *mask)
{
    const struct ct_picture *p = ct_frame_picture(mask);
    if (p->format != CT_FORMAT_GREY || !ct_frame_writable(mask, 0))
        return ct__fail(CT_ERROR_INVALID, SCOPE,
                        "a mask of format %d: expected grey, held by nobody else", p->format);
    size_t width = (size_t)p->width;
    uint8_t *opened = ct__alloc(width * (size_t)p->height);
    double *scratch = ct__alloc((2 * width + 2 * CT__GAUSS_RADIUS) * sizeof *scratch);
    int error = opened && scratch ? CT_OK : ct__fail_memory(SCOPE);
    for (int y = 0; y < p->height && !error; y++)
        memcpy(opened + (size_t)y * width, p->data[0] + y * p->stride[0], width);
    if (!error)
        error = ct__open_cross(opened, p->width, p->height);
    if (!error)
        blur(mask, opened, scratch, scratch + width + 2 * CT__GAUSS_RADIUS);
    ct__free(opened);
    ct__free(scratch);
    return error;
}
