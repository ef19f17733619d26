// SPDX-License-Identifier: Apache-2.0
// Layout and product. The product of a segment is 25 loops over 8 neighbours in memory, which
// compilers turn into vectors; halves of the matrix that are not stored are read at the neighbour.
#include "image/stencil.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const char SCOPE[] = "matting";

// Vectors and planes begin with a segment of zeros between two that a neighbour's reach ends in.
enum { REACH = 2, NOWHERE = -2 * CT__SEGMENT, BACK = CT__SEGMENT };

size_t ct__stencil_length(const struct ct__stencil *stencil)
{
    return (size_t)stencil->stored * CT__SEGMENT + CT__STENCIL_FRONT + BACK;
}

// Marks the segments of row y that hold an unknown: 2, or may be reached from one: 1.
static void mark(struct ct__stencil *s, const uint8_t *trimap, const uint8_t unknown[256], int y)
{
    int first = y > REACH ? y - REACH : 0, last = y + REACH < s->height ? y + REACH : s->height - 1;
    for (int x = 0; x < s->width; x++) {
        if (!unknown[trimap[x]])
            continue;
        s->unknowns++;
        int left = x > REACH ? (x - REACH) / CT__SEGMENT : 0;
        int right = x + REACH < s->width ? (x + REACH) / CT__SEGMENT : s->columns - 1;
        for (int row = first; row <= last; row++)
            for (int column = left; column <= right; column++)
                s->segment[(size_t)row * (size_t)s->columns + (size_t)column] |= 1;
        s->segment[(size_t)y * (size_t)s->columns + (size_t)(x / CT__SEGMENT)] |= 2;
    }
}

// A segment's first pixel in planes and vectors.
static int32_t place(const struct ct__stencil *s, int column, int y)
{
    if (y < 0 || y >= s->height)
        return NOWHERE;
    return s->segment[(size_t)y * (size_t)s->columns + (size_t)column] * CT__SEGMENT;
}

static void list_rows(struct ct__stencil *s, const uint8_t *holds)
{
    struct ct__stencil_row *row = s->rows;
    for (int i = 0; i < s->columns * s->height; i++) {
        if (!holds[i])
            continue;
        int column = i % s->columns, y = i / s->columns;
        *row = (struct ct__stencil_row){.x = column * CT__SEGMENT, .y = y};
        for (int dy = -REACH; dy <= REACH; dy++)
            row->at[dy + REACH] = place(s, column, y + dy);
        row++;
    }
}

// Numbers marked segments, and keeps which of them hold unknowns for list_rows().
static void number(struct ct__stencil *s, uint8_t *holds)
{
    for (int i = 0; i < s->columns * s->height; i++) {
        holds[i] = s->segment[i] >> 1 & 1;
        s->count += holds[i];
        s->segment[i] = s->segment[i] ? s->stored++ : -1;
    }
}

// Refuses what is above the limit, before memory is asked for.
static int account(struct ct__stencil *s, double bytes, int64_t limit)
{
    if (bytes > (double)limit)
        return ct__fail(CT_ERROR_LIMIT, SCOPE,
                        "%dx%d, %lld unknown pixels: %.0f MB are needed, %.0f MB are allowed",
                        s->width, s->height, (long long)s->unknowns, bytes / 1e6,
                        (double)limit / 1e6);
    s->bytes = (int64_t)bytes;
    return CT_OK;
}

static int reserve(struct ct__stencil *s, int beside, int64_t limit)
{
    size_t length = ct__stencil_length(s), planes = CT__STENCIL;
    size_t each = planes * sizeof(double) + (planes + 1) * sizeof(float) + (size_t)beside;
    double bytes = (double)s->bytes + (double)length * (double)each;
    if (account(s, bytes + (double)s->count * sizeof *s->rows, limit))
        return CT_ERROR_LIMIT;
    s->rows = ct__alloc((size_t)s->count * sizeof *s->rows + 1);
    double *plane = s->memory = ct__calloc(planes * length, sizeof *plane);
    float *narrow = s->narrow_memory = ct__calloc((planes + 1) * length, sizeof *narrow);
    if (!s->rows || !plane || !narrow)
        return ct__fail_memory(SCOPE);
    for (size_t i = 0; i < planes; i++) {
        s->plane[i] = plane + i * length + CT__STENCIL_FRONT;
        s->narrow[i] = narrow + i * length + CT__STENCIL_FRONT;
    }
    s->inverse = narrow + planes * length + CT__STENCIL_FRONT;
    return CT_OK;
}

