// SPDX-License-Identifier: Apache-2.0
// Row by row, so that inner loops run over neighbours in memory.
#include "image/cholesky.h"

#include <math.h>

// A pivot that lost this share of its diagonal is rounding alone.
static const double NOTHING = 1e-9;

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

void ct__cholesky_factor(double *a, int n)
{
    for (int i = 0; i < n; i++) {
        double *row = a + (long)i * n;
        for (int j = 0; j < i; j++) {
            const double *other = a + (long)j * n;
            row[j] = (row[j] - dot(row, other, j)) * other[j];
        }
        double pivot = row[i] - dot(row, row, i);
        row[i] = pivot > NOTHING * row[i] ? 1 / sqrt(pivot) : 0;
    }
}

void ct__cholesky_solve(const double *factor, int n, double *x)
{
    for (int i = 0; i < n; i++)
        x[i] = (x[i] - dot(factor + (long)i * n, x, i)) * factor[(long)i * n + i];
    for (int i = n - 1; i >= 0; i--) {
        const double *row = factor + (long)i * n;
        x[i] *= row[i];
        for (int j = 0; j < i; j++)
            x[j] -= row[j] * x[i];
    }
}
