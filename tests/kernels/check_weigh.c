// SPDX-License-Identifier: Apache-2.0
// The kernel of filters, for both of its ways: any groups, steps and counts, weights at their
// limits, inputs and outputs that end at a guard.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_GROUPS = 40 };

struct job {
    const struct ct__kernels *kernels;
    int groups, count;
    ptrdiff_t step;
    int16_t weight[MOST_GROUPS * 8];
    struct guarded from, to;
};

static void run(void *opaque)
{
    struct job *job = opaque;
    job->kernels->weigh(job->to.data, job->from.data, job->step, job->weight, job->groups,
                        job->count);
}

static void job_init(struct job *job, bool at_end)
{
    size_t from = (size_t)(job->groups - 1) * (size_t)job->step + 64 * (size_t)job->count;
    guarded_init(&job->from, from, at_end);
    guarded_init(&job->to, 16 * (size_t)job->count, at_end);
    random_bytes(job->from.data, from);
    for (int i = 0; i < 8 * job->groups; i++)
        job->weight[i] =
            (int16_t)(i & 2 ? random_below(1 << CT__WEIGHT_LOW_BITS) : random_below(2048) - 1024);
}

static void job_finish(struct job *job)
{
    guarded_finish(&job->from);
    guarded_finish(&job->to);
}

static void compare(const struct ct__kernels *kernels)
{
    struct job job = {.groups = 1 + (int)random_below(MOST_GROUPS),
                      .count = 1 + (int)random_below(9)};
    job.step = 64 * job.count + 4 * (ptrdiff_t)random_below(5);
    job_init(&job, random_below(2));
    size_t size = 16 * (size_t)job.count;
    uint8_t *expected = malloc(size);
    job.kernels = ct__kernels(CT__CPU_C);
    run(&job);
    memcpy(expected, job.to.data, size);
    memset(job.to.data, 1, size);
    job.kernels = kernels;
    run(&job);
    expect(!memcmp(expected, job.to.data, size), "%s weigh: %d groups, %d times 16",
           ct__cpu_name(kernels->level), job.groups, job.count);
    free(expected);
    job_finish(&job);
}

static void measure(const struct ct__kernels *kernels)
{
    static double plain;
    struct job job = {.kernels = kernels, .groups = 20, .count = 20, .step = 64 * 20};
    job_init(&job, true);
    double ns = stopwatch(run, &job);
    if (kernels->level == CT__CPU_C)
        plain = ns;
    printf("%-6s weigh   20 groups, 320 outputs %19.0f ns %6.1fx\n", ct__cpu_name(kernels->level),
           ns, plain / ns);
    job_finish(&job);
}

void check_weigh(const struct ct__kernels *kernels, bool bench)
{
    for (int i = 0; i < (bench ? 1 : 500); i++)
        if (bench)
            measure(kernels);
        else
            compare(kernels);
}
