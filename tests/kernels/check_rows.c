// SPDX-License-Identifier: Apache-2.0
// The kernels of copies in another format: every step, odd counts, inputs and outputs that end at a
// guard.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNPACK, REPEAT, PACK, PACK_HALF, SPREAD, RECOLOUR, KINDS };

struct job {
    const struct ct__kernels *kernels;
    int kind, count, step;
    struct ct__recolour how;
    struct guarded from[2], to[3];
    size_t from_size, to_size;
};

static const char *const names[KINDS] = {"unpack",    "repeat", "pack",
                                         "pack half", "spread", "recolour"};

static void run(void *opaque)
{
    struct job *job = opaque;
    const struct ct__kernels *k = job->kernels;
    uint8_t *to = job->to[0].data;
    if (job->kind == UNPACK)
        k->unpack(to, job->from[0].data, job->count, job->step, 0);
    else if (job->kind == REPEAT)
        k->unpack(to, job->from[0].data, job->count, job->step, 1);
    else if (job->kind == PACK)
        k->pack(to, job->from[0].data, job->count, job->step);
    else if (job->kind == PACK_HALF)
        k->pack_half(to, job->from[0].data, job->from[1].data, job->count, job->step);
    else if (job->kind == SPREAD)
        k->spread(to, job->from[0].data, job->from[1].data, job->count, job->step,
                  (const int[]){8, 7});
    else
        k->recolour(to, job->to[1].data, job->to[2].data, job->count, &job->how);
}

// Rows of exactly the bytes that the kernel may touch.
static void job_init(struct job *job, bool at_end)
{
    size_t count = (size_t)job->count, apart = (count - 1) * (size_t)job->step + 1;
    bool half = job->kind == REPEAT || job->kind == SPREAD;
    job->from_size = job->kind == UNPACK      ? apart
                     : half                   ? (count - 1) / 2 * (size_t)job->step + 1
                     : job->kind == PACK_HALF ? 2 * count
                                              : count;
    job->to_size = job->kind == PACK || job->kind == PACK_HALF ? apart : count;
    for (int i = 0; i < 2; i++) {
        guarded_init(&job->from[i], job->from_size, at_end);
        random_bytes(job->from[i].data, job->from_size);
    }
    for (int i = 0; i < 3; i++)
        guarded_init(&job->to[i], job->to_size, at_end);
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 3; c++)
            job->how.factor[i][c] = (int16_t)((int)random_below(36000) - 18000);
        job->how.constant[i] = (int32_t)random_below(1 << 22) - (1 << 21);
    }
}

static void job_finish(struct job *job)
{
    for (int i = 0; i < 2; i++)
        guarded_finish(&job->from[i]);
    for (int i = 0; i < 3; i++)
        guarded_finish(&job->to[i]);
}

static void compare(const struct ct__kernels *kernels, int kind)
{
    struct job job = {.kind = kind, .count = 1 + (int)random_below(300)};
    job.step = 1 + (int)random_below(kind >= PACK_HALF || kind == REPEAT ? 2 : 4);
    job_init(&job, random_below(2));
    uint8_t *before = malloc(3 * job.to_size), *expected = malloc(3 * job.to_size);
    random_bytes(before, 3 * job.to_size);
    bool same = true;
    for (int level = 0; level < 2; level++) {
        for (int i = 0; i < 3; i++)
            memcpy(job.to[i].data, before + (size_t)i * job.to_size, job.to_size);
        job.kernels = level ? kernels : ct__kernels(CT__CPU_C);
        run(&job);
        for (int i = 0; i < 3; i++)
            if (level)
                same &= !memcmp(expected + (size_t)i * job.to_size, job.to[i].data, job.to_size);
            else
                memcpy(expected + (size_t)i * job.to_size, job.to[i].data, job.to_size);
    }
    expect(same, "%s %s: %d samples of step %d", ct__cpu_name(kernels->level), names[kind],
           job.count, job.step);
    free(before);
    free(expected);
    job_finish(&job);
}

static void measure(const struct ct__kernels *kernels, int kind)
{
    static double plain[KINDS];
    struct job job = {.kernels = kernels, .kind = kind, .count = 512, .step = 1};
    if (kind == UNPACK || kind == PACK)
        job.step = 3;
    job_init(&job, true);
    double ns = stopwatch(run, &job);
    if (kernels->level == CT__CPU_C)
        plain[kind] = ns;
    printf("%-6s rows    %-10s 512 step %d %18.0f ns %6.1fx\n", ct__cpu_name(kernels->level),
           names[kind], job.step, ns, plain[kind] / ns);
    job_finish(&job);
}

void check_rows(const struct ct__kernels *kernels, bool bench)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < (bench ? 1 : 500); i++)
            if (bench)
                measure(kernels, kind);
            else
                compare(kernels, kind);
}
