// SPDX-License-Identifier: Apache-2.0
// A node of the finer grid lies on a coarse one, between two, or between four, and takes the mean
// of those.
#include "image/grid.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/cholesky.h"

static const char SCOPE[] = "matting";

enum { BLOCK = CT__NODE * CT__NODE, REACH = 2 };

// A node's unknowns as compilers turn them into the processor's vectors.
typedef double four __attribute__((vector_size(CT__NODE * sizeof(double)), aligned(8), may_alias));

// The coarse nodes that a fine one takes its values from, each with `weight`.
struct parents {
    int count;
    double weight;
    int32_t node[4];
};

static void find_near(struct ct__grid *grid, int node)
{
    int32_t *near = grid->near[node];
    for (int dy = -REACH; dy <= REACH; dy++)
        for (int dx = -REACH; dx <= REACH; dx++) {
            int x = grid->x[node] + dx, y = grid->y[node] + dy;
            bool inside = x >= 0 && y >= 0 && x < grid->columns && y < grid->rows;
            *near++ = inside ? grid->at[(size_t)y * (size_t)grid->columns + (size_t)x] : -1;
        }
}

static int reserve(struct ct__grid *grid, int64_t *limit)
{
    size_t count = (size_t)grid->count;
    int64_t bytes = (int64_t)(count * (2 * sizeof *grid->x + sizeof *grid->near +
                                       sizeof *grid->block + sizeof *grid->inverse));
    if (bytes > *limit)
        return ct__fail(CT_ERROR_LIMIT, SCOPE,
                        "a grid of %d nodes: %.0f MB are needed, %.0f MB are left", grid->count,
                        (double)bytes / 1e6, (double)*limit / 1e6);
    *limit -= bytes;
    grid->x = ct__calloc(count, sizeof *grid->x);
    grid->y = ct__calloc(count, sizeof *grid->y);
    grid->near = ct__calloc(count, sizeof *grid->near);
    grid->block = ct__calloc(count, sizeof *grid->block);
    grid->inverse = ct__calloc(count, sizeof *grid->inverse);
    bool all = grid->x && grid->y && grid->near && grid->block && grid->inverse;
    return all ? CT_OK : ct__fail_memory(SCOPE);
}

int ct__grid_make(struct ct__grid *grid, int columns, int rows, const uint8_t *wanted,
                  int64_t *limit)
{
    *grid = (struct ct__grid){.columns = columns, .rows = rows};
    size_t places = (size_t)columns * (size_t)rows;
    grid->at = ct__alloc(places * sizeof *grid->at);
    if (!grid->at)
        return ct__fail_memory(SCOPE);
    for (size_t i = 0; i < places; i++)
        grid->at[i] = wanted[i] ? grid->count++ : -1;
    int error = reserve(grid, limit);
    if (error)
        return error;
    for (size_t i = 0; i < places; i++)
        if (wanted[i]) {
            grid->x[grid->at[i]] = (int32_t)(i % (size_t)columns);
            grid->y[grid->at[i]] = (int32_t)(i / (size_t)columns);
        }
    for (int node = 0; node < grid->count; node++)
        find_near(grid, node);
    return CT_OK;
}

void ct__grid_finish(struct ct__grid *grid)
{
    ct__free(grid->at);
    ct__free(grid->x);
    ct__free(grid->y);
    ct__free(grid->near);
    ct__free(grid->block);
    ct__free(grid->inverse);
    *grid = (struct ct__grid){0};
}

static struct parents parents(const struct ct__grid *coarse, const struct ct__grid *fine, int node)
{
    struct parents found = {0};
    int x = fine->x[node], y = fine->y[node];
    for (int py = y / 2; py <= (y + 1) / 2; py++)
        for (int px = x / 2; px <= (x + 1) / 2; px++)
            found.node[found.count++] =
                coarse->at[(size_t)py * (size_t)coarse->columns + (size_t)px];
    found.weight = 1. / found.count;
    return found;
}

