// SPDX-License-Identifier: Apache-2.0
// chiton cutout: pictures and clips without their background.
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chiton/machine.h>
#include <chiton/media.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/prompts.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/job.h"
#include "cli/talk.h"

enum { REDRAW_NS = 200 * 1000 * 1000 };

struct cutout {
    struct ct__common common;
    const char *output;
    int only_mask, post_process_mask, keep_colours, alpha_matting, overwrite, watch, explain;
    int64_t foreground, background, erode;
    const char *colour, *backdrop, *format, *clip_format, *raw, *extras;
    struct ct__option_list points, boxes;
    int64_t max_frames, max_pixels, video_stream;
};

// ---- the plan

// How the cores are used, and the reason in words.
struct plan {
    int lanes, threads;
    char why[160];
};

static bool is_piped(struct ct__option_list inputs)
{
    return inputs.count == 1 && strcmp(inputs.items[0], "-") == 0;
}

// Whether an input is one file of one picture. What is wrong with it is told when it is read.
static bool is_picture(const char *input)
{
    struct stat status;
    struct ct_media_info info = {0};
    if (stat(input, &status) || !S_ISREG(status.st_mode))
        return false;
    ct__talk_silence(true);
    int error = ct_media_read(input, &info);
    ct__talk_silence(false);
    return !error && info.is_picture;
}

// How many pictures the inputs are for sure, if they are fewer than `most`, else 0: a folder, a
// clip or a pipe may be many.
static int count_pictures(struct ct__option_list inputs, int most)
{
    if (inputs.count >= most)
        return 0;
    for (int i = 0; i < inputs.count; i++)
        if (!is_picture(inputs.items[i]))
            return 0;
    return inputs.count;
}

// One picture gets all cores; so many that each core has one get a core each, which costs the least
// CPU time; what is between shares.
static int make_plan(const struct cutout *cutout, struct ct__option_list inputs, struct plan *plan)
{
    struct ct_machine machine;
    int error = ct_machine_read(&machine);
    int cores = error ? 1 : machine.cores_usable;
    const struct ct__common *common = &cutout->common;
    bool piped = is_piped(inputs) && !cutout->raw;
    int pictures = piped ? 1 : count_pictures(inputs, cores);
    plan->lanes = pictures ? pictures : cores;
    plan->threads = cores / plan->lanes;
    if (pictures)
        snprintf(plan->why, sizeof plan->why, "%d picture%s, %d usable cores: they work together",
                 pictures, pictures > 1 ? "s" : "", cores);
    else
        snprintf(plan->why, sizeof plan->why, "many pictures, %d usable cores: one each", cores);
    if (common->run.lanes || common->open.threads) {
        plan->lanes = common->run.lanes ? (int)common->run.lanes : plan->lanes;
        plan->threads = common->open.threads ? (int)common->open.threads : cores / plan->lanes;
        plan->threads = plan->threads > 0 ? plan->threads : 1;
        snprintf(plan->why, sizeof plan->why, "as asked for, %d usable cores", cores);
    }
    return error;
}

static int explain(const struct plan *plan, const char *cpus)
{
    struct ct__text text = {0};
    ct__text_printf(&text, "%d lane%s x %d thread%s a run, %s%s: %s\n", plan->lanes,
                    plan->lanes > 1 ? "s" : "", plan->threads, plan->threads > 1 ? "s" : "",
                    cpus ? "bound to " : "not bound to cores", cpus ? cpus : "", plan->why);
    return ct__print(&text);
}

// ---- options

static int read_colour(const char *text, struct ct_cutout_params *params)
{
    params->has_colour = 1;
    if (ct__parse_colour(text, params->colour))
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, "--bgcolor",
                    "%s: expected R,G,B or R,G,B,A, 0 to 255 each, as in 255,255,255,255", text);
}

static int fail_prompt(const char *option, const char *why)
{
    return ct__fail(CT_ERROR_INVALID, option, "%s", why);
}

