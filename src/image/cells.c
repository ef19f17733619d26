// SPDX-License-Identifier: Apache-2.0
// The matrix of the coarse grid is summed cell by cell: what the cell's pixels have to do with the
// 4x4 nodes around is collected line by line before it goes to the nodes' blocks.
#include "image/cells.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const char SCOPE[] = "matting";

enum { SIDE = CT__SEGMENT, REACH = 2, AROUND = 4, BLOCK = CT__NODE * CT__NODE };

// (1, red, green, blue) of the pixel at a place.
static inline void read_basis(const struct ct__cells *cells, int place, double basis[CT__NODE])
{
    basis[0] = 1;
    for (int c = 0; c < 3; c++)
        basis[1 + c] = cells->colour[c][place];
}

// Copies the colours of stored segments.
static int read_colours(struct ct__cells *cells, const struct ct_picture *image)
{
    const struct ct__stencil *stencil = cells->stencil;
    size_t size = (size_t)stencil->stored * SIDE;
    cells->colour[0] = ct__calloc(3 * size + 1, sizeof(float));
    if (!cells->colour[0])
        return ct__fail_memory(SCOPE);
    cells->colour[1] = cells->colour[0] + size;
    cells->colour[2] = cells->colour[1] + size;
    for (int y = 0; y < image->height; y++) {
        const int32_t *segment = stencil->segment + (size_t)y * (size_t)stencil->columns;
        const uint8_t *pixel = image->data[0] + y * image->stride[0];
        for (int x = 0; x < image->width; x++, pixel += 3)
            for (int c = 0; c < 3 && segment[x / SIDE] >= 0; c++)
                cells->colour[c][segment[x / SIDE] * SIDE + x % SIDE] = (float)pixel[c] / 255;
    }
    return CT_OK;
}

// The nodes at the corners of a row's cell: top left, top right, bottom left, bottom right.
static void find_corners(const struct ct__grid *grid, const struct ct__stencil_row *row,
                         int32_t corner[4])
{
    const int32_t *at = grid->at + (size_t)(row->y / SIDE) * (size_t)grid->columns + row->x / SIDE;
    corner[0] = at[0];
    corner[1] = at[1];
    corner[2] = at[grid->columns];
    corner[3] = at[grid->columns + 1];
}

// The corners of all cells become nodes.
static int make_nodes(const struct ct__cells *cells, struct ct__grid *grid, int64_t *limit)
{
    const struct ct__stencil *stencil = cells->stencil;
    int columns = stencil->columns + 1, rows = cells->bands + 1;
    uint8_t *wanted = ct__calloc((size_t)columns * (size_t)rows, 1);
    if (!wanted)
        return ct__fail_memory(SCOPE);
    for (int i = 0; i < stencil->count; i++) {
        const struct ct__stencil_row *row = &stencil->rows[i];
        uint8_t *corner = wanted + (size_t)(row->y / SIDE) * (size_t)columns + row->x / SIDE;
        corner[0] = corner[1] = corner[columns] = corner[columns + 1] = 1;
    }
    int error = ct__grid_make(grid, columns, rows, wanted, limit);
    ct__free(wanted);
    return error;
}

static int find_bands(struct ct__cells *cells)
{
    const struct ct__stencil *stencil = cells->stencil;
    cells->bands = (stencil->height + SIDE - 1) / SIDE;
    cells->first = ct__alloc((size_t)(cells->bands + 1) * sizeof *cells->first);
    if (!cells->first)
        return ct__fail_memory(SCOPE);
    for (int row = 0, band = 0; band <= cells->bands; band++) {
        while (row < stencil->count && stencil->rows[row].y < band * SIDE)
            row++;
        cells->first[band] = row;
    }
    return CT_OK;
}

// What the pixels of a line have to do with the nodes around, for its left and right edge:
// [edge][node][node's unknown][edge's unknown].
typedef double edge_sums[2][AROUND * AROUND][CT__NODE][CT__NODE];

struct job {
    const struct ct__cells *cells;
    void (*line)(const struct job *job, const struct ct__stencil_row *row);
    struct ct__grid *grid; // being made
    const float *narrow_from;
    const double *from;
    float *narrow_to;
    double *to;
    int odd;
};

// The coefficient of a pixel at `at` of a row with its neighbour at (dx, dy).
static double coefficient(const struct ct__stencil *s, const int32_t *at, int lane, int dx, int dy)
{
    if (dy > 0 || (dy == 0 && dx >= 0))
        return s->plane[ct__stencil_plane(dx, dy)][at[REACH] + lane];
    return s->plane[ct__stencil_plane(-dx, -dy)][at[REACH + dy] + lane + dx];
}

