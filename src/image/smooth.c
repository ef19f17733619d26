// SPDX-License-Identifier: Apache-2.0
// The resized picture has bytes, so that each channel's arithmetic is a table of 256 values: exact,
// in any type, and made anew for each picture, since the largest sample may stretch all.
#include "image/smooth.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/values.h"

// The values of all samples, in the tensor's own type.
struct table {
    uint8_t values[256 * sizeof(float)];
};

static void make_table(struct table *table, const struct ct__input_spec *spec, int c, double factor)
{
    const struct ct__value_type *type = ct__value_type(spec->type);
    uint8_t *at = table->values;
    for (int sample = 0; sample < 256; sample++)
        at += ct__value_store(at, type, (sample * factor - spec->mean[c]) * spec->scale[c]);
}

// Writes a row through the table; a function for each size, so that copies are single moves.
#define DEFINE_WRITE(type)                                                                         \
    static void write_##type(void *to, size_t step, const uint8_t *from, int count,                \
                             const struct table *table)                                            \
    {                                                                                              \
        type *out = to;                                                                            \
        const type *values = (const void *)table->values;                                          \
        for (int i = 0; i < count; i++)                                                            \
            out[(size_t)i * step] = values[from[i]];                                               \
    }

DEFINE_WRITE(uint8_t)
DEFINE_WRITE(uint16_t)
DEFINE_WRITE(uint32_t)

static void write_row(void *to, size_t size, size_t step, const uint8_t *from, int count,
                      const struct table *table)
{
    if (size == 4)
        write_uint32_t(to, step, from, count, table);
    else if (size == 2)
        write_uint16_t(to, step, from, count, table);
    else
        write_uint8_t(to, step, from, count, table);
}

static int largest(uint8_t *const planes[3], int count, const struct ct__letterbox *box)
{
    ptrdiff_t stride = ct__resample_stride(box->width);
    uint8_t most = 0;
    for (int p = 0; p < count; p++)
        for (int y = 0; y < box->height; y++) {
            const uint8_t *row = planes[p] + y * stride;
            for (int x = 0; x < box->width; x++)
                most = row[x] > most ? row[x] : most;
        }
    return most;
}

static void write_channel(const uint8_t *plane, const struct ct__letterbox *box,
                          const struct ct__input_spec *spec, int c, double factor, uint8_t *data)
{
    _Alignas(64) struct table table;
    size_t size = ct__type_size(spec->type);
    const struct ct__channel channel = ct__channel_of(box, spec->layout, c);
    ptrdiff_t stride = ct__resample_stride(box->width);
    size_t first = channel.first + (size_t)box->y * channel.stride + (size_t)box->x * channel.step;
    make_table(&table, spec, c, factor);
    for (int y = 0; y < box->height; y++)
        write_row(data + (first + (size_t)y * channel.stride) * size, size, channel.step,
                  plane + y * stride, box->width, &table);
}

static int make_room(struct ct__smooth *smooth, size_t size)
{
    int error = smooth->resample ? CT_OK : ct__resample_create(&smooth->resample);
    if (error || size <= smooth->room)
        return error;
    ct__free(smooth->planes);
    smooth->planes = ct__alloc_aligned(size);
    smooth->room = smooth->planes ? size : 0;
    return smooth->planes ? CT_OK : ct__fail_memory("prepare");
}

int ct__smooth_run(struct ct__smooth *smooth, const struct ct_picture *picture,
                   const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data)
{
    if (box->x < 0 || box->y < 0 || box->x + box->width > box->canvas_width ||
        box->y + box->height > box->canvas_height)
        return ct__fail(CT_ERROR_INVALID, "prepare",
                        "%dx%d at %d,%d of an input of %dx%d: this family wants all of the picture",
                        box->width, box->height, box->x, box->y, box->canvas_width,
                        box->canvas_height);
    int count = ct__resample_planes(picture);
    size_t size = (size_t)ct__resample_stride(box->width) * (size_t)box->height;
    int error = make_room(smooth, 3 * size);
    if (error)
        return error;
    uint8_t *planes[3];
    for (int p = 0; p < 3; p++)
        planes[p] = smooth->planes + (count == 1 ? 0 : (size_t)p * size);
    error =
        ct__resample_run(smooth->resample, spec->filter, picture, box->width, box->height, planes);
    if (error)
        return error;
    int most = spec->stretch ? largest(planes, count, box) : 255;
    for (int c = 0; c < 3; c++)
        write_channel(planes[spec->bgr ? 2 - c : c], box, spec, c, most ? 255. / most : 0, data);
    return CT_OK;
}

void ct__smooth_finish(struct ct__smooth *smooth)
{
    ct__resample_destroy(&smooth->resample);
    ct__free(smooth->planes);
    *smooth = (struct ct__smooth){0};
}
