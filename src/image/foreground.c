// SPDX-License-Identifier: Apache-2.0
// A pixel needs those above and to the left of it improved, those below and to the right not yet.
// So tiles on a diagonal may be worked on at the same time, one diagonal after the other.
#include "image/foreground.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const char SCOPE[] = "foreground";

enum { SMALL = 32, SMALL_ROUNDS = 10, ROUNDS = 2, TILE_WIDTH = 128, TILE_HEIGHT = 32 };

// Foreground and background of a pixel; the fourth number keeps vectors whole.
struct both {
    float front[4], back[4];
};

struct level {
    const struct ct_picture *image;
    const float *alpha; // of the full size
    int width, height;
    int32_t *column, *row; // nearest pixel of the full size
    struct both *pixels;
    int diagonal; // of tiles, this pass
};

static float alpha_at(const struct level *l, int x, int y)
{
    return l->alpha[(size_t)l->row[y] * (size_t)l->image->width + (size_t)l->column[x]];
}

static const float REGULARISATION = 1e-5f;

// One neighbour's part of the right sides; answers its weight.
static float pull(struct both *sum, const struct both *other, float gradient)
{
    float weight = REGULARISATION + fabsf(gradient);
    for (int c = 0; c < 4; c++) {
        sum->front[c] += weight * other->front[c];
        sum->back[c] += weight * other->back[c];
    }
    return weight;
}

static float clip(float value)
{
    value = value > 0 ? value : 0;
    return value < 1 ? value : 1;
}

static void solve(struct both *pixel, const struct both *sum, float a, float weights)
{
    float b = 1 - a, m00 = a * a + weights, m01 = a * b, m11 = b * b + weights;
    float inverse = 1 / (m00 * m11 - m01 * m01);
    m00 *= inverse;
    m01 *= inverse;
    m11 *= inverse;
    for (int c = 0; c < 4; c++) {
        pixel->front[c] = clip(m11 * sum->front[c] - m01 * sum->back[c]);
        pixel->back[c] = clip(m00 * sum->back[c] - m01 * sum->front[c]);
    }
}

static void improve(const struct level *l, int x, int y)
{
    const int left = x > 0 ? x - 1 : x, right = x + 1 < l->width ? x + 1 : x;
    const int up = y > 0 ? y - 1 : y, down = y + 1 < l->height ? y + 1 : y;
    struct both *line = l->pixels + (size_t)y * (size_t)l->width, sum = {{0}, {0}};
    const uint8_t *colour = l->image->data[0] + l->row[y] * l->image->stride[0] + 3 * l->column[x];
    float a = alpha_at(l, x, y), weights = 0;
    for (int c = 0; c < 3; c++) {
        sum.front[c] = a * ((float)colour[c] / 255);
        sum.back[c] = (1 - a) * ((float)colour[c] / 255);
    }
    weights += pull(&sum, &line[left], a - alpha_at(l, left, y));
    weights += pull(&sum, &line[right], a - alpha_at(l, right, y));
    weights +=
        pull(&sum, &l->pixels[(size_t)up * (size_t)l->width + (size_t)x], a - alpha_at(l, x, up));
    weights += pull(&sum, &l->pixels[(size_t)down * (size_t)l->width + (size_t)x],
                    a - alpha_at(l, x, down));
    solve(&line[x], &sum, a, weights);
}