// A's row of a pixel times P: its sums[4x4 nodes][4], and which columns of nodes take part.
static void spread(const struct ct__cells *cells, const struct ct__stencil_row *row, int lane,
                   double sums[AROUND * AROUND][CT__NODE])
{
    memset(sums, 0, sizeof(double) * AROUND * AROUND * CT__NODE);
    for (int dy = -REACH; dy <= REACH; dy++) {
        int down = row->y % SIDE + dy + SIDE; // from the first row of nodes
        double below = down % SIDE * (1. / SIDE), line[AROUND][CT__NODE] = {{0}};
        for (int dx = -REACH; dx <= REACH; dx++) {
            double a = coefficient(cells->stencil, row->at, lane, dx, dy), basis[CT__NODE];
            if (a == 0)
                continue;
            read_basis(cells, row->at[REACH + dy] + lane + dx, basis);
            int across = lane + dx + SIDE;
            double beyond = a * (across % SIDE) * (1. / SIDE);
            for (int k = 0; k < CT__NODE; k++) {
                line[across / SIDE][k] += (a - beyond) * basis[k];
                line[across / SIDE + 1][k] += beyond * basis[k];
            }
        }
        double *upper = sums[down / SIDE * AROUND], *lower = upper + AROUND * CT__NODE;
        for (int k = 0; k < AROUND * CT__NODE; k++) {
            upper[k] += (1 - below) * line[k / CT__NODE][k % CT__NODE];
            lower[k] += below * line[k / CT__NODE][k % CT__NODE];
        }
    }
}

// Adds a pixel's sums to those of the left and right edge of its line.
static void add_pixel(edge_sums edges, double sums[AROUND * AROUND][CT__NODE],
                      const double basis[CT__NODE], int lane)
{
    for (int side = 0; side < 2; side++) {
        double weight = side ? lane * (1. / SIDE) : 1 - lane * (1. / SIDE), own[CT__NODE];
        for (int k = 0; k < CT__NODE; k++)
            own[k] = weight * basis[k];
        for (int i = 0; i < AROUND * AROUND * CT__NODE; i++)
            for (int k = 0; k < CT__NODE; k++)
                edges[side][i / CT__NODE][i % CT__NODE][k] +=
                    sums[i / CT__NODE][i % CT__NODE] * own[k];
    }
}

// Adds the sums of a line's left and right edge to the blocks of the corners above or below.
static void add_blocks(struct ct__grid *grid, const int32_t corner[4], edge_sums edges, int lower,
                       double weight)
{
    for (int side = 0; side < 2; side++)
        for (int n = 0; n < AROUND * AROUND; n++) {
            int dx = n % AROUND - 1 - side, dy = n / AROUND - 1 - lower;
            double *to = grid->block[corner[2 * lower + side]][(dy + 2) * 5 + dx + 2];
            for (int k = 0; k < BLOCK; k++)
                to[k] += weight * edges[side][n][k / CT__NODE][k % CT__NODE];
        }
}

static void add_line(const struct job *job, const struct ct__stencil_row *row)
{
    edge_sums edges;
    int32_t corner[4];
    memset(edges, 0, sizeof edges);
    for (int lane = 0; lane < SIDE; lane++) {
        double sums[AROUND * AROUND][CT__NODE], basis[CT__NODE];
        if (job->cells->stencil->inverse[row->at[REACH] + lane] == 0)
            continue;
        spread(job->cells, row, lane, sums);
        read_basis(job->cells, row->at[REACH] + lane, basis);
        add_pixel(edges, sums, basis, lane);
    }
    find_corners(job->grid, row, corner);
    double below = row->y % SIDE * (1. / SIDE);
    add_blocks(job->grid, corner, edges, 0, 1 - below);
    add_blocks(job->grid, corner, edges, 1, below);
}

static void do_band(void *context, int index)
{
    const struct job *job = context;
    int band = 2 * index + job->odd;
    for (int i = job->cells->first[band]; i < job->cells->first[band + 1]; i++)
        job->line(job, &job->cells->stencil->rows[i]);
}

// Bands that follow each other have nodes in common: even ones come first, then odd ones.
static void each_band(struct job job, const struct ct__parallel *parallel)
{
    for (job.odd = 0; job.odd < 2; job.odd++)
        ct__parallel_each(parallel, (job.cells->bands + 1 - job.odd) / 2, do_band, &job);
}

