// SPDX-License-Identifier: Apache-2.0
// Cholesky's factors of small dense matrices that are symmetric and not negative. Unknowns that the
// others determine already (a pivot of next to nothing) are left out: they become 0, and the rest
// is solved. Pure functions; any thread.
#ifndef CT_IMAGE_CHOLESKY_H
#define CT_IMAGE_CHOLESKY_H

// Replaces the lower half of a[n][n] by L of A = L·L^T, its diagonal by 1 / L_jj, 0 for an unknown
// that is left out. The upper half is not read.
void ct__cholesky_factor(double *a, int n);

// Solves A·x = b in place.
void ct__cholesky_solve(const double *factor, int n, double *x);

#endif
