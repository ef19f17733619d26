// SPDX-License-Identifier: Apache-2.0
// Two ways of one kernel. Across: sixteen rows at a time are laid so that four neighbours of a row
// are a word and the words of the sixteen rows lie side by side; a column of sixteen results is
// then four words of four neighbours down, which is just how the second way wants to find them.
#include "image/resample.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "image/kernels.h"
#include "image/samples.h"
#include "image/weights.h"

enum { ROWS = 16, WORD = 4, BLOCK = ROWS * WORD };

struct ct__resample {
    const struct ct__kernels *kernels;
    struct ct__weights across, down;
    int planes;
    uint8_t *rows;    // [planes][ROWS][row_size]: of the picture
    uint8_t *turned;  // [groups of a row][ROWS][WORD]
    uint8_t *between; // [planes][groups down][stride][WORD]
    size_t row_size, turned_size, between_size;
    size_t rows_room, turned_room, between_room;
};

int ct__resample_create(struct ct__resample **out)
{
    struct ct__resample *resample = ct__calloc(1, sizeof *resample);
    if (!resample)
        return ct__fail_memory("resample");
    resample->kernels = ct__kernels(CT__CPU_AVX512);
    *out = resample;
    return CT_OK;
}

void ct__resample_destroy(struct ct__resample **pointer)
{
    struct ct__resample *resample = *pointer;
    if (resample) {
        ct__weights_finish(&resample->across);
        ct__weights_finish(&resample->down);
        ct__free(resample->rows);
        ct__free(resample->turned);
        ct__free(resample->between);
    }
    ct__free(resample);
    *pointer = NULL;
}

int ct__resample_planes(const struct ct_picture *picture)
{
    bool grey = picture->format == CT_FORMAT_GREY && ct__picture_range(picture) == CT_RANGE_FULL;
    return grey ? 1 : 3;
}

ptrdiff_t ct__resample_stride(int width)
{
    return (width + ROWS - 1) / ROWS * ROWS;
}

static int make_room(uint8_t **memory, size_t *room, size_t size)
{
    if (size <= *room)
        return CT_OK;
    ct__free(*memory);
    *memory = ct__alloc_aligned(size);
    *room = *memory ? size : 0;
    return *memory ? CT_OK : ct__fail_memory("resample");
}

static int make_tables(struct ct__resample *resample, enum ct__filter filter,
                       const struct ct_picture *picture, int width, int height)
{
    size_t groups = (size_t)ct__weight_groups(picture->width);
    size_t blocks = (size_t)(picture->height + ROWS - 1) / ROWS;
    resample->planes = ct__resample_planes(picture);
    resample->row_size = groups * WORD;
    resample->turned_size = groups * BLOCK;
    resample->between_size = blocks * ROWS * (size_t)ct__resample_stride(width);
    size_t planes = (size_t)resample->planes;
    int error = ct__weights_make(&resample->across, filter, picture->width, width);
    error = error ? error : ct__weights_make(&resample->down, filter, picture->height, height);
    if (!error)
        error =
            make_room(&resample->rows, &resample->rows_room, planes * ROWS * resample->row_size);
    if (!error)
        error = make_room(&resample->turned, &resample->turned_room, resample->turned_size);
    if (!error)
        error =
            make_room(&resample->between, &resample->between_room, planes * resample->between_size);
    return error;
}

// Row `r` of the sixteen, of one plane.
static uint8_t *row_of(const struct ct__resample *resample, int plane, int r)
{
    return resample->rows + ((size_t)plane * ROWS + (size_t)r) * resample->row_size;
}

// Reads rows from `y` on; what is below the picture is black and has no weight.
static void read_rows(struct ct__resample *resample, const struct ct_picture *picture,
                      const struct ct__samples *samples, int y)
{
    size_t width = (size_t)picture->width;
    for (int r = 0; r < ROWS; r++) {
        uint8_t *row[3];
        for (int p = 0; p < 3; p++)
            row[p] = row_of(resample, p < resample->planes ? p : 0, r);
        bool inside = y + r < picture->height;
        if (inside && resample->planes == 1)
            memcpy(row[0], picture->data[0] + (y + r) * picture->stride[0], width);
        else if (inside)
            ct__samples_read_smooth(samples, row, y + r);
        size_t known = inside ? width : 0;
        for (int p = 0; p < resample->planes; p++)
            memset(row[p] + known, 0, resample->row_size - known);
    }
}

static void turn_rows(struct ct__resample *resample, int plane)
{
    const uint8_t *from = row_of(resample, plane, 0);
    for (size_t g = 0; g * WORD < resample->row_size; g++)
        for (size_t r = 0; r < ROWS; r++)
            memcpy(resample->turned + g * BLOCK + r * WORD,
                   from + r * resample->row_size + g * WORD, WORD);
}

// Sixteen rows across, to four groups of the way down.
static void go_across(const struct ct__resample *resample, uint8_t *to, ptrdiff_t stride)
{
    const struct ct__weights *weights = &resample->across;
    const int16_t *weight = weights->weight;
    for (int x = 0; x < weights->to; x++, weight += 8 * weights->groups) {
        uint8_t column[ROWS];
        resample->kernels->weigh(column, resample->turned + (size_t)weights->first[x] * BLOCK,
                                 BLOCK, weight, weights->groups, 1);
        for (int i = 0; i < ROWS / WORD; i++)
            memcpy(to + (i * stride + x) * WORD, column + (size_t)i * WORD, WORD);
    }
    for (int i = 0; i < ROWS / WORD; i++)
        memset(to + (i * stride + weights->to) * WORD, 0, (size_t)(stride - weights->to) * WORD);
}

static void go_down(const struct ct__resample *resample, const uint8_t *from, uint8_t *to,
                    ptrdiff_t stride)
{
    const struct ct__weights *weights = &resample->down;
    const int16_t *weight = weights->weight;
    for (int y = 0; y < weights->to; y++, weight += 8 * weights->groups)
        resample->kernels->weigh(to + y * stride, from + weights->first[y] * stride * WORD,
                                 stride * WORD, weight, weights->groups, (int)(stride / ROWS));
}

int ct__resample_run(struct ct__resample *resample, enum ct__filter filter,
                     const struct ct_picture *picture, int width, int height,
                     uint8_t *const planes[3])
{
    if (!ct__format_info(picture->format) || !ct__size_ok(picture->width, picture->height) ||
        !ct__size_ok(width, height))
        return ct__fail(CT_ERROR_INVALID, "resample", "%dx%d of format %d to %dx%d", picture->width,
                        picture->height, (int)picture->format, width, height);
    int error = make_tables(resample, filter, picture, width, height);
    if (error)
        return error;
    ptrdiff_t stride = ct__resample_stride(width);
    struct ct__samples samples;
    ct__samples_begin(&samples, picture, &(struct ct_picture){.format = CT_FORMAT_RGB});
    for (int y = 0; y < picture->height; y += ROWS) {
        read_rows(resample, picture, &samples, y);
        for (int p = 0; p < resample->planes; p++) {
            turn_rows(resample, p);
            go_across(resample,
                      resample->between + (size_t)p * resample->between_size +
                          (size_t)y * (size_t)stride,
                      stride);
        }
    }
    for (int p = 0; p < resample->planes; p++)
        go_down(resample, resample->between + (size_t)p * resample->between_size, planes[p],
                stride);
    return CT_OK;
}
