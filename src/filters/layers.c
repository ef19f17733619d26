// SPDX-License-Identifier: Apache-2.0
// Rows of a cut-out. A row is worked on in 16 bits, whatever the picture has: loaded as RGBA,
// masked, laid over what is behind it, stored in the form that is wanted.
#include "filters/layers.h"

#include <string.h>

#include "image/resample.h"

static void load_deep(uint16_t *row, const struct ct__layers *layers, int y)
{
    int width = layers->picture->width;
    memcpy(row, layers->deep + (size_t)y * (size_t)width * 4, (size_t)width * 8);
}

static void load(uint16_t *row, const struct ct__layers *layers, int y)
{
    const struct ct_picture *picture = layers->picture;
    const uint8_t *from = picture->data[0] + y * picture->stride[0];
    if (picture->format == CT_FORMAT_RGBA) {
        for (int i = 0; i < picture->width * 4; i++)
            row[i] = from[i];
        return;
    }
    for (int x = 0; x < picture->width; x++, from += 3, row += 4) {
        row[0] = from[0];
        row[1] = from[1];
        row[2] = from[2];
        row[3] = 255;
    }
}

// Colours that matting has estimated, and its alpha where the picture had none of its own.
static void load_edge(uint16_t *row, const struct ct__layers *layers, int y)
{
    const uint8_t *from = layers->edge->data[0] + y * layers->edge->stride[0];
    for (int x = 0; x < layers->picture->width; x++, from += 4, row += 4) {
        for (int i = 0; i < 3; i++)
            row[i] = (uint16_t)(from[i] * (layers->most / 255));
        row[3] = (uint16_t)((row[3] * (unsigned)from[3] + 127) / 255);
    }
}

static uint16_t scale(uint32_t sample, uint32_t mask)
{
    return (uint16_t)((sample * mask + 127) / 255);
}

// Multiplies colours and alpha by the mask.
static void compose(uint16_t *row, const uint8_t *mask, int width)
{
    for (int x = 0; x < width; x++)
        for (int i = 0; i < 4; i++)
            row[4 * x + i] = scale(row[4 * x + i], mask[x]);
}

// Multiplies alpha alone.
static void set_alpha(uint16_t *row, const uint8_t *mask, int width)
{
    for (int x = 0; x < width; x++)
        row[4 * x + 3] = scale(row[4 * x + 3], mask[x]);
}

// Lays a row over one colour, 0 to 1 each: colours are means by what of each is seen.
static void lay_over(uint16_t *row, int width, const float colour[4], float most)
{
    for (int x = 0; x < width; x++, row += 4) {
        float above = (float)row[3] / most, below = colour[3] * (1 - above), alpha = above + below;
        float part = alpha > 0 ? below / alpha : 1;
        for (int i = 0; i < 3; i++)
            row[i] = (uint16_t)((float)row[i] * (1 - part) + colour[i] * most * part + .5f);
        row[3] = (uint16_t)(alpha * most + .5f);
    }
}

// Lays a row over a row of planes, which are opaque.
static void lay_over_planes(uint16_t *row, int width, const uint8_t *below, size_t plane,
                            unsigned most)
{
    for (int x = 0; x < width; x++, row += 4) {
        for (size_t i = 0; i < 3; i++) {
            uint64_t under = below[i * plane + (size_t)x] * (most / 255);
            row[i] =
                (uint16_t)((row[i] * (uint64_t)row[3] + under * (most - row[3]) + most / 2) / most);
        }
        row[3] = (uint16_t)most;
    }
}

// Leaves alpha out where it is not wanted.
static void close_up(uint16_t *row, int width)
{
    for (int x = 1; x < width; x++)
        for (int i = 0; i < 3; i++)
            row[3 * x + i] = row[4 * x + i];
}

static void store(uint8_t *to, uint16_t *row, int width, int channels, int bits)
{
    if (channels == 3)
        close_up(row, width);
    if (bits == 16)
        memcpy(to, row, (size_t)width * (size_t)channels * sizeof *row);
    else
        for (int i = 0; i < width * channels; i++)
            to[i] = (uint8_t)row[i];
}

// Whether RGB of 8 bits becomes RGBA with nothing behind it, as of most pictures.
static bool is_plain(const struct ct__layers *layers)
{
    return layers->picture->format == CT_FORMAT_RGB && !layers->deep && !layers->edge &&
           !layers->colour && !layers->backdrop && layers->channels == 4;
}

// The same as below in one step, and in half of the time.
static void make_plain_row(const struct ct__layers *layers, const uint8_t *restrict mask, int y,
                           uint8_t *restrict to)
{
    const uint8_t *restrict from = layers->picture->data[0] + y * layers->picture->stride[0];
    bool straight = layers->straight;
    for (int x = 0; x < layers->picture->width; x++, from += 3, to += 4) {
        unsigned part = straight ? 255 : mask[x];
        for (int i = 0; i < 3; i++)
            to[i] = (uint8_t)scale(from[i], part);
        to[3] = mask[x];
    }
}

// Lays a row over what is behind it.
static void lay_down(const struct ct__layers *layers, int y, uint16_t *row)
{
    static const float white[4] = {1, 1, 1, 1};
    int width = layers->picture->width;
    if (layers->colour) {
        float colour[4];
        for (int i = 0; i < 4; i++)
            colour[i] = layers->colour[i] / 255.f;
        lay_over(row, width, colour, (float)layers->most);
    }
    if (layers->backdrop) {
        size_t stride = (size_t)ct__resample_stride(width);
        lay_over_planes(row, width, layers->backdrop + (size_t)y * stride,
                        stride * (size_t)layers->picture->height, layers->most);
    }
    if (layers->channels == 3)
        lay_over(row, width, white, (float)layers->most);
}

void ct__layers_row(const struct ct__layers *layers, int y, uint16_t *row, uint8_t *to)
{
    const uint8_t *mask = layers->mask + y * layers->mask_stride;
    int width = layers->picture->width;
    if (is_plain(layers)) {
        make_plain_row(layers, mask, y, to);
        return;
    }
    if (layers->deep)
        load_deep(row, layers, y);
    else
        load(row, layers, y);
    if (layers->edge)
        load_edge(row, layers, y);
    else if (layers->straight)
        set_alpha(row, mask, width);
    else
        compose(row, mask, width);
    lay_down(layers, y, row);
    store(to, row, width, layers->channels, layers->most > 255 ? 16 : 8);
}
