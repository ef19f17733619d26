// SPDX-License-Identifier: Apache-2.0
// A symmetric matrix whose unknowns are some pixels of a picture and in which a pixel meets its 24
// neighbours within two rows and columns. Unknowns lie in segments: 8 pixels of a row from an x
// that 8 divides. Of every row the segments that hold an unknown, or a pixel within two of one, are
// stored, one after the other, so that an unknown's neighbours stand beside it in memory; where
// segments meet that are not neighbours, coefficients are 0. Half of the matrix is kept, in 13
// planes: coefficients of a pixel with itself and with those that follow it.
// Made by one thread; then rows may be worked on by any.
#ifndef CT_IMAGE_STENCIL_H
#define CT_IMAGE_STENCIL_H

#include <stddef.h>
#include <stdint.h>

enum {
    CT__SEGMENT = 8,  // pixels of a segment
    CT__STENCIL = 13, // planes
};

// Numbers of a segment as compilers turn them into the processor's vectors, at any address.
typedef double ct__lanes
    __attribute__((vector_size(CT__SEGMENT * sizeof(double)), aligned(8), may_alias));
typedef float ct__narrow_lanes
    __attribute__((vector_size(CT__SEGMENT * sizeof(float)), aligned(4), may_alias));

// A segment that holds unknowns, at (x, y) in the picture: where it begins in planes and vectors,
// and where the segments two rows above to two rows below begin.
struct ct__stencil_row {
    int32_t x, y;
    int32_t at[5];
};

struct ct__stencil {
    int width, height; // of the picture
    int columns;       // segments across it
    int64_t unknowns;
    int64_t bytes;    // of all memory, with what the caller has beside it
    int stored;       // segments in planes and vectors
    int count;        // segments that hold unknowns, in reading order
    int32_t *segment; // [height][columns]: which stored one, -1 for none
    struct ct__stencil_row *rows;
    double *plane[CT__STENCIL];
    float *narrow[CT__STENCIL]; // the same in single precision
    float *inverse;             // of the diagonal; 0 for a pixel that is no unknown
    void *memory, *narrow_memory;
};

// How many numbers a vector has, stored segments and some zeros on either side, of which so many
// stand before the first segment.
enum { CT__STENCIL_FRONT = 3 * CT__SEGMENT };
size_t ct__stencil_length(const struct ct__stencil *stencil);

// Lays out the unknowns: pixels of trimap[height][width] (`stride` bytes a row) for which
// unknown[value] is set. Coefficients are 0. Refuses with CT_ERROR_LIMIT, logged, where the matrix
// and `beside` bytes a stored pixel beside it would take more than `limit` bytes. Finish it in any
// case.
int ct__stencil_make(struct ct__stencil *stencil, const uint8_t *trimap, ptrdiff_t stride,
                     int width, int height, const uint8_t unknown[256], int beside, int64_t limit);
void ct__stencil_finish(struct ct__stencil *stencil);

// The plane of the neighbour at (dx, dy) that follows: dy > 0, or dy = 0 and dx >= 0.
static inline int ct__stencil_plane(int dx, int dy)
{
    return dy * 5 + dx;
}

// Fills `narrow` and `inverse` from the planes, which are complete.
void ct__stencil_complete(struct ct__stencil *stencil);

// A·v of the pixels of one row. `v` is a vector: 0 wherever there is no unknown.
void ct__stencil_apply(const struct ct__stencil *stencil, int row, const double *v,
                       double product[CT__SEGMENT]);

// The same in single precision.
void ct__stencil_apply_narrow(const struct ct__stencil *stencil, int row, const float *v,
                              float product[CT__SEGMENT]);

// A vector of zeros, its first segment's first pixel; NULL without memory. Freed by
// ct__stencil_free(), which accepts NULL.
double *ct__stencil_vector(const struct ct__stencil *stencil);
void ct__stencil_free(double *vector);

#endif