static int tiles(int length, int tile)
{
    return (length + tile - 1) / tile;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

// The first row of tiles that a diagonal crosses.
static int first_tile(const struct level *l, int diagonal)
{
    int over = diagonal - tiles(l->width, TILE_WIDTH) + 1;
    return over > 0 ? over : 0;
}

static void improve_tile(void *context, int index)
{
    const struct level *l = context;
    int row = first_tile(l, l->diagonal) + index, column = l->diagonal - row;
    int bottom = least((row + 1) * TILE_HEIGHT, l->height);
    int right = least((column + 1) * TILE_WIDTH, l->width);
    for (int y = row * TILE_HEIGHT; y < bottom; y++)
        for (int x = column * TILE_WIDTH; x < right; x++)
            improve(l, x, y);
}

static void improve_all(struct level *l, const struct ct__parallel *parallel)
{
    int rows = tiles(l->height, TILE_HEIGHT), columns = tiles(l->width, TILE_WIDTH);
    for (l->diagonal = 0; l->diagonal < rows + columns - 1; l->diagonal++) {
        int count = least(l->diagonal + 1, rows) - first_tile(l, l->diagonal);
        ct__parallel_each(parallel, count, improve_tile, l);
    }
}

static void map_nearest(int32_t *from, int length, int full)
{
    for (int i = 0; i < length; i++)
        from[i] = (int32_t)((int64_t)i * full / length);
}

// Enlarges what the last level found, from the end so that nothing is overwritten before it is
// read: a pixel never comes from one behind it.
static void enlarge(struct level *l, int width, int height, int old_width, int old_height)
{
    for (int y = height - 1; y >= 0; y--) {
        size_t row = (size_t)((int64_t)y * old_height / height);
        for (int x = width - 1; x >= 0; x--) {
            size_t column = (size_t)((int64_t)x * old_width / width);
            l->pixels[(size_t)y * (size_t)width + (size_t)x] =
                l->pixels[row * (size_t)old_width + column];
        }
    }
    l->width = width;
    l->height = height;
    map_nearest(l->column, width, l->image->width);
    map_nearest(l->row, height, l->image->height);
}

// Mean colours of what is surely foreground and surely background.
static void start(struct level *l)
{
    double sum[2][3] = {{0}}, count[2] = {1e-5, 1e-5};
    const float *alpha = l->alpha;
    for (int y = 0; y < l->image->height; y++) {
        const uint8_t *colour = l->image->data[0] + y * l->image->stride[0];
        for (int x = 0; x < l->image->width; x++, alpha++, colour += 3) {
            if (*alpha <= .9f && *alpha >= .1f)
                continue;
            int side = *alpha < .5f;
            count[side]++;
            for (int c = 0; c < 3; c++)
                sum[side][c] += colour[c] / 255.;
        }
    }
    l->pixels[0] = (struct both){{0}, {0}};
    for (int c = 0; c < 3; c++) {
        l->pixels[0].front[c] = (float)(sum[0][c] / count[0]);
        l->pixels[0].back[c] = (float)(sum[1][c] / count[1]);
    }
}

static void climb(struct level *l, const struct ct__parallel *parallel)
{
    int full_width = l->image->width, full_height = l->image->height;
    int levels = (int)ceil(log2(full_width > full_height ? full_width : full_height));
    int old_width = 1, old_height = 1;
    start(l);
    for (int i = 0; i <= levels; i++) {
        double part = levels ? (double)i / levels : 1;
        int width = (int)nearbyint(pow(full_width, part));
        int height = (int)nearbyint(pow(full_height, part));
        enlarge(l, width, height, old_width, old_height);
        int rounds = width <= SMALL && height <= SMALL ? SMALL_ROUNDS : ROUNDS;
        for (int round = 0; round < rounds; round++)
            improve_all(l, parallel);
        old_width = width;
        old_height = height;
    }
}

int ct__foreground_check(const struct ct_picture *image, int64_t limit)
{
    double bytes = (double)image->width * image->height * (sizeof(struct both) + 4 * sizeof(float));
    if (bytes > (double)limit)
        return ct__fail(CT_ERROR_LIMIT, SCOPE, "%dx%d: %.0f MB are needed, %.0f MB are allowed",
                        image->width, image->height, bytes / 1e6, (double)limit / 1e6);
    return CT_OK;
}

int ct__foreground_estimate(float *foreground, const struct ct_picture *image, const float *alpha,
                            int64_t limit, const struct ct__parallel *parallel)
{
    int error = ct__foreground_check(image, limit);
    if (error)
        return error;
    size_t pixels = (size_t)image->width * (size_t)image->height;
    struct level level = {.image = image, .alpha = alpha};
    level.pixels = ct__alloc_aligned(pixels * sizeof *level.pixels);
    level.column = ct__alloc((size_t)image->width * sizeof *level.column);
    level.row = ct__alloc((size_t)image->height * sizeof *level.row);
    if (!level.pixels || !level.column || !level.row)
        error = ct__fail_memory(SCOPE);
    if (!error) {
        climb(&level, parallel);
        for (size_t i = 0; i < pixels; i++)
            memcpy(foreground + 3 * i, level.pixels[i].front, 3 * sizeof *foreground);
    }
    ct__free(level.pixels);
    ct__free(level.column);
    ct__free(level.row);
    return error;
}
