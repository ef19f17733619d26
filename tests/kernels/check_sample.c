// SPDX-License-Identifier: Apache-2.0
// The sampling kernel: any length, step and stretch, on rows that end or begin at a guard.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/taps.h"

enum { CANARY = 0x5a5a5a5a, SPARE = 16 };

struct job {
    const struct ct__kernels *kernels;
    struct ct__taps taps;
    struct guarded top, bottom;
    int32_t *out;
    int weight;
};

static void sample(void *opaque)
{
    struct job *job = opaque;
    job->kernels->sample(job->out, &job->taps, job->top.data, job->bottom.data, job->weight);
}

static size_t padded(int count)
{
    return ((size_t)count + 15) / 16 * 16;
}

static void job_init(struct job *job, const struct ct__axis *axis, int step, int offset,
                     bool at_end)
{
    int row_bytes = axis->length * step;
    if (ct__taps_make(&job->taps, axis, step, offset, row_bytes, job->kernels))
        exit(1);
    guarded_init(&job->top, (size_t)row_bytes, at_end);
    guarded_init(&job->bottom, (size_t)row_bytes, at_end);
    random_bytes(job->top.data, (size_t)row_bytes);
    random_bytes(job->bottom.data, (size_t)row_bytes);
    job->out = malloc((padded(axis->count) + SPARE) * sizeof *job->out);
    for (size_t i = 0; i < padded(axis->count) + SPARE; i++)
        job->out[i] = CANARY;
}

static void job_finish(struct job *job)
{
    ct__taps_finish(&job->taps);
    guarded_finish(&job->top);
    guarded_finish(&job->bottom);
    free(job->out);
}

static void compare(const struct ct__kernels *kernels, const struct ct__axis *axis, int step,
                    bool at_end)
{
    struct job job = {.kernels = kernels, .weight = (int)random_below((1 << CT__LINE_BITS) + 1)};
    job_init(&job, axis, step, (int)random_below((uint32_t)step), at_end);
    int32_t *expected = malloc((size_t)axis->count * sizeof *expected);
    sample(&job);
    ct__sample_c(expected, &job.taps, job.top.data, job.bottom.data, job.weight);
    bool same = memcmp(expected, job.out, (size_t)axis->count * sizeof *expected) == 0;
    for (size_t i = 0; i < SPARE; i++)
        same = same && job.out[padded(axis->count) + i] == CANARY;
    expect(same, "%s sample: %d of step %d to %d, shift %d, weight %d",
           ct__cpu_name(kernels->level), axis->length, step, axis->count, axis->shift, job.weight);
    free(expected);
    job_finish(&job);
}

static void measure(const struct ct__kernels *kernels)
{
    static double plain[4];
    static const struct {
        int full, shift, count, step;
    } cases[4] = {{1920, 0, 416, 1}, {1920, 1, 416, 1}, {1920, 0, 640, 3}, {320, 0, 640, 1}};
    for (int i = 0; i < 4; i++) {
        struct job job = {.kernels = kernels, .weight = 5000};
        struct ct__axis axis = {cases[i].full, cases[i].shift, cases[i].full >> cases[i].shift,
                                cases[i].count};
        job_init(&job, &axis, cases[i].step, 0, true);
        double ns = stopwatch(sample, &job);
        if (kernels->level == CT__CPU_C)
            plain[i] = ns;
        printf("%-6s sample  %4d step %d to %3d %26.0f ns %6.1fx\n", ct__cpu_name(kernels->level),
               axis.length, cases[i].step, axis.count, ns, plain[i] / ns);
        job_finish(&job);
    }
}

void check_sample(const struct ct__kernels *kernels, bool bench)
{
    if (bench) {
        measure(kernels);
        return;
    }
    for (int i = 0; i < 6000; i++) {
        int full = 1 + (int)random_below(i % 3 ? 90 : 3000), shift = (int)random_below(2);
        int count = 1 + (int)random_below(i % 2 ? 70 : 700);
        struct ct__axis axis = {full, shift, (full + shift) >> shift, count};
        compare(kernels, &axis, 1 + (int)random_below(4), i & 1);
    }
}