int ct__stencil_make(struct ct__stencil *stencil, const uint8_t *trimap, ptrdiff_t stride,
                     int width, int height, const uint8_t unknown[256], int beside, int64_t limit)
{
    int columns = (width + CT__SEGMENT - 1) / CT__SEGMENT;
    size_t cells = (size_t)columns * (size_t)height;
    *stencil = (struct ct__stencil){.width = width, .height = height, .columns = columns};
    int error = account(stencil, (double)cells * (sizeof *stencil->segment + 1), limit);
    if (error)
        return error;
    stencil->segment = ct__calloc(cells, sizeof *stencil->segment);
    uint8_t *holds = ct__alloc(cells);
    error = stencil->segment && holds ? CT_OK : ct__fail_memory(SCOPE);
    if (!error) {
        for (int y = 0; y < height; y++)
            mark(stencil, trimap + y * stride, unknown, y);
        number(stencil, holds);
        error = reserve(stencil, beside, limit);
    }
    if (!error)
        list_rows(stencil, holds);
    ct__free(holds);
    return error;
}

void ct__stencil_finish(struct ct__stencil *stencil)
{
    ct__free(stencil->segment);
    ct__free(stencil->rows);
    ct__free(stencil->memory);
    ct__free(stencil->narrow_memory);
    *stencil = (struct ct__stencil){0};
}

void ct__stencil_complete(struct ct__stencil *stencil)
{
    const double *diagonal = stencil->plane[0];
    size_t size = (size_t)stencil->stored * CT__SEGMENT;
    for (int plane = 0; plane < CT__STENCIL; plane++)
        for (size_t i = 0; i < size; i++)
            stencil->narrow[plane][i] = (float)stencil->plane[plane][i];
    for (size_t i = 0; i < size; i++)
        stencil->inverse[i] = diagonal[i] > 0 ? (float)(1 / diagonal[i]) : 0;
}

// The sum of 25 products, for either precision.
#define APPLY(lanes, planes, v, product)                                                           \
    do {                                                                                           \
        const int32_t *at = stencil->rows[row].at + REACH;                                         \
        lanes sum = LANES(lanes, planes[0] + at[0]) * LANES(lanes, v + at[0]);                     \
        for (int dx = 1; dx <= REACH; dx++) {                                                      \
            sum += LANES(lanes, planes[dx] + at[0]) * LANES(lanes, v + at[0] + dx);                \
            sum += LANES(lanes, planes[dx] + at[0] - dx) * LANES(lanes, v + at[0] - dx);           \
        }                                                                                          \
        for (int dy = 1; dy <= REACH; dy++)                                                        \
            for (int dx = -REACH; dx <= REACH; dx++) {                                             \
                int plane = ct__stencil_plane(dx, dy);                                             \
                sum += LANES(lanes, planes[plane] + at[0]) * LANES(lanes, v + at[dy] + dx);        \
                sum +=                                                                             \
                    LANES(lanes, planes[plane] + at[-dy] - dx) * LANES(lanes, v + at[-dy] - dx);   \
            }                                                                                      \
        LANES(lanes, product) = sum;                                                               \
    } while (0)
#define LANES(lanes, at) (*(lanes *)(at))

void ct__stencil_apply(const struct ct__stencil *stencil, int row, const double *v,
                       double product[CT__SEGMENT])
{
    APPLY(ct__lanes, stencil->plane, v, product);
}

void ct__stencil_apply_narrow(const struct ct__stencil *stencil, int row, const float *v,
                              float product[CT__SEGMENT])
{
    APPLY(ct__narrow_lanes, stencil->narrow, v, product);
}

double *ct__stencil_vector(const struct ct__stencil *stencil)
{
    double *memory = ct__calloc(ct__stencil_length(stencil), sizeof *memory);
    return memory ? memory + CT__STENCIL_FRONT : NULL;
}

void ct__stencil_free(double *vector)
{
    if (vector)
        ct__free(vector - CT__STENCIL_FRONT);
}