// What is meant of the picture.
static int read_prompts(const struct cutout *cutout, struct ct__prompt_list *list)
{
    const char *extras = cutout->extras;
    char why[256];
    for (int i = 0; i < cutout->points.count; i++)
        if (!ct__prompts_add_point(list, cutout->points.items[i], why, sizeof why))
            return fail_prompt("--point", why);
    for (int i = 0; i < cutout->boxes.count; i++)
        if (!ct__prompts_add_box(list, cutout->boxes.items[i], why, sizeof why))
            return fail_prompt("--box", why);
    if (extras && !ct__prompts_read_extras(list, extras, strlen(extras), why, sizeof why))
        return fail_prompt("--extras", why);
    return CT_OK;
}

// Draws how far the edge of a picture is, at most five times a second, and ends it when the program
// is interrupted.
static int show_edge(void *opaque, double share)
{
    static atomic_llong next_ns;
    char text[64];
    (void)opaque;
    int64_t now_ns = ct__now_ns();
    long long due_ns = atomic_load(&next_ns);
    if (isatty(STDERR_FILENO) && now_ns >= due_ns &&
        atomic_compare_exchange_strong(&next_ns, &due_ns, now_ns + REDRAW_NS)) {
        snprintf(text, sizeof text, "alpha matting  %.0f %%", share * 100);
        ct__talk_status(text);
    }
    return ct__interrupted();
}

static int read_params(const struct cutout *cutout, const struct ct__prompt_list *prompts,
                       struct ct_cutout_params *params)
{
    *params = (struct ct_cutout_params){
        .only_mask = cutout->only_mask,
        .post_process_mask = cutout->post_process_mask,
        .keep_colours = cutout->keep_colours,
        .background = cutout->backdrop,
        .alpha_matting = cutout->alpha_matting,
        .foreground_threshold = (int)cutout->foreground,
        .background_threshold = cutout->background ? (int)cutout->background : -1,
        .erode_size = cutout->erode ? (int)cutout->erode : -1,
        .overwrite = cutout->overwrite,
        .raw = cutout->raw != NULL,
        .prompts = prompts->items,
        .prompt_count = prompts->count,
        .on_edge = show_edge,
    };
    if (cutout->colour && cutout->backdrop)
        return ct__fail(CT_ERROR_INVALID, "cutout",
                        "--bgcolor and --background: expected one of them");
    return cutout->colour ? read_colour(cutout->colour, params) : CT_OK;
}

