// SPDX-License-Identifier: Apache-2.0
// The assignment problem: which rows go with which columns at the least cost.
#ifndef CT_TRACK_ASSIGN_H
#define CT_TRACK_ASSIGN_H

#include <stddef.h>

// A problem, its answer, and memory that is used again. Zero-initialise; one thread at a time.
struct ct__assign {
    int rows, columns;
    double *cost;       // rows x columns, row after row
    int *column_of_row; // the answer: the other side of each pair, or -1
    int *row_of_column;
    size_t costs, side; // how much there is room for
    double *prices;     // of the solver: of rows, of columns, and slack
    int *links;         // of the solver: owner, way and mark of columns
};

// Makes room and sets the size; costs and answer are undefined then. CT_ERROR_MEMORY.
int ct__assign_resize(struct ct__assign *assign, int rows, int columns);

// Finds the pairs with the least sum of (cost - limit): a pair that costs as much as the limit or
// more is never made. No cost may be NaN. Takes time as the larger side x the square of the
// smaller; of equal answers always the same.
void ct__assign_solve(struct ct__assign *assign, double limit);
void ct__assign_finish(struct ct__assign *assign);

#endif
