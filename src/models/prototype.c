// SPDX-License-Identifier: Apache-2.0
// Only the cells of the prototypes that a box covers are summed up. Between two cells a column of
// the source changes linearly: where both are on one side of the threshold, so is every pixel
// between them, and a whole run is known at once.
#include "models/prototype.h"

#include <math.h>

#include "base/log.h"
#include "base/mem.h"
#include "models/input.h"

// One axis: source pixels first to last - 1, and the cells that they lie between.
struct axis {
    int first, last;
    int cell, cells;     // the cells' first and number, at least 2 or the whole side
    int side;            // cells of the whole axis
    float scale, offset; // cell = pixel * scale + offset
};

// What belongs to one object: cells in rows, one column of the source at the cells of the other
// axis, and for each cell the first pixel at or behind it.
struct field {
    float *cells, *column;
    int *starts;
};

// The cell at or before a pixel, such that there is one behind it, and how far behind it the pixel
// is, 0 to 1.
static int find_cell(const struct axis *axis, int pixel, float *behind)
{
    float at = fminf(fmaxf((float)pixel * axis->scale + axis->offset, 0), (float)axis->side - 1);
    int cell = (int)at;
    cell = cell > axis->side - 2 && cell > 0 ? axis->side - 2 : cell;
    *behind = at - (float)cell;
    return cell;
}

// Offset and scale of the letterbox are those of the axis.
static struct axis make_axis(float from, float length, int most, int side, int canvas, int offset,
                             float scale)
{
    float ratio = (float)side / (float)canvas, behind;
    struct axis axis = {
        .first = (int)ceilf(fmaxf(from - .5f, 0)),
        .last = (int)ceilf(fminf(from + length - .5f, (float)most)),
        .side = side,
        .scale = scale * ratio,
        .offset = (.5f * scale + (float)offset) * ratio - .5f,
    };
    if (axis.last <= axis.first)
        return axis;
    axis.cell = find_cell(&axis, axis.first, &behind);
    axis.cells = find_cell(&axis, axis.last - 1, &behind) - axis.cell + 2;
    axis.cells = axis.cells > side ? side : axis.cells;
    return axis;
}

static int make_field(struct field *field, const struct axis *x, const struct axis *y,
                      struct ct__scratch *scratch)
{
    size_t cells = (size_t)x->cells * (size_t)y->cells, rows = (size_t)y->cells;
    size_t size = (cells + rows) * sizeof(float) + (rows + 1) * sizeof(int);
    if (size > scratch->field_size) {
        void *grown = ct__realloc_array(scratch->field, size, 2);
        if (!grown)
            return ct__fail_memory("mask");
        scratch->field = grown;
        scratch->field_size = 2 * size;
    }
    field->cells = scratch->field;
    field->column = field->cells + cells;
    field->starts = (int *)(field->column + rows);
    return CT_OK;
}

// out += factor * in; for the compiler to make vectors of.
static void add_row(float *restrict out, const float *restrict in, float factor, int count)
{
    for (int i = 0; i < count; i++)
        out[i] += factor * in[i];
}

static void sum_up(const struct field *field, const struct ct__tensor *prototypes,
                   const float *factors, int count, const struct axis *x, const struct axis *y)
{
    const float *data = (const float *)prototypes->data + x->cell;
    size_t cells = (size_t)x->cells * (size_t)y->cells;
    for (size_t i = 0; i < cells; i++)
        field->cells[i] = 0;
    for (int p = 0; p < count; p++)
        for (int row = 0; row < y->cells; row++) {
            size_t line = (size_t)p * (size_t)y->side + (size_t)(y->cell + row);
            add_row(field->cells + (size_t)row * (size_t)x->cells, data + line * (size_t)x->side,
                    factors[p], x->cells);
        }
    for (size_t i = 0; i < cells; i++)
        field->cells[i] = 1 / (1 + expf(-field->cells[i]));
}