// A format as its ending, dot or none.
static const char *ending_of(const char *format, char text[16])
{
    if (format && format[0])
        snprintf(text, 16, "%s%s", format[0] == '.' ? "" : ".", format);
    return format && format[0] ? text : NULL;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// Where the cut-outs go, as the engine wants it said: several inputs and folders make a folder of
// what has no form of its own.
static int read_output(const struct cutout *cutout, struct ct__option_list inputs,
                       struct ct__text *output)
{
    const char *to = cutout->output;
    if (!to && !is_piped(inputs))
        return ct__fail(CT_ERROR_INVALID, "cutout", "say where to: -o OUT");
    to = to ? to : "-";
    const char *last = strrchr(to, '/');
    bool bare = strcmp(to, "-") != 0 && !strchr(last ? last : to, '.');
    bool folder = bare && (inputs.count > 1 || is_folder(inputs.items[0]));
    ct__text_printf(output, "cutout:%s%s", to, folder ? "/" : "");
    return output->failed ? ct__fail_memory("cutout") : CT_OK;
}

// What is written must not be what is waited for.
static int check_watch(const struct cutout *cutout, struct ct__option_list inputs)
{
    struct stat input, output;
    if (!cutout->watch)
        return CT_OK;
    if (inputs.count != 1 || stat(inputs.items[0], &input) || !S_ISDIR(input.st_mode))
        return ct__fail(CT_ERROR_INVALID, "--watch", "expected one INPUT, a folder");
    if (stat(cutout->output, &output) == 0 && input.st_dev == output.st_dev &&
        input.st_ino == output.st_ino)
        return ct__fail(CT_ERROR_INVALID, "--watch", "%s: expected another folder than INPUT",
                        cutout->output);
    return CT_OK;
}

static int run(const struct cutout *cutout, struct ct__option_list inputs, const char *output,
               struct ct_cutout_params *params)
{
    char format[16], clip_format[16], raw[64];
    struct ct__job_report report;
    struct ct__common common = cutout->common;
    const char *const outputs[] = {output, NULL};
    struct plan plan;
    params->format = ending_of(cutout->format, format);
    params->clip_format = ending_of(cutout->clip_format, clip_format);
    int error = ct__cpus_bind(common.run.cpus);
    if (error)
        return ct__exit_code(error);
    make_plan(cutout, inputs, &plan);
    if (cutout->explain)
        return explain(&plan, common.run.cpus);
    if (cutout->raw)
        snprintf(raw, sizeof raw, "%s%s", cutout->raw, strchr(cutout->raw, ',') ? "" : ",rgb");
    common.run.lanes = plan.lanes;
    common.open.threads = params->threads = plan.threads;
    const struct ct__job job = {
        .common = &common,
        .inputs = inputs,
        .outputs = outputs,
        .cutout = params,
        .recursive = 1,
        .watch = cutout->watch,
        .max_frames = cutout->max_frames,
        .max_pixels = cutout->max_pixels,
        .raw = cutout->raw ? raw : NULL,
        .video_stream = cutout->video_stream,
        .progress = isatty(STDERR_FILENO),
    };
    return ct__job_run(&job, &report);
}

static int cutout(void *options, struct ct__option_list operands)
{
    struct cutout *cutout = options;
    struct ct__prompt_list prompts = {0};
    struct ct_cutout_params params;
    struct ct__text output = {0};
    char model[96];
    int error = read_prompts(cutout, &prompts);
    error = error ? error : read_params(cutout, &prompts, &params);
    cutout->common.model.name = ct__prompts_model(&prompts, cutout->common.model.name, model);
    error = error ? error : read_output(cutout, operands, &output);
    error = error ? error : check_watch(cutout, operands);
    int code = error ? ct__exit_code(error) : run(cutout, operands, output.data, &params);
    ct__text_finish(&output);
    return code;
}

// clang-format off
static const struct ct__option cutout_options[] = {
    {"output", 'o', CT__OPTION_STRING, offsetof(struct cutout, output), .argument = "OUT",
     .help = "where the cut-out goes; of standard input without it to standard output"},
    {"model", 'm', CT__OPTION_STRING, offsetof(struct cutout, common.model.name),
     .argument = "MODEL", .preset = "u2netp",
     .help = "model file that makes mattes, or the name of one in the model folders"},
    {"point", 0, CT__OPTION_LIST, offsetof(struct cutout, points), .argument = "X,Y[:LABEL]",
     .help = "what is meant is at this pixel, or with :0 is not; for models like SAM"},
    {"box", 0, CT__OPTION_LIST, offsetof(struct cutout, boxes), .argument = "X1,Y1,X2,Y2",
     .help = "what is meant is within this box"},
    {"extras", 'x', CT__OPTION_STRING, offsetof(struct cutout, extras), .argument = "JSON",
     .help = "the same as rembg has it: sam_prompt, sam_model, sam_quant"},
    {"only-mask", 0, CT__OPTION_FLAG, offsetof(struct cutout, only_mask),
     .help = "write the mask, grey, instead of the picture"},
    {"post-process-mask", 0, CT__OPTION_FLAG, offsetof(struct cutout, post_process_mask),
     .help = "smooth the mask and make it hard"},
    {"keep-colours", 0, CT__OPTION_FLAG, offsetof(struct cutout, keep_colours),
     .help = "set alpha alone; else colours of pictures are multiplied by the mask too"},
    {"bgcolor", 0, CT__OPTION_STRING, offsetof(struct cutout, colour), .argument = "R,G,B,A",
     .help = "lay the cut-out over this colour"},
    {"background", 0, CT__OPTION_STRING, offsetof(struct cutout, backdrop), .argument = "IMAGE",
     .help = "lay the cut-out over this picture, scaled until it covers"},
    {"alpha-matting", 'a', CT__OPTION_FLAG, offsetof(struct cutout, alpha_matting),
     .help = "estimate hair and fur at the edge of the mask; slow"},
    {"foreground-threshold", 'f', CT__OPTION_INT, offsetof(struct cutout, foreground),
     .preset = "240", .least = 1, .most = 255, .help = "matting: above it the mask is foreground"},
    {"background-threshold", 'b', CT__OPTION_INT, offsetof(struct cutout, background),
     .preset = "10", .most = 255, .help = "matting: below it the mask is background"},
    {"erode-size", 'e', CT__OPTION_INT, offsetof(struct cutout, erode), .preset = "10",
     .most = 1000, .unit = "pixels", .help = "matting: how much both shrink"},
    {"format", 0, CT__OPTION_STRING, offsetof(struct cutout, format), .preset = "png",
     .argument = "NAME", .help = "of pictures in DIR/ or on standard output: png webp tif jpg exr"},
    {"clip-format", 0, CT__OPTION_STRING, offsetof(struct cutout, clip_format), .preset = "mov",
     .argument = "NAME", .help = "of clips in DIR/: mov webm, without alpha also mp4 mkv"},
    {"overwrite", 0, CT__OPTION_FLAG, offsetof(struct cutout, overwrite),
     .help = "in DIR/ also make what is there and not older than its input"},
    {"watch", 0, CT__OPTION_FLAG, offsetof(struct cutout, watch),
     .help = "then wait for further files in the folder INPUT, until interrupted"},
    {"raw", 0, CT__OPTION_STRING, offsetof(struct cutout, raw), .argument = "WxH",
     .help = "INPUT is RGB of 8 bits without headers, standard output gets RGBA like it"},
    {"max-frames", 0, CT__OPTION_INT, offsetof(struct cutout, max_frames), .most = INFINITY,
     .unit = "frames", .help = "end after so many; 0: no end"},
    {"max-pixels", 0, CT__OPTION_INT, offsetof(struct cutout, max_pixels), .preset = "268435456",
     .least = 1, .most = 4294836225.0, .unit = "pixels", .help = "refuse larger pictures"},
    {"video-stream", 0, CT__OPTION_INT, offsetof(struct cutout, video_stream), .most = 1000,
     .help = "which video of clips with several; 1: the first, 0: the best"},
    {"explain-plan", 0, CT__OPTION_FLAG, offsetof(struct cutout, explain),
     .help = "only say how the cores would be used, and why"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    cutout_options, ct__folder_options, ct__backend_options, ct__open_options, ct__library_options,
    ct__run_options, ct__core_options, ct__log_options, NULL,
};

const struct ct__command ct__command_cutout = {
    .name = "cutout",
    .operands = "INPUT...",
    .summary = "cut pictures and clips out of their background",
    .details =
        "INPUT is a picture, a clip, a folder with all that is in it, a pattern, or - for standard "
        "input.\n"
        "OUT says by its form what is written: .png .webp .tif .jpg .exr a picture; .mov (ProRes "
        "4444) and .webm (VP9) a clip with alpha; frames/%04d.png a picture for each frame; - "
        "standard output; DIR/ a file for each input, in the same folders, named after it. What is "
        "in DIR/ and not older than its input is left alone: an interrupted run goes on where it "
        "ended.\n"
        "A model like SAM is told by points and boxes what is meant, in pixels of the upright "
        "picture; all of them mean one thing, and without any it is what is in the middle. Such a "
        "model has two files, NAME.encoder.onnx and beside it NAME.decoder.onnx; -m NAME means "
        "both, -m sam those that rembg uses or, where they are not here, sam_vit_b (`chiton models "
        "pull sam_vit_b`).",
    .least_operands = 1,
    .most_operands = -1,
    .groups = groups,
    .run = cutout,
    .size = sizeof(struct cutout),
};
