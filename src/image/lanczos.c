// SPDX-License-Identifier: Apache-2.0
// Two ways of one kernel. Across: sixteen rows at a time are laid so that four neighbours of a row
// are a word and the words of the sixteen rows lie side by side; a column of sixteen results is
// then four words of four neighbours down, which is just how the second way wants to find them.
#include "image/lanczos.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "image/kernels.h"
#include "image/samples.h"
#include "image/weights.h"

enum { ROWS = 16, WORD = 4, BLOCK = ROWS * WORD };

struct ct__lanczos {
    const struct ct__kernels *kernels;
    struct ct__weights across, down;
    int planes;
    uint8_t *rows;    // [planes][ROWS][row_size]: of the picture
    uint8_t *turned;  // [groups of a row][ROWS][WORD]
    uint8_t *between; // [planes][groups down][stride][WORD]
    size_t row_size, turned_size, between_size;
    size_t rows_room, turned_room, between_room;
};

int ct__lanczos_create(struct ct__lanczos **out)
{
    struct ct__lanczos *lanczos = ct__calloc(1, sizeof *lanczos);
    if (!lanczos)
        return ct__fail_memory("lanczos");
    lanczos->kernels = ct__kernels(CT__CPU_AVX512);
    *out = lanczos;
    return CT_OK;
}

void ct__lanczos_destroy(struct ct__lanczos **pointer)
{
    struct ct__lanczos *lanczos = *pointer;
    if (lanczos) {
        ct__weights_finish(&lanczos->across);
        ct__weights_finish(&lanczos->down);
        ct__free(lanczos->rows);
        ct__free(lanczos->turned);
        ct__free(lanczos->between);
    }
    ct__free(lanczos);
    *pointer = NULL;
}

int ct__lanczos_planes(const struct ct_picture *picture)
{
    bool grey = picture->format == CT_FORMAT_GREY && ct__picture_range(picture) == CT_RANGE_FULL;
    return grey ? 1 : 3;
}

ptrdiff_t ct__lanczos_stride(int width)
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
    return *memory ? CT_OK : ct__fail_memory("lanczos");
}

static int make_tables(struct ct__lanczos *lanczos, const struct ct_picture *picture, int width,
                       int height)
{
    size_t groups = (size_t)ct__weight_groups(picture->width);
    size_t blocks = (size_t)(picture->height + ROWS - 1) / ROWS;
    lanczos->planes = ct__lanczos_planes(picture);
    lanczos->row_size = groups * WORD;
    lanczos->turned_size = groups * BLOCK;
    lanczos->between_size = blocks * ROWS * (size_t)ct__lanczos_stride(width);
    size_t planes = (size_t)lanczos->planes;
    int error = ct__weights_make(&lanczos->across, picture->width, width);
    error = error ? error : ct__weights_make(&lanczos->down, picture->height, height);
    if (!error)
        error = make_room(&lanczos->rows, &lanczos->rows_room, planes * ROWS * lanczos->row_size);
    if (!error)
        error = make_room(&lanczos->turned, &lanczos->turned_room, lanczos->turned_size);
    if (!error)
        error =
            make_room(&lanczos->between, &lanczos->between_room, planes * lanczos->between_size);
    return error;
}

// Row `r` of the sixteen, of one plane.
static uint8_t *row_of(const struct ct__lanczos *lanczos, int plane, int r)
{
    return lanczos->rows + ((size_t)plane * ROWS + (size_t)r) * lanczos->row_size;
}

// Reads rows from `y` on; what is below the picture is black and has no weight.
static void read_rows(struct ct__lanczos *lanczos, const struct ct_picture *picture,
                      const struct ct__samples *samples, int y)
{
    size_t width = (size_t)picture->width;
    for (int r = 0; r < ROWS; r++) {
        uint8_t *row[3];
        for (int p = 0; p < 3; p++)
            row[p] = row_of(lanczos, p < lanczos->planes ? p : 0, r);
        bool inside = y + r < picture->height;
        if (inside && lanczos->planes == 1)
            memcpy(row[0], picture->data[0] + (y + r) * picture->stride[0], width);
        else if (inside)
            ct__samples_read_smooth(samples, row, y + r);
        size_t known = inside ? width : 0;
        for (int p = 0; p < lanczos->planes; p++)
            memset(row[p] + known, 0, lanczos->row_size - known);
    }
}

static void turn_rows(struct ct__lanczos *lanczos, int plane)
{
    const uint8_t *from = row_of(lanczos, plane, 0);
    for (size_t g = 0; g * WORD < lanczos->row_size; g++)
        for (size_t r = 0; r < ROWS; r++)
            memcpy(lanczos->turned + g * BLOCK + r * WORD, from + r * lanczos->row_size + g * WORD,
                   WORD);
}

// Sixteen rows across, to four groups of the way down.
static void go_across(const struct ct__lanczos *lanczos, uint8_t *to, ptrdiff_t stride)
{
    const struct ct__weights *weights = &lanczos->across;
    const int16_t *weight = weights->weight;
    for (int x = 0; x < weights->to; x++, weight += 8 * weights->groups) {
        uint8_t column[ROWS];
        lanczos->kernels->weigh(column, lanczos->turned + (size_t)weights->first[x] * BLOCK, BLOCK,
                                weight, weights->groups, 1);
        for (int i = 0; i < ROWS / WORD; i++)
            memcpy(to + (i * stride + x) * WORD, column + (size_t)i * WORD, WORD);
    }
    for (int i = 0; i < ROWS / WORD; i++)
        memset(to + (i * stride + weights->to) * WORD, 0, (size_t)(stride - weights->to) * WORD);
}

static void go_down(const struct ct__lanczos *lanczos, const uint8_t *from, uint8_t *to,
                    ptrdiff_t stride)
{
    const struct ct__weights *weights = &lanczos->down;
    const int16_t *weight = weights->weight;
    for (int y = 0; y < weights->to; y++, weight += 8 * weights->groups)
        lanczos->kernels->weigh(to + y * stride, from + weights->first[y] * stride * WORD,
                                stride * WORD, weight, weights->groups, (int)(stride / ROWS));
}

int ct__lanczos_run(struct ct__lanczos *lanczos, const struct ct_picture *picture, int width,
                    int height, uint8_t *const planes[3])
{
    if (!ct__format_info(picture->format) || !ct__size_ok(picture->width, picture->height) ||
        !ct__size_ok(width, height))
        return ct__fail(CT_ERROR_INVALID, "lanczos", "%dx%d of format %d to %dx%d", picture->width,
                        picture->height, (int)picture->format, width, height);
    int error = make_tables(lanczos, picture, width, height);
    if (error)
        return error;
    ptrdiff_t stride = ct__lanczos_stride(width);
    struct ct__samples samples;
    ct__samples_begin(&samples, picture, &(struct ct_picture){.format = CT_FORMAT_RGB});
    for (int y = 0; y < picture->height; y += ROWS) {
        read_rows(lanczos, picture, &samples, y);
        for (int p = 0; p < lanczos->planes; p++) {
            turn_rows(lanczos, p);
            go_across(lanczos,
                      lanczos->between + (size_t)p * lanczos->between_size +
                          (size_t)y * (size_t)stride,
                      stride);
        }
    }
    for (int p = 0; p < lanczos->planes; p++)
        go_down(lanczos, lanczos->between + (size_t)p * lanczos->between_size, planes[p], stride);
    return CT_OK;
}
