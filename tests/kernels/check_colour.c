// SPDX-License-Identifier: Apache-2.0
// The colour kernels: both layouts and types, odd counts, outputs that begin anywhere.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 700, SIDES = 64, KINDS = 2 * CT__VALUE_TYPES };

static const struct {
    const char *name;
    size_t size;
    bool byte;
} types[] = {
    [CT__VALUE_F32] = {"f32", 4, false},
    [CT__VALUE_F16] = {"f16", 2, false},
    [CT__VALUE_U8] = {"u8", 1, true},
    [CT__VALUE_I8] = {"i8", 1, true},
};

struct job {
    ct__colour_fn *run;
    struct ct__colour colour;
    int32_t rows[3][MOST];
    int count;
    void *out[3];
    uint8_t memory[3 * (MOST * sizeof(float) + 2 * SIDES)];
};

// Kinds are pairs of planar and packed, a pair for each type.
static ct__colour_fn *pick(const struct ct__kernels *kernels, int i)
{
    return i % 2 ? kernels->packed[i / 2] : kernels->planar[i / 2];
}

static void run(void *opaque)
{
    struct job *job = opaque;
    const int32_t *const in[3] = {job->rows[0], job->rows[1], job->rows[2]};
    job->run(job->out, in, job->count, &job->colour);
}

static void job_fill(struct job *job, bool bytes)
{
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < MOST; i++)
            job->rows[c][i] = (int32_t)random_below(255u << 21);
        for (int i = 0; i < 3; i++)
            job->colour.matrix[c][i] = ((float)random_below(4000) - 2000) / 1000 / (1 << 21);
        job->colour.matrix[c][3] = (float)random_below(400) - 200;
        job->colour.low[c] = bytes ? 0 : -(float)random_below(100);
        job->colour.high[c] = 255 - (bytes ? 0 : (float)random_below(100));
    }
}

// Rows of planar outputs lie `shift` elements into a third of the memory each.
static void job_place(struct job *job, int kind, int count, int shift)
{
    size_t size = types[kind / 2].size, third = sizeof job->memory / 3 / 4 * 4;
    job->count = count;
    for (int c = 0; c < 3; c++)
        job->out[c] = job->memory + (kind & 1 ? 0 : (size_t)c * third) + (size_t)shift * size;
    memset(job->memory, 0xa5, sizeof job->memory);
}

static void compare(const struct ct__kernels *kernels, int kind)
{
    static struct job job;
    static uint8_t expected[sizeof job.memory];
    int count = 1 + (int)random_below(kind % 2 ? 180 : 200), shift = (int)random_below(16);
    job_fill(&job, types[kind / 2].byte);
    job_place(&job, kind, count, shift);
    job.run = pick(ct__kernels(CT__CPU_C), kind);
    run(&job);
    memcpy(expected, job.memory, sizeof expected);
    job_place(&job, kind, count, shift);
    job.run = pick(kernels, kind);
    run(&job);
    expect(memcmp(expected, job.memory, sizeof expected) == 0, "%s colour %d: %d pixels at %d",
           ct__cpu_name(kernels->level), kind, count, shift);
}

static void measure(const struct ct__kernels *kernels, int kind)
{
    static struct job job;
    static double plain[KINDS];
    job_fill(&job, types[kind / 2].byte);
    job_place(&job, kind, 416, 0);
    job.run = pick(kernels, kind);
    double ns = stopwatch(run, &job);
    if (kernels->level == CT__CPU_C)
        plain[kind] = ns;
    printf("%-6s colour  %s %s %3d %25.0f ns %6.1fx\n", ct__cpu_name(kernels->level),
           kind % 2 ? "packed" : "planar", types[kind / 2].name, job.count, ns, plain[kind] / ns);
}

void check_colour(const struct ct__kernels *kernels, bool bench)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < (bench ? 1 : 1000); i++)
            if (bench)
                measure(kernels, kind);
            else
                compare(kernels, kind);
}