// starts[r] is the first pixel between cells r and r + 1, or behind these.
static void find_starts(const struct field *field, const struct axis *y)
{
    int next = 0;
    float behind;
    for (int pixel = y->first; pixel < y->last; pixel++)
        for (int cell = find_cell(y, pixel, &behind) - y->cell; next <= cell; next++)
            field->starts[next] = pixel;
    for (; next <= y->cells; next++)
        field->starts[next] = y->last;
}

// A column of the source, at the cells of the other axis.
static void cut_column(const struct field *field, const struct axis *x, const struct axis *y,
                       int pixel)
{
    float behind;
    const float *left = field->cells + (find_cell(x, pixel, &behind) - x->cell);
    const float *right = left + (x->side > 1);
    for (int row = 0; row < y->cells; row++, left += x->cells, right += x->cells)
        field->column[row] = *left + (*right - *left) * behind;
}

// The pixels between two cells that are on different sides of the threshold.
static int add_edge(const float *column, const struct axis *y, int first, int last,
                    struct ct__runs *runs)
{
    int status = CT_OK;
    for (int pixel = first; pixel < last && !status; pixel++) {
        float behind;
        find_cell(y, pixel, &behind);
        status = ct__runs_add(runs, column[0] + (column[1] - column[0]) * behind > .5f, 1);
    }
    return status;
}

static int add_column(const struct field *field, const struct axis *y, struct ct__runs *runs)
{
    int status = CT_OK;
    for (int row = 0; row < y->cells && !status; row++) {
        const float *at = field->column + row;
        int first = field->starts[row], last = field->starts[row + 1];
        bool inside = at[0] > .5f;
        if (first < last && row + 1 < y->cells && inside != (at[1] > .5f))
            status = add_edge(at, y, first, last, runs);
        else
            status = ct__runs_add(runs, inside, (uint32_t)(last - first));
    }
    return status;
}

// All columns of the box; *done is how many pixels of the picture have their run by then.
static int add_box(const struct field *field, const struct axis *x, const struct axis *y,
                   uint32_t height, struct ct__runs *runs, uint32_t *done)
{
    int status = CT_OK;
    for (int pixel = x->first; pixel < x->last && !status; pixel++) {
        uint32_t top = (uint32_t)pixel * height + (uint32_t)y->first;
        cut_column(field, x, y, pixel);
        status = ct__runs_add(runs, false, top - *done);
        if (!status)
            status = add_column(field, y, runs);
        *done = top + (uint32_t)(y->last - y->first);
    }
    return status;
}

int ct__prototype_mask(const struct ct__tensor *prototypes, const float *factors, int count,
                       const struct ct__letterbox *box, struct ct__scratch *scratch,
                       struct ct_object *object)
{
    const int64_t most = 1 << 15, *dim = prototypes->dim;
    struct ct__runs *runs = &scratch->runs;
    if (!ct__output_fits(prototypes, 4, 3, (const int64_t[]){count, -1, -1}) || dim[2] < 1 ||
        dim[3] < 1 || dim[2] > most || dim[3] > most)
        return ct__output_unfit("yolo", prototypes, "prototypes [N,count,h,w]");
    struct axis x = make_axis(object->x, object->width, box->source_width, (int)dim[3],
                              box->canvas_width, box->x, box->scale_x);
    struct axis y = make_axis(object->y, object->height, box->source_height, (int)dim[2],
                              box->canvas_height, box->y, box->scale_y);
    uint32_t height = (uint32_t)box->source_height, all = height * (uint32_t)box->source_width;
    uint32_t done = 0;
    int status = CT_OK;
    runs->count = 0;
    if (x.first < x.last && y.first < y.last) {
        struct field field = {0};
        status = make_field(&field, &x, &y, scratch);
        if (status)
            return status;
        sum_up(&field, prototypes, factors, count, &x, &y);
        find_starts(&field, &y);
        status = add_box(&field, &x, &y, height, runs, &done);
    }
    if (!status)
        status = ct__runs_add(runs, false, all - done);
    object->mask = (struct ct_mask){runs->count, runs->items};
    return status;
}
