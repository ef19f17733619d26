// SPDX-License-Identifier: Apache-2.0
// Two plain loops of which the compiler makes vectors. They wait for memory: forms for larger
// vectors gained a fifth at most, and were left out.
#include "models/scan.h"

enum { ABREAST = 4 }; // planes read at a time, so that `best` is loaded and stored less often

static inline float larger(float a, float b)
{
    return a > b ? a : b; // the first is the one that may be NaN
}

void ct__scan_planes(float *restrict best, const float *restrict data, size_t stride, int anchors,
                     int classes, float floor)
{
    int c = 0;
    for (int a = 0; a < anchors; a++)
        best[a] = floor;
    for (; c + ABREAST <= classes; c += ABREAST, data += ABREAST * stride) {
        const float *p = data, *q = p + stride, *r = q + stride, *s = r + stride;
        for (int a = 0; a < anchors; a++)
            best[a] = larger(s[a], larger(r[a], larger(q[a], larger(p[a], best[a]))));
    }
    for (; c < classes; c++, data += stride)
        for (int a = 0; a < anchors; a++)
            best[a] = larger(data[a], best[a]);
}

// A row's largest is looked for only where one is above the floor: that test has no order, so that
// the compiler may do it in vectors.
void ct__scan_rows(float *restrict best, const float *restrict data, size_t stride, int anchors,
                   int classes, float floor)
{
    for (int a = 0; a < anchors; a++, data += stride) {
        int above = 0;
        for (int c = 0; c < classes; c++)
            above |= data[c] > floor;
        best[a] = floor;
        for (int c = 0; above && c < classes; c++)
            best[a] = larger(data[c], best[a]);
    }
}
