// SPDX-License-Identifier: Apache-2.0
// Turns pictures upright. Each of the eight orientations is a walk through the source with one
// stride along the rows of the result and another down its columns.
#include "frame/format.h"
#include "media/picture.h"

#include "base/log.h"

enum { TILE = 32 };

// How a pixel of the upright picture is found in the stored one: first x and y change places, then
// they count from the far side.
struct turn {
    bool swap, from_right, from_bottom;
};

static const struct turn turns[9] = {
    [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
    [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, false, true},
    [7] = {true, true, true},    [8] = {true, true, false},
};

// A plane to write and the walk through the plane that it comes from.
struct walk {
    uint8_t *to;
    ptrdiff_t to_stride;
    const uint8_t *from;
    ptrdiff_t along, down; // bytes in `from` for one sample to the right and one down in `to`
    int width, height;     // of `to`
};

static inline void copy_tile(const struct walk *walk, int left, int top, int step)
{
    int right = left + TILE < walk->width ? left + TILE : walk->width;
    int bottom = top + TILE < walk->height ? top + TILE : walk->height;
    for (int y = top; y < bottom; y++) {
        uint8_t *to = walk->to + y * walk->to_stride + (ptrdiff_t)left * step;
        const uint8_t *from = walk->from + y * walk->down + left * walk->along;
        for (int x = left; x < right; x++) {
            for (int i = 0; i < step; i++)
                to[i] = from[i];
            to += step;
            from += walk->along;
        }
    }
}

// Tiles keep both pictures in the cache where rows become columns.
static inline void copy_tiles(const struct walk *walk, int step)
{
    for (int top = 0; top < walk->height; top += TILE) {
        for (int left = 0; left < walk->width; left += TILE)
            copy_tile(walk, left, top, step);
    }
}

// The usual steps are spelt out, so that each becomes a loop of its own.
static void copy_plane(const struct walk *walk, int step)
{
    if (step == 1)
        copy_tiles(walk, 1);
    else if (step == 3)
        copy_tiles(walk, 3);
    else
        copy_tiles(walk, step);
}

// A plane of `width` x `height` samples of `step` bytes, turned.
struct plane {
    const uint8_t *data;
    ptrdiff_t stride;
    int width, height;
};

static void turn_plane(uint8_t *to, ptrdiff_t to_stride, const struct plane *from, int step,
                       const struct turn *turn)
{
    ptrdiff_t x = turn->from_right ? -step : step;
    ptrdiff_t y = turn->from_bottom ? -from->stride : from->stride;
    struct walk walk = {.to = to,
                        .to_stride = to_stride,
                        .from = from->data,
                        .along = turn->swap ? y : x,
                        .down = turn->swap ? x : y,
                        .width = turn->swap ? from->height : from->width,
                        .height = turn->swap ? from->width : from->height};
    if (turn->from_right)
        walk.from += (ptrdiff_t)(from->width - 1) * step;
    if (turn->from_bottom)
        walk.from += (from->height - 1) * from->stride;
    copy_plane(&walk, step);
}

// 4:2:2 with its sides exchanged would be 4:4:0, which no format of ours is: each chroma sample is
// written for both of its pixels instead.
static void spread_plane(ct_frame *frame, const struct ct_picture *from, int plane,
                         const struct turn *turn)
{
    const struct ct_picture *to = ct_frame_picture(frame);
    for (int y = 0; y < to->height; y++) {
        uint8_t *row = ct_frame_writable(frame, plane) + y * to->stride[plane];
        int column = (turn->from_right ? from->width - 1 - y : y) / 2;
        for (int x = 0; x < to->width; x++) {
            int line = turn->from_bottom ? from->height - 1 - x : x;
            row[x] = from->data[plane][line * from->stride[plane] + column];
        }
    }
}

int ct__picture_orient(struct ct__pool *pool, ct_frame **out, const struct ct_picture *from,
                       int orientation)
{
    if (orientation < 1 || orientation > 8)
        return ct__fail(CT_ERROR_INVALID, "picture", "orientation = %d: expected 1 to 8",
                        orientation);
    const struct turn *turn = &turns[orientation];
    bool spread = turn->swap && from->format == CT_FORMAT_I422;
    ct_frame *frame = NULL;
    int error = ct__pool_frame(pool, &frame, spread ? CT_FORMAT_I444 : from->format,
                               turn->swap ? from->height : from->width,
                               turn->swap ? from->width : from->height);
    if (error)
        return error;
    for (int plane = 0; plane < ct__format_info(from->format)->planes; plane++) {
        if (spread && plane > 0)
            spread_plane(frame, from, plane, turn);
        else
            turn_plane(ct_frame_writable(frame, plane), ct_frame_picture(frame)->stride[plane],
                       &(struct plane){from->data[plane], from->stride[plane],
                                       ct__plane_width(from->format, plane, from->width),
                                       ct__plane_height(from->format, plane, from->height)},
                       ct__format_info(from->format)->step[plane], turn);
    }
    ct_frame_set_colour(
        frame, ct__format_info(from->format)->yuv ? ct__picture_matrix(from) : from->matrix,
        from->range);
    *out = frame;
    return CT_OK;
}

int ct__deep_orient(ct_frame *to, const ct_frame *from, int orientation)
{
    enum { PIXEL = 4 * sizeof(uint16_t) };
    int error = ct__frame_make_deep(to);
    if (error)
        return error;
    const struct ct_picture *old = ct_frame_picture(from), *new = ct_frame_picture(to);
    turn_plane((uint8_t *)to->extras.deep, (ptrdiff_t) new->width *PIXEL,
               &(struct plane){(const uint8_t *)from->extras.deep, (ptrdiff_t)old->width * PIXEL,
                               old->width, old->height},
               PIXEL, &turns[orientation]);
    return CT_OK;
}
