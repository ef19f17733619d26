// SPDX-License-Identifier: Apache-2.0
// What commands share. An option that two commands have is declared here once.
#include "cli/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chiton/machine.h>

#include "base/cores.h"
#include "base/log.h"
#include "base/thread.h"

enum { MOST_CORES = 1024 };

int ct__exit_code(int error)
{
    if (error == CT_OK)
        return CT__EXIT_DONE;
    return error == CT_ERROR_INVALID ? CT__EXIT_USAGE : CT__EXIT_FAILED;
}

int ct__model_find(const struct ct__common *common, char path[PATH_MAX])
{
    const struct ct__model_wish wish = {.name = common->model.name, .given = common->model.folder};
    char why[3 * PATH_MAX];
    if (!wish.name || !wish.name[0])
        return ct__fail(CT_ERROR_INVALID, "--model", "missing: name the model to use");
    int error = ct__model_path(&wish, path, why, sizeof why);
    const struct ct_known_model *known = error ? ct_known_model_find(wish.name) : NULL;
    if (known)
        return ct__fail(error, wish.name,
                        "not here yet: `chiton models pull %s` fetches it (%.1f MB)", known->name,
                        (double)(known->bytes + known->decoder.bytes) / 1e6);
    return error ? ct__fail(error, wish.name, "%s", why) : CT_OK;
}

// "640x480" to two numbers.
static int size_read(const char *text, int *width, int *height)
{
    int w = 0, h = 0;
    const char *end = ct__parse_size(text, &w, &h);
    if (!end || *end || w < 1 || h < 1 || w > 65535 || h > 65535)
        return ct__fail(CT_ERROR_INVALID, "--size",
                        "%s: expected WIDTHxHEIGHT in pixels, as in 640x480", text);
    *width = w;
    *height = h;
    return CT_OK;
}

// Threads per run where no option of ours says: what OpenMP programs are told, if it is a plain
// number.
static int threads_preset(void)
{
    const char *text = getenv("OMP_NUM_THREADS");
    int64_t threads;
    return text && ct__parse_int(text, &threads) && threads > 0 && threads <= 256 ? (int)threads
                                                                                  : 0;
}

int ct__model_params_read(const struct ct__common *common, struct ct_model_params *params)
{
    struct ct_model_params read = {
        .backend = common->open.backend,
        .family = common->open.family,
        .labels = common->open.labels,
        .classes = common->open.classes,
        .conf = (float)common->open.conf,
        .iou = (float)common->open.iou,
        .max_objects = (int)common->open.max_objects,
        .threads = common->open.threads ? (int)common->open.threads : threads_preset(),
    };
    if (common->open.size) {
        int error = size_read(common->open.size, &read.width, &read.height);
        if (error)
            return error;
    }
    if (common->open.ort_library) {
        int error = ct_machine_set_ort(common->open.ort_library);
        if (error)
            return error;
    }
    *params = read;
    return CT_OK;
}

int ct__cpus_bind(const char *list)
{
    int cores[MOST_CORES];
    int count = list ? ct__cores_parse(list, cores, MOST_CORES) : 0;
    return count > 0 ? ct__thread_bind(cores, count) : count;
}

int ct__print(struct ct__text *text)
{
    int error = text->failed ? ct__fail_memory("standard output") : CT_OK;
    if (!error && (fwrite(text->data, 1, text->length, stdout) != text->length || fflush(stdout)))
        error = ct__fail(CT_ERROR_IO, "standard output", "%s", strerror(errno));
    ct__text_finish(text);
    return ct__exit_code(error);
}

// clang-format off
#define AT(member) offsetof(struct ct__common, member)

const struct ct__option ct__log_options[] = {
    {"log-level", 0, CT__OPTION_CHOICE, AT(log.level), .choices = "none,error,warn,info,debug",
     .help = "how much to say on standard error; default warn"},
    {"log-json", 0, CT__OPTION_FLAG, AT(log.json), .help = "say it as one line of JSON a message"},
    {NULL},
};

const struct ct__option ct__model_options[] = {
    {"model", 'm', CT__OPTION_STRING, AT(model.name), .argument = "MODEL",
     .help = "model file, or the name of one in the model folders"},
    {NULL},
};

const struct ct__option ct__folder_options[] = {
    {"model-dir", 0, CT__OPTION_STRING, AT(model.folder), .argument = "DIR",
     .help = "model folder to look in before $XDG_DATA_HOME/chiton/models"},
    {NULL},
};

const struct ct__option ct__backend_options[] = {
    {"backend", 0, CT__OPTION_CHOICE, AT(open.backend), .preset = "auto",
     .choices = "auto,ort,fake", .help = "what runs the model"},
    {NULL},
};

const struct ct__option ct__open_options[] = {
    {"family", 0, CT__OPTION_STRING, AT(open.family), .argument = "NAME",
     .help = "family of the model; else recognised from the file"},
    {"labels", 0, CT__OPTION_STRING, AT(open.labels), .argument = "FILE",
     .help = "names of the classes, one a line; else the model's own"},
    {"classes", 0, CT__OPTION_STRING, AT(open.classes), .argument = "LIST",
     .help = "keep these classes only: labels or numbers, comma separated"},
    {"conf", 0, CT__OPTION_FLOAT, AT(open.conf), .most = 1,
     .help = "least score of an object; 0: the family's own"},
    {"iou", 0, CT__OPTION_FLOAT, AT(open.iou), .most = 1,
     .help = "overlap above which the lower score goes; 0: the family's own"},
    {"size", 0, CT__OPTION_STRING, AT(open.size), .argument = "WxH", .unit = "pixels",
     .help = "input of a model that leaves it open; else the family's own"},
    {"max-objects", 0, CT__OPTION_INT, AT(open.max_objects), .most = 10000,
     .help = "at most this many a frame, the best first; 0: the family's own"},
    {"threads", 0, CT__OPTION_INT, AT(open.threads), .most = 256, .unit = "threads",
     .help = "threads for each run of the model; 0: one, or OMP_NUM_THREADS"},
    {NULL},
};

const struct ct__option ct__library_options[] = {
    {"ort-library", 0, CT__OPTION_STRING, AT(open.ort_library), .argument = "FILE",
     .help = "ONNX Runtime library to load; else the build's or the system's"},
    {NULL},
};

const struct ct__option ct__run_options[] = {
    {"lanes", 0, CT__OPTION_INT, AT(run.lanes), .most = 256, .unit = "threads",
     .help = "frames in work at the same time; 0: one for each usable core"},
    {"trace", 0, CT__OPTION_STRING, AT(run.trace), .argument = "FILE",
     .help = "write what each thread did when, as Chrome trace events"},
    {"metrics", 0, CT__OPTION_STRING, AT(run.metrics), .argument = "FILE",
     .help = "write counters in Prometheus' text format, every few seconds and at the end"},
    {NULL},
};

const struct ct__option ct__core_options[] = {
    {"cpus", 0, CT__OPTION_STRING, AT(run.cpus), .argument = "LIST",
     .help = "use these cores alone, as in 0-3,6; each lane keeps to its share"},
    {NULL},
};
