// SPDX-License-Identifier: Apache-2.0
// The Hungarian method with prices: row by row, the shortest path of swaps that frees a column
// (Kuhn 1955, Munkres 1957; shortest paths by Jonker and Volgenant 1987). A cost limit needs no
// larger matrix: what costs more than the limit counts as the limit, and such pairs are taken apart
// at the end.
#include "track/assign.h"

#include <math.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/mem.h"

// A problem turned so that there are at least as many columns as rows; both count from 1, and 0 is
// nobody.
struct solver {
    const struct ct__assign *assign;
    double limit;
    int rows, columns;
    double *row_price, *column_price, *slack;
    int *owner; // row that has a column
    int *way;   // column from which the path came here
    int *mark;  // whether the path has been here
};

static int grow(struct ct__assign *assign, size_t costs, size_t side)
{
    if (costs > assign->costs) {
        double *cost = ct__realloc_array(assign->cost, costs, sizeof *cost);
        if (!cost)
            return CT_ERROR_MEMORY;
        assign->cost = cost;
        assign->costs = costs;
    }
    if (side <= assign->side)
        return CT_OK;
    double *prices = ct__realloc_array(assign->prices, 3 * (side + 1), sizeof *prices);
    assign->prices = prices ? prices : assign->prices;
    int *links = ct__realloc_array(assign->links, 5 * (side + 1), sizeof *links);
    assign->links = links ? links : assign->links;
    if (!prices || !links)
        return CT_ERROR_MEMORY;
    assign->side = side;
    return CT_OK;
}

int ct__assign_resize(struct ct__assign *assign, int rows, int columns)
{
    size_t side = (size_t)(rows > columns ? rows : columns);
    if (grow(assign, (size_t)rows * (size_t)columns, side))
        return ct__fail_memory("assignment");
    assign->rows = rows;
    assign->columns = columns;
    assign->column_of_row = assign->links ? assign->links + 3 * (assign->side + 1) : NULL;
    assign->row_of_column = assign->links ? assign->links + 4 * (assign->side + 1) : NULL;
    return CT_OK;
}

// What a pair saves against none: 0 or less.
static double cost_of(const struct solver *solver, int row, int column)
{
    const struct ct__assign *assign = solver->assign;
    int i = row - 1, j = column - 1;
    bool turned = assign->rows > assign->columns;
    double cost = assign->cost[turned ? j * assign->columns + i : i * assign->columns + j];
    return fmin(cost - solver->limit, 0);
}

// Looks from the column that the path has reached at all others; the nearest is the next one.
static int step(struct solver *solver, int from)
{
    int row = solver->owner[from], nearest = 0;
    double least = INFINITY;
    solver->mark[from] = 1;
    for (int j = 1; j <= solver->columns; j++) {
        if (solver->mark[j])
            continue;
        double reduced = cost_of(solver, row, j) - solver->row_price[row] - solver->column_price[j];
        if (reduced < solver->slack[j]) {
            solver->slack[j] = reduced;
            solver->way[j] = from;
        }
        if (solver->slack[j] < least) {
            least = solver->slack[j];
            nearest = j;
        }
    }
    for (int j = 0; j <= solver->columns; j++) {
        if (solver->mark[j]) {
            solver->row_price[solver->owner[j]] += least;
            solver->column_price[j] -= least;
        } else {
            solver->slack[j] -= least;
        }
    }
    return nearest;
}

// Finds a column for one more row; those on the path change theirs.
static void place(struct solver *solver, int row)
{
    int at = 0;
    for (int j = 0; j <= solver->columns; j++) {
        solver->slack[j] = INFINITY;
        solver->mark[j] = 0;
    }
    solver->owner[0] = row;
    do
        at = step(solver, at);
    while (solver->owner[at]);
    for (; at; at = solver->way[at])
        solver->owner[at] = solver->owner[solver->way[at]];
}

static void tell(const struct solver *solver, struct ct__assign *assign)
{
    bool turned = assign->rows > assign->columns;
    for (int i = 0; i < assign->rows; i++)
        assign->column_of_row[i] = -1;
    for (int j = 0; j < assign->columns; j++)
        assign->row_of_column[j] = -1;
    for (int j = 1; j <= solver->columns; j++) {
        int i = solver->owner[j];
        if (!i || !(cost_of(solver, i, j) < 0))
            continue;
        int row = turned ? j - 1 : i - 1, column = turned ? i - 1 : j - 1;
        assign->column_of_row[row] = column;
        assign->row_of_column[column] = row;
    }
}

void ct__assign_solve(struct ct__assign *assign, double limit)
{
    if (!assign->prices)
        return; // never had a row or a column
    size_t stride = assign->side + 1;
    bool turned = assign->rows > assign->columns;
    struct solver solver = {
        .assign = assign,
        .limit = limit,
        .rows = turned ? assign->columns : assign->rows,
        .columns = turned ? assign->rows : assign->columns,
        .row_price = assign->prices,
        .column_price = assign->prices + stride,
        .slack = assign->prices + 2 * stride,
        .owner = assign->links,
        .way = assign->links + stride,
        .mark = assign->links + 2 * stride,
    };
    for (int j = 0; j <= solver.columns; j++) {
        solver.row_price[j] = solver.column_price[j] = 0;
        solver.owner[j] = 0;
    }
    for (int i = 1; i <= solver.rows; i++)
        place(&solver, i);
    tell(&solver, assign);
}

void ct__assign_finish(struct ct__assign *assign)
{
    ct__free(assign->cost);
    ct__free(assign->prices);
    ct__free(assign->links);
    *assign = (struct ct__assign){0};
}