// Adds w times the block of two fine nodes to the block of their parents J and K.
static void add_block(struct ct__grid *coarse, int j, int k, const double *block, double weight)
{
    int dx = coarse->x[k] - coarse->x[j], dy = coarse->y[k] - coarse->y[j];
    double *to = coarse->block[j][(dy + REACH) * (2 * REACH + 1) + dx + REACH];
    for (int i = 0; i < BLOCK; i++)
        to[i] += weight * block[i];
}

static void add_node(struct ct__grid *coarse, const struct ct__grid *fine, int node)
{
    struct parents own = parents(coarse, fine, node);
    for (int n = 0; n < CT__NEAR; n++) {
        if (fine->near[node][n] < 0)
            continue;
        struct parents other = parents(coarse, fine, fine->near[node][n]);
        for (int j = 0; j < own.count; j++)
            for (int k = 0; k < other.count; k++)
                add_block(coarse, own.node[j], other.node[k], fine->block[node][n],
                          own.weight * other.weight);
    }
}

// Marks the places of all parents of the finer nodes.
static void want_parents(uint8_t *wanted, int columns, const struct ct__grid *fine)
{
    for (int node = 0; node < fine->count; node++)
        for (int y = fine->y[node] / 2; y <= (fine->y[node] + 1) / 2; y++)
            for (int x = fine->x[node] / 2; x <= (fine->x[node] + 1) / 2; x++)
                wanted[(size_t)y * (size_t)columns + (size_t)x] = 1;
}

int ct__grid_make_coarser(struct ct__grid *coarse, const struct ct__grid *fine, int64_t *limit)
{
    *coarse = (struct ct__grid){0};
    int columns = fine->columns / 2 + 1, rows = fine->rows / 2 + 1;
    uint8_t *wanted = ct__calloc((size_t)columns * (size_t)rows, 1);
    if (!wanted)
        return ct__fail_memory(SCOPE);
    want_parents(wanted, columns, fine);
    int error = ct__grid_make(coarse, columns, rows, wanted, limit);
    ct__free(wanted);
    if (error)
        return error;
    for (int node = 0; node < fine->count; node++)
        add_node(coarse, fine, node);
    ct__grid_invert(coarse);
    return CT_OK;
}

void ct__grid_invert(struct ct__grid *grid)
{
    for (int node = 0; node < grid->count; node++) {
        double factor[BLOCK];
        memcpy(factor, grid->block[node][CT__NEAR / 2], sizeof factor);
        ct__cholesky_factor(factor, CT__NODE);
        for (int i = 0; i < CT__NODE; i++) { // symmetric: its rows are its columns
            double *row = grid->inverse[node] + (ptrdiff_t)i * CT__NODE;
            row[i] = 1;
            ct__cholesky_solve(factor, CT__NODE, row);
        }
    }
}

void ct__grid_apply(const struct ct__grid *grid, int node, const double *v,
                    double product[CT__NODE])
{
    four sum = {0};
    for (int n = 0; n < CT__NEAR; n++) {
        if (grid->near[node][n] < 0)
            continue;
        const four *block = (const four *)grid->block[node][n];
        const double *other = v + (ptrdiff_t)grid->near[node][n] * CT__NODE;
        for (int i = 0; i < CT__NODE; i++)
            sum += block[i] * other[i];
    }
    *(four *)product = sum;
}

void ct__grid_restrict(const struct ct__grid *coarse, const struct ct__grid *fine, const double *r,
                       double *right)
{
    memset(right, 0, (size_t)coarse->count * CT__NODE * sizeof *right);
    for (int node = 0; node < fine->count; node++) {
        struct parents from = parents(coarse, fine, node);
        for (int p = 0; p < from.count; p++)
            for (int k = 0; k < CT__NODE; k++)
                right[from.node[p] * CT__NODE + k] += from.weight * r[node * CT__NODE + k];
    }
}

void ct__grid_prolong(const struct ct__grid *coarse, const struct ct__grid *fine, const double *v,
                      double *x)
{
    for (int node = 0; node < fine->count; node++) {
        struct parents from = parents(coarse, fine, node);
        for (int p = 0; p < from.count; p++)
            for (int k = 0; k < CT__NODE; k++)
                x[node * CT__NODE + k] += from.weight * v[from.node[p] * CT__NODE + k];
    }
}
