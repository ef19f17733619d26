// SPDX-License-Identifier: Apache-2.0
// Two plain loops, compiled for each kind of processor: the compiler makes vectors of them. What
// counts is that memory is read once, in long runs.
#include "models/scan.h"

enum { ABREAST = 4, LANES = 16 };

static inline float larger(float a, float b)
{
    return a > b ? a : b; // the first is the one that may be NaN
}

// A few planes at a time, so that `best` is loaded and stored less often.
__attribute__((always_inline)) static inline void scan_planes(float *restrict best,
                                                              const float *restrict data,
                                                              size_t stride, int anchors,
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

__attribute__((always_inline)) static inline void scan_rows(float *restrict best,
                                                            const float *restrict data,
                                                            size_t stride, int anchors, int classes,
                                                            float floor)
{
    for (int a = 0; a < anchors; a++, data += stride) {
        float lane[LANES];
        int c = 0;
        for (int i = 0; i < LANES; i++)
            lane[i] = floor;
        for (; c + LANES <= classes; c += LANES)
            for (int i = 0; i < LANES; i++)
                lane[i] = larger(data[c + i], lane[i]);
        for (; c < classes; c++)
            lane[0] = larger(data[c], lane[0]);
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int i = 0; i < half; i++)
                lane[i] = larger(lane[i + half], lane[i]);
        best[a] = lane[0];
    }
}

#define FORMS(suffix, attributes)                                                                  \
    attributes static void planes_##suffix(float *best, const float *data, size_t stride,          \
                                           int anchors, int classes, float floor)                  \
    {                                                                                              \
        scan_planes(best, data, stride, anchors, classes, floor);                                  \
    }                                                                                              \
    attributes static void rows_##suffix(float *best, const float *data, size_t stride,            \
                                         int anchors, int classes, float floor)                    \
    {                                                                                              \
        scan_rows(best, data, stride, anchors, classes, floor);                                    \
    }                                                                                              \
    static const struct ct__scan scan_##suffix = {planes_##suffix, rows_##suffix};

FORMS(c, )
#ifdef __x86_64__
FORMS(avx2, __attribute__((target("avx2"))))
FORMS(avx512, __attribute__((target("avx512f"))))
#endif

const struct ct__scan *ct__scan(enum ct__cpu most)
{
#ifdef __x86_64__
    enum ct__cpu cpu = ct__kernels_level(ct__kernels(most));
    if (cpu >= CT__CPU_AVX512)
        return &scan_avx512;
    if (cpu >= CT__CPU_AVX2)
        return &scan_avx2;
#else
    (void)most;
#endif
    return &scan_c;
}