int ct__cells_make(struct ct__cells *cells, struct ct__grid *grid,
                   const struct ct__stencil *stencil, const struct ct_picture *image,
                   int64_t *limit, const struct ct__parallel *parallel)
{
    *cells = (struct ct__cells){.stencil = stencil, .grid = grid};
    *grid = (struct ct__grid){0};
    int error = read_colours(cells, image);
    error = error ? error : find_bands(cells);
    error = error ? error : make_nodes(cells, grid, limit);
    if (error)
        return error;
    each_band((struct job){.cells = cells, .line = add_line, .grid = grid}, parallel);
    ct__grid_invert(grid);
    return CT_OK;
}

void ct__cells_finish(struct ct__cells *cells)
{
    ct__free(cells->colour[0]);
    ct__free(cells->first);
    *cells = (struct ct__cells){0};
}

// Adds `sum` of a line and what of it belongs to its right edge to unknown k of the corners.
static void add_corners(double *to, const int32_t corner[4], int k, double sum, double right,
                        double below)
{
    to[corner[0] * CT__NODE + k] += (1 - below) * (sum - right);
    to[corner[1] * CT__NODE + k] += (1 - below) * right;
    to[corner[2] * CT__NODE + k] += below * (sum - right);
    to[corner[3] * CT__NODE + k] += below * right;
}

static void restrict_line(const struct job *job, const struct ct__stencil_row *row)
{
    int at = row->at[REACH];
    int32_t corner[4];
    double r[SIDE], sum = 0, right = 0, below = row->y % SIDE * (1. / SIDE);
    find_corners(job->cells->grid, row, corner);
    for (int lane = 0; lane < SIDE; lane++) {
        r[lane] = job->narrow_from[at + lane];
        sum += r[lane];
        right += r[lane] * (lane * (1. / SIDE));
    }
    add_corners(job->to, corner, 0, sum, right, below);
    for (int c = 0; c < 3; c++) {
        const float *colour = job->cells->colour[c] + at;
        sum = right = 0;
        for (int lane = 0; lane < SIDE; lane++) {
            sum += r[lane] * colour[lane];
            right += r[lane] * (lane * (1. / SIDE)) * colour[lane];
        }
        add_corners(job->to, corner, 1 + c, sum, right, below);
    }
}

void ct__cells_restrict(const struct ct__cells *cells, const float *r, double *right,
                        const struct ct__parallel *parallel)
{
    memset(right, 0, (size_t)cells->grid->count * CT__NODE * sizeof *right);
    each_band((struct job){.cells = cells, .line = restrict_line, .narrow_from = r, .to = right},
              parallel);
}

// The unknowns at the left edge of a line and what they gain by the right one.
static void mix_edges(const struct job *job, const struct ct__stencil_row *row,
                      float left[CT__NODE], float gain[CT__NODE])
{
    int32_t corner[4];
    double below = row->y % SIDE * (1. / SIDE);
    find_corners(job->cells->grid, row, corner);
    for (int k = 0; k < CT__NODE; k++) {
        const double *v = job->from + k;
        double start = (1 - below) * v[corner[0] * CT__NODE] + below * v[corner[2] * CT__NODE];
        double end = (1 - below) * v[corner[1] * CT__NODE] + below * v[corner[3] * CT__NODE];
        left[k] = (float)start;
        gain[k] = (float)(end - start);
    }
}

static void prolong_line(const struct job *job, const struct ct__stencil_row *row)
{
    const struct ct__cells *cells = job->cells;
    int at = row->at[REACH];
    float left[CT__NODE], gain[CT__NODE];
    mix_edges(job, row, left, gain);
    for (int lane = 0; lane < SIDE; lane++) {
        float part = (float)lane * (1.f / SIDE), sum = left[0] + part * gain[0];
        for (int c = 0; c < 3; c++)
            sum += (left[1 + c] + part * gain[1 + c]) * cells->colour[c][at + lane];
        job->narrow_to[at + lane] += cells->stencil->inverse[at + lane] != 0 ? sum : 0;
    }
}

void ct__cells_prolong(const struct ct__cells *cells, const double *v, float *x,
                       const struct ct__parallel *parallel)
{
    each_band((struct job){.cells = cells, .line = prolong_line, .from = v, .narrow_to = x},
              parallel);
}
