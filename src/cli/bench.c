// SPDX-License-Identifier: Apache-2.0
// chiton bench: what this machine does with an input and a model. Counts are answers, not frames
// that went by.
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cli/commands.h"
#include "cli/job.h"

enum { MOST_ROUNDS = 1000 };

struct bench {
    struct ct__common common;
    int json;
    int64_t rounds, max_frames;
};

// What one round of `bench throughput` measured.
struct round {
    uint64_t answers;
    double rate, cpu_ms, latency_p50_ms, latency_p99_ms;
    int lanes;
};

static int run_once(const struct bench *bench, struct ct__option_list operands,
                    struct ct__job_report *report)
{
    static const char *const nowhere[] = {"null:", NULL};
    const struct ct__job job = {
        .common = &bench->common,
        .inputs = operands,
        .outputs = nowhere,
        .max_frames = bench->max_frames,
    };
    int error = ct__cpus_bind(bench->common.run.cpus);
    return error ? ct__exit_code(error) : ct__job_run(&job, report);
}

static void read_round(const struct ct__job_report *report, struct round *round)
{
    double answers = (double)report->stats.total.results;
    double per_answer = answers > 0 ? 1 / answers : 0;
    round->answers = report->stats.total.results;
    round->rate = report->wall_ns > 0 ? answers * 1e9 / (double)report->wall_ns : 0;
    round->cpu_ms = (double)report->cpu_ns / 1e6 * per_answer;
    round->latency_p50_ms = report->stats.latency_p50_ms;
    round->latency_p99_ms = report->stats.latency_p99_ms;
    round->lanes = report->stats.lanes;
}

static int by_rate(const void *a, const void *b)
{
    double left = ((const struct round *)a)->rate, right = ((const struct round *)b)->rate;
    return (left > right) - (left < right);
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024 / 1e6; // Linux counts in KiB
}

static void throughput_text(const struct round *rounds, int count, struct ct__text *text)
{
    const struct round *median = &rounds[(count - 1) / 2];
    ct__text_printf(text, "%-12s %.1f a second (median of %d: %.1f to %.1f)\n", "answers",
                    median->rate, count, rounds[0].rate, rounds[count - 1].rate);
    ct__text_printf(text, "%-12s %llu\n", "in a round", (unsigned long long)median->answers);
    ct__text_printf(text, "%-12s %.3f ms an answer\n", "CPU", median->cpu_ms);
    ct__text_printf(text, "%-12s p50 %.2f ms, p99 %.2f ms\n", "latency", median->latency_p50_ms,
                    median->latency_p99_ms);
    ct__text_printf(text, "%-12s %d\n", "lanes", median->lanes);
    ct__text_printf(text, "%-12s %.1f MB at most\n", "memory", peak_mb());
}

static void throughput_json(const struct round *rounds, int count, struct ct__text *text)
{
    const struct round *median = &rounds[(count - 1) / 2];
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    ct__member_int(&json, "answers", (int64_t)median->answers);
    ct__member_number(&json, "answers_per_s", median->rate, 2);
    ct__member_number(&json, "least_answers_per_s", rounds[0].rate, 2);
    ct__member_number(&json, "most_answers_per_s", rounds[count - 1].rate, 2);
    ct__member_int(&json, "rounds", count);
    ct__member_number(&json, "cpu_ms", median->cpu_ms, 3);
    ct__member_number(&json, "latency_p50_ms", median->latency_p50_ms, 3);
    ct__member_number(&json, "latency_p99_ms", median->latency_p99_ms, 3);
    ct__member_int(&json, "lanes", median->lanes);
    ct__member_number(&json, "peak_mb", peak_mb(), 1);
    ct__json_end_object(&json);
    ct__text_puts(text, "\n");
}

static int throughput(void *options, struct ct__option_list operands)
{
    const struct bench *bench = options;
    struct round rounds[MOST_ROUNDS];
    int count = 0, code = CT__EXIT_DONE;
    while (count < bench->rounds && code == CT__EXIT_DONE) {
        struct ct__job_report report;
        code = run_once(bench, operands, &report);
        if (code == CT__EXIT_DONE)
            read_round(&report, &rounds[count++]);
    }
    if (code != CT__EXIT_DONE)
        return code;
    qsort(rounds, (size_t)count, sizeof *rounds, by_rate);
    struct ct__text text = {0};
    if (bench->json)
        throughput_json(rounds, count, &text);
    else
        throughput_text(rounds, count, &text);
    return ct__print(&text);
}

