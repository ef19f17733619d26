// SPDX-License-Identifier: Apache-2.0
// chiton detect: objects in clips and pictures, one line of JSON a frame. All inputs are one
// stream.
#include <math.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/job.h"

struct detect {
    struct ct__common common;
    struct ct__option_list outputs;
    int draw, track;
    double segment_s;
    int64_t every, max_frames, max_pixels;
    const char *raw;
    int64_t video_stream;
};

static const char *const standard_output[] = {"-", NULL};

static int detect(void *options, struct ct__option_list operands)
{
    const struct detect *detect = options;
    struct ct__job_report report;
    const struct ct__job job = {
        .common = &detect->common,
        .inputs = operands,
        .outputs = detect->outputs.count ? detect->outputs.items : standard_output,
        .draw = detect->draw,
        .track = detect->track,
        .segment_s = detect->segment_s,
        .every = detect->every,
        .max_frames = detect->max_frames,
        .max_pixels = detect->max_pixels,
        .raw = detect->raw,
        .video_stream = detect->video_stream,
        // Where results scroll by, a status line among them would be noise.
        .progress = isatty(STDERR_FILENO) && (detect->outputs.count || !isatty(STDOUT_FILENO)),
    };
    int error = ct__cpus_bind(detect->common.run.cpus);
    return error ? ct__exit_code(error) : ct__job_run(&job, &report);
}

// clang-format off
static const struct ct__option detect_options[] = {
    {"output", 'o', CT__OPTION_LIST, offsetof(struct detect, outputs), .argument = "OUT",
     .help = "where results go, once or several times; else - (lines on standard output)"},
    {"draw", 0, CT__OPTION_FLAG, offsetof(struct detect, draw), .preset = "1",
     .help = "draw the objects into clips and pictures that are written"},
    {"track", 0, CT__OPTION_FLAG, offsetof(struct detect, track),
     .help = "follow objects: each gets an id that stays with it; a low --conf helps"},
    {"segment", 0, CT__OPTION_FLOAT, offsetof(struct detect, segment_s), .most = 1e6,
     .unit = "seconds", .help = "cut clips that are written into files of this length; 0: do not"},
    {"every", 0, CT__OPTION_INT, offsetof(struct detect, every), .preset = "1", .least = 1,
     .most = 1000000, .unit = "frames", .help = "look at one frame in so many"},
    {"max-frames", 0, CT__OPTION_INT, offsetof(struct detect, max_frames), .most = INFINITY,
     .unit = "frames", .help = "end after so many; 0: no end"},
    {"max-pixels", 0, CT__OPTION_INT, offsetof(struct detect, max_pixels), .preset = "268435456",
     .least = 1, .most = 4294836225.0, .unit = "pixels", .help = "refuse larger pictures"},
    {"raw", 0, CT__OPTION_STRING, offsetof(struct detect, raw), .argument = "WxH,FORMAT,FPS",
     .help = "inputs are pixels without headers, as in 640x480,rgb,25"},
    {"video-stream", 0, CT__OPTION_INT, offsetof(struct detect, video_stream), .most = 1000,
     .help = "which video of clips with several; 1: the first, 0: the best"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    ct__model_options, ct__folder_options, detect_options, ct__backend_options, ct__open_options,
    ct__library_options, ct__run_options, ct__core_options, ct__log_options, NULL,
};

const struct ct__command ct__command_detect = {
    .name = "detect",
    .operands = "INPUT...",
    .summary = "find objects in clips and pictures",
    .details =
        "INPUT is a clip, a picture, a folder or a pattern of them, or - for standard input. "
        "Several are read one after the other.\n"
        "OUT says by its form what is written: .jsonl, or - for standard output, a line a frame; "
        ".csv a row an object; .coco.json and .mot.txt what COCO's and MOTChallenge's tools read; "
        ".mp4 .mkv .mov .webm a clip (H.264, .mov ProRes, .webm VP9); .jpg .png a picture; DIR/ "
        "one of these for each input; crops:DIR a picture of each object; null: nothing; hash: a "
        "checksum of the lines.",
    .least_operands = 1,
    .most_operands = -1,
    .groups = groups,
    .run = detect,
    .size = sizeof(struct detect),
};
