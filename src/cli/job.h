// SPDX-License-Identifier: Apache-2.0
// One run of an engine over the inputs of a command line.
#ifndef CT_CLI_JOB_H
#define CT_CLI_JOB_H

#include <chiton/engine.h>

#include "cli/common.h"

struct ct__job {
    const struct ct__common *common;
    struct ct__option_list inputs; // at least one; read as one stream
    const char *const *outputs;    // ends with NULL
    int draw, track;
    double segment_s;
    int64_t every, max_frames, max_pixels;
    const char *raw; // form of inputs without headers, or NULL
    int64_t video_stream;
    const struct ct_cutout_params *cutout; // for an output "cutout:...", or NULL
    int watch;     // the input is a folder in which further files are waited for
    int recursive; // folders mean those in them too
    bool progress; // show the status line
};

struct ct__job_report {
    struct ct_engine_stats stats;
    int64_t wall_ns, cpu_ns; // of the run alone: the model is open before it starts
};

// Sets the engine up, runs it and tells what failed. Returns the exit code; the report is written
// unless the job could not be set up.
int ct__job_run(const struct ct__job *job, struct ct__job_report *report);

#endif