static void stages_text(const struct ct_engine_stats *stats, struct ct__text *text)
{
    ct__text_printf(text, "%-10s %9s %9s %9s %9s %9s %7s\n", "stage", "count", "mean ms", "p50",
                    "p95", "p99", "of CPU");
    for (int i = 0; i < stats->stage_count; i++) {
        const struct ct_stage *stage = &stats->stages[i];
        ct__text_printf(text, "%-10s %9llu %9.3f %9.3f %9.3f %9.3f %6.1f%%\n", stage->name,
                        (unsigned long long)stage->count, stage->mean_ms, stage->p50_ms,
                        stage->p95_ms, stage->p99_ms, 100 * stage->cpu_share);
    }
}

static void stages_json(const struct ct_engine_stats *stats, struct ct__text *text)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    ct__member_int(&json, "answers", (int64_t)stats->total.results);
    ct__member_int(&json, "lanes", stats->lanes);
    ct__json_key(&json, "stages");
    ct__json_begin_array(&json);
    for (int i = 0; i < stats->stage_count; i++) {
        const struct ct_stage *stage = &stats->stages[i];
        ct__json_begin_object(&json);
        ct__member_string(&json, "name", stage->name);
        ct__member_int(&json, "count", (int64_t)stage->count);
        ct__member_number(&json, "mean_ms", stage->mean_ms, 4);
        ct__member_number(&json, "p50_ms", stage->p50_ms, 4);
        ct__member_number(&json, "p95_ms", stage->p95_ms, 4);
        ct__member_number(&json, "p99_ms", stage->p99_ms, 4);
        ct__member_number(&json, "cpu_share", stage->cpu_share, 4);
        ct__json_end_object(&json);
    }
    ct__json_end_array(&json);
    ct__json_end_object(&json);
    ct__text_puts(text, "\n");
}

static int stages(void *options, struct ct__option_list operands)
{
    const struct bench *bench = options;
    struct ct__job_report report;
    int code = run_once(bench, operands, &report);
    if (code != CT__EXIT_DONE)
        return code;
    struct ct__text text = {0};
    if (bench->json)
        stages_json(&report.stats, &text);
    else
        stages_text(&report.stats, &text);
    return ct__print(&text);
}

// clang-format off
static const struct ct__option bench_options[] = {
    {"max-frames", 0, CT__OPTION_INT, offsetof(struct bench, max_frames), .most = INFINITY,
     .unit = "frames", .help = "end a round after so many; 0: no end"},
    {"json", 0, CT__OPTION_FLAG, offsetof(struct bench, json), .help = "print JSON"},
    {NULL},
};

static const struct ct__option round_options[] = {
    {"rounds", 0, CT__OPTION_INT, offsetof(struct bench, rounds), .preset = "3", .least = 1,
     .most = MOST_ROUNDS, .help = "measure so often and report the median"},
    {NULL},
};

static const struct ct__option *const throughput_groups[] = {
    ct__model_options, ct__folder_options, round_options, bench_options, ct__backend_options,
    ct__open_options, ct__library_options, ct__run_options, ct__core_options, ct__log_options, NULL,
};

static const struct ct__option *const stages_groups[] = {
    ct__model_options, ct__folder_options, bench_options, ct__backend_options, ct__open_options,
    ct__library_options, ct__run_options, ct__core_options, ct__log_options, NULL,
};

const struct ct__command ct__command_bench_throughput = {
    .name = "bench throughput",
    .operands = "INPUT...",
    .summary = "measure answers a second, CPU, latency and memory",
    .least_operands = 1,
    .most_operands = -1,
    .groups = throughput_groups,
    .run = throughput,
    .size = sizeof(struct bench),
};

const struct ct__command ct__command_bench_stages = {
    .name = "bench stages",
    .operands = "INPUT...",
    .summary = "measure where the time of a run goes",
    .least_operands = 1,
    .most_operands = -1,
    .groups = stages_groups,
    .run = stages,
    .size = sizeof(struct bench),
};
