// SPDX-License-Identifier: Apache-2.0
// One run of an engine over the inputs of a command line: detect does it once, bench in rounds.
#include "cli/job.h"

#include <limits.h>
#include <math.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

static int add_stream(ct_engine *engine, const struct ct__job *job, struct ct__progress *progress)
{
    char model[PATH_MAX];
    struct ct_stream_params params = {
        .more_inputs = job->inputs.items + 1,
        .model = model,
        .outputs = job->outputs,
        .draw = job->draw,
        .track = job->track,
        .segment_s = job->segment_s,
        .every = (int)job->every,
        .max_frames = job->max_frames,
        .max_pixels = job->max_pixels,
        .raw = job->raw,
        .video_stream = (int)job->video_stream,
        .cutout = job->cutout,
        .recursive = job->recursive,
        .watch = job->watch,
        .results_only = 1,
    };
    if (job->progress) {
        params.on_result = ct__progress_result;
        params.opaque = progress;
    }
    int error = ct__model_find(job->common, model);
    if (!error)
        error = ct__model_params_read(job->common, &params.model_params);
    return error ? error : ct_engine_add_stream(engine, job->inputs.items[0], &params);
}

// The engine has told each failure where it happened. This line says how much of the work it was,
// where it was not all.
static void sum_up(const struct ct_stream_stats *total)
{
    double all = ct__progress_done(total);
    if (total->failed && all > 1)
        ct__log(CT_LOG_ERROR, "", "%.0f of %.0f frames failed", fmin((double)total->failed, all),
                all);
}

static int run(ct_engine *engine, const struct ct__job *job, struct ct__progress *progress,
               struct ct__job_report *report)
{
    int64_t wall_ns = ct__now_ns(), cpu_ns = ct__process_cpu_ns();
    ct__progress_start(progress, engine);
    ct__interrupt_watch(engine);
    int error = ct_engine_run(engine);
    ct__interrupt_watch(NULL);
    if (job->progress)
        ct__progress_end(progress);
    report->wall_ns = ct__now_ns() - wall_ns;
    report->cpu_ns = ct__process_cpu_ns() - cpu_ns;
    ct_engine_stats(engine, &report->stats);
    sum_up(&report->stats.total);
    bool ended = job->watch && ct__interrupt_signal() == SIGTERM; // as it is meant to end
    if (ct__interrupted() && !ended)
        return CT__EXIT_INTERRUPTED;
    bool failed = (error && !ended) || report->stats.total.failed;
    return failed ? CT__EXIT_FAILED : CT__EXIT_DONE;
}

int ct__job_run(const struct ct__job *job, struct ct__job_report *report)
{
    ct_engine *engine = NULL;
    struct ct__progress progress = {.every = job->every, .max_frames = job->max_frames};
    const struct ct_engine_params params = {
        .lanes = (int)job->common->run.lanes,
        .cpus = job->common->run.cpus,
        .trace = job->common->run.trace,
        .metrics = job->common->run.metrics,
        .wake_signal = ct__interrupt_lend(),
    };
    int error = ct_engine_create(&engine, &params);
    if (!error)
        error = add_stream(engine, job, &progress);
    int code = error < 0 ? ct__exit_code(error) : run(engine, job, &progress, report);
    ct_engine_destroy(&engine);
    return code;
}
