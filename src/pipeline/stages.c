// SPDX-License-Identifier: Apache-2.0
// Where time goes. Wall time says what a frame waited for, CPU time what the machine paid.
#include "pipeline/stages.h"

#include "base/clock.h"
#include "base/text.h"

static const char *const names[CT__STAGE_COUNT] = {
    [CT__STAGE_DECODE] = "decode",   [CT__STAGE_PREPARE] = "prepare", [CT__STAGE_RUN] = "run",
    [CT__STAGE_OUTPUTS] = "outputs", [CT__STAGE_NMS] = "nms",         [CT__STAGE_TRACK] = "track",
    [CT__STAGE_WRITE] = "write",     [CT__STAGE_ENCODE] = "encode",
};

const char *ct__stage_name(enum ct__stage stage)
{
    return names[stage];
}

struct ct__span ct__span_begin(void)
{
    return (struct ct__span){.begin_ns = ct__now_ns(), .cpu_ns = ct__thread_cpu_ns()};
}

struct ct__span ct__span_end(struct ct__span begin)
{
    return (struct ct__span){.begin_ns = begin.begin_ns,
                             .wall_ns = ct__now_ns() - begin.begin_ns,
                             .cpu_ns = ct__thread_cpu_ns() - begin.cpu_ns};
}

void ct__stages_add(struct ct__stages *stages, enum ct__stage stage, struct ct__span span)
{
    ct__histogram_add(&stages->wall[stage], span.wall_ns);
    stages->cpu_ns[stage] += span.cpu_ns;
}

void ct__stages_merge(struct ct__stages *into, const struct ct__stages *from)
{
    for (int i = 0; i < CT__STAGE_COUNT; i++) {
        ct__histogram_merge(&into->wall[i], &from->wall[i]);
        into->cpu_ns[i] += from->cpu_ns[i];
    }
}

int ct__stages_report(const struct ct__stages *stages, struct ct_stage *rows)
{
    int count = 0;
    int64_t all = 0;
    for (int i = 0; i < CT__STAGE_COUNT; i++)
        all += stages->cpu_ns[i];
    for (int i = 0; i < CT__STAGE_COUNT; i++) {
        const struct ct__histogram *wall = &stages->wall[i];
        if (!wall->count)
            continue;
        struct ct_stage *row = &rows[count++];
        ct__copy_text(row->name, sizeof row->name, names[i]);
        row->count = wall->count;
        row->mean_ms = (double)wall->sum_ns / (double)wall->count * 1e-6;
        row->p50_ms = (double)ct__histogram_percentile(wall, .50) * 1e-6;
        row->p95_ms = (double)ct__histogram_percentile(wall, .95) * 1e-6;
        row->p99_ms = (double)ct__histogram_percentile(wall, .99) * 1e-6;
        row->cpu_share = all > 0 ? (double)stages->cpu_ns[i] / (double)all : 0;
    }
    return count;
}
