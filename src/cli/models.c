// SPDX-License-Identifier: Apache-2.0
// chiton models: what can be asked for by name, getting it, checking it, finding it.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/talk.h"

enum { REDRAW_NS = 200 * 1000 * 1000, MOST_NAMES = 64 };

struct models {
    struct ct__common common;
    const char *url;
    int64_t timeout;
    int json;
};

struct progress {
    const struct ct_known_model *model;
    bool terminal;
    int64_t start_ns, next_ns, first; // `first` bytes were here at the start
};

// Where the file of a known model is in a folder.
static bool file_in(const char *folder, const struct ct_known_model *model, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s.onnx", folder, model->name) < PATH_MAX;
}

// Finds the file of a known model; false if it is not here.
static bool installed(const struct models *models, const struct ct_known_model *model,
                      char path[PATH_MAX])
{
    char folders[CT__MODEL_FOLDERS][PATH_MAX];
    int count = ct__model_folders(models->common.model.folder, folders);
    for (int i = 0; i < count; i++)
        if (file_in(folders[i], model, path) && access(path, F_OK) == 0)
            return true;
    return false;
}

static int fail_unknown(const char *name)
{
    const struct ct_known_model *list;
    const char *names[MOST_NAMES + 1];
    int count = ct_known_model_list(&list);
    for (int i = 0; i < count && i < MOST_NAMES; i++)
        names[i] = list[i].name;
    names[count < MOST_NAMES ? count : MOST_NAMES] = NULL;
    const char *nearest = ct__nearest(name, names);
    if (nearest)
        return ct__fail(CT_ERROR_INVALID, name, "not a known model; did you mean %s?", nearest);
    return ct__fail(CT_ERROR_INVALID, name,
                    "not a known model: `chiton models list` shows those there are");
}

static void list_text(const struct models *models, const struct ct_known_model *model,
                      struct ct__text *text)
{
    char path[PATH_MAX];
    ct__text_printf(text, "%-21s %6.1f MB  %-23s %-11s %s\n%22s%s\n", model->name,
                    (double)model->bytes / 1e6, model->licence, model->family ? model->family : "-",
                    installed(models, model, path) ? path : "not here", "", model->help);
}

static void list_json(const struct models *models, const struct ct_known_model *model,
                      struct ct__json *json)
{
    char path[PATH_MAX];
    ct__json_begin_object(json);
    ct__member_string(json, "name", model->name);
    ct__member_string(json, "url", model->url);
    ct__member_string(json, "sha256", model->sha256);
    ct__member_int(json, "bytes", model->bytes);
    ct__member_string(json, "licence", model->licence);
    ct__member_string(json, "family", model->family);
    ct__member_string(json, "help", model->help);
    ct__member_string(json, "path", installed(models, model, path) ? path : NULL);
    ct__json_end_object(json);
}

static int list(void *options, struct ct__option_list operands)
{
    (void)operands;
    const struct models *models = options;
    const struct ct_known_model *known;
    int count = ct_known_model_list(&known);
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    if (models->json)
        ct__json_begin_array(&json);
    for (int i = 0; i < count; i++) {
        if (models->json)
            list_json(models, &known[i], &json);
        else
            list_text(models, &known[i], &text);
    }
    if (models->json) {
        ct__json_end_array(&json);
        ct__text_puts(&text, "\n");
    }
    return ct__print(&text);
}

// Whether a file is the known model. CT_ERROR_FORMAT says what it is instead.
static int check(const struct ct_known_model *model, const char *path)
{
    uint8_t digest[CT__HASH_SIZE];
    char text[2 * CT__HASH_SIZE + 1];
    int64_t bytes;
    int error = ct__hash_file(path, digest, &bytes);
    if (error)
        return error;
    ct__hash_text(digest, text);
    if (strcmp(text, model->sha256) == 0)
        return CT_OK;
    return ct__fail(CT_ERROR_FORMAT, model->name,
                    "%s is another file: %lld bytes, SHA-256 %s; expected %lld, %s", path,
                    (long long)bytes, text, (long long)model->bytes, model->sha256);
}

static bool show_progress(void *opaque, int64_t have)
{
    struct progress *progress = opaque;
    int64_t now_ns = ct__now_ns();
    if (have < 0 || !progress->terminal || now_ns < progress->next_ns)
        return ct__interrupted();
    if (!progress->next_ns) {
        progress->start_ns = now_ns;
        progress->first = have;
    }
    progress->next_ns = now_ns + REDRAW_NS;
    double seconds = (double)(now_ns - progress->start_ns) / 1e9;
    double rate = seconds > 0 ? (double)(have - progress->first) / seconds : 0;
    char line[128];
    snprintf(line, sizeof line, "%s  %.1f/%.1f MB  %.0f %%  %.1f MB/s", progress->model->name,
             (double)have / 1e6, (double)progress->model->bytes / 1e6,
             floor(100 * (double)have / (double)progress->model->bytes), rate / 1e6);
    ct__talk_status(line);
    return ct__interrupted();
}

static int fetch(const struct models *models, const struct ct_known_model *model, const char *path)
{
    struct progress progress = {.model = model, .terminal = isatty(STDERR_FILENO)};
    const struct ct__fetch fetch = {
        .name = model->name,
        .url = models->url ? models->url : model->url,
        .path = path,
        .sha256 = model->sha256,
        .bytes = model->bytes,
        .stall_seconds = models->timeout,
        .progress = show_progress,
        .opaque = &progress,
    };
    int error = ct__fetch_file(&fetch);
    ct__talk_status_end();
    return error;
}

static int pull_one(const struct models *models, const char *name)
{
    char folders[CT__MODEL_FOLDERS][PATH_MAX], path[PATH_MAX];
    const struct ct_known_model *model = ct_known_model_find(name);
    if (!model)
        return fail_unknown(name);
    ct__model_folders(models->common.model.folder, folders);
    if (!file_in(folders[0], model, path))
        return ct__fail(CT_ERROR_LIMIT, name, "path too long: %s", folders[0]);
    int error = access(path, F_OK) == 0 ? check(model, path) : fetch(models, model, path);
    if (!error && (printf("%s\n", path) < 0 || fflush(stdout)))
        error = ct__fail(CT_ERROR_IO, "standard output", "cannot write");
    return error;
}

static int pull(void *options, struct ct__option_list operands)
{
    const struct models *models = options;
    int code = CT__EXIT_DONE;
    if (models->url && operands.count > 1)
        return ct__exit_code(ct__fail(CT_ERROR_INVALID, "--url",
                                      "is the address of one model, %d are asked for",
                                      operands.count));
    for (int i = 0; i < operands.count && !ct__interrupted(); i++) {
        int error = pull_one(models, operands.items[i]);
        if (error)
            code = ct__exit_code(error);
    }
    return ct__interrupted() ? CT__EXIT_INTERRUPTED : code;
}

static int verify_file(const struct ct_known_model *model, const char *path)
{
    int error = check(model, path);
    if (error)
        return error;
    struct ct__text text = {0};
    ct__text_printf(&text, "%s  ok  %s\n", model->name, path);
    return ct__print(&text) ? CT_ERROR_IO : CT_OK;
}

static int verify_one(const struct models *models, const char *name)
{
    char path[PATH_MAX];
    const struct ct_known_model *model = ct_known_model_find(name);
    if (!model)
        return fail_unknown(name);
    if (!installed(models, model, path))
        return ct__fail(CT_ERROR_NOT_FOUND, name, "not here");
    return verify_file(model, path);
}

static int verify(void *options, struct ct__option_list operands)
{
    const struct models *models = options;
    const struct ct_known_model *known;
    int count = operands.count ? operands.count : ct_known_model_list(&known);
    int code = CT__EXIT_DONE;
    char path[PATH_MAX];
    for (int i = 0; i < count && !ct__interrupted(); i++) {
        int error = CT_OK;
        if (operands.count)
            error = verify_one(models, operands.items[i]);
        else if (installed(models, &known[i], path))
            error = verify_file(&known[i], path);
        if (error)
            code = ct__exit_code(error);
    }
    return ct__interrupted() ? CT__EXIT_INTERRUPTED : code;
}

static int print_path(void *options, struct ct__option_list operands)
{
    struct models *models = options;
    char path[PATH_MAX];
    models->common.model.name = operands.items[0];
    int error = ct__model_find(&models->common, path);
    if (error)
        return ct__exit_code(error);
    struct ct__text text = {0};
    ct__text_printf(&text, "%s\n", path);
    return ct__print(&text);
}

// clang-format off
static const struct ct__option list_options[] = {
    {"json", 0, CT__OPTION_FLAG, offsetof(struct models, json), .help = "print JSON"},
    {NULL},
};

static const struct ct__option pull_options[] = {
    {"url", 0, CT__OPTION_STRING, offsetof(struct models, url), .argument = "URL",
     .help = "fetch the one model from here; else from its publisher"},
    {"timeout", 0, CT__OPTION_INT, offsetof(struct models, timeout), .preset = "30", .least = 1,
     .most = 3600, .unit = "seconds", .help = "give up when nothing comes for so long"},
    {NULL},
};

static const struct ct__option *const list_groups[] = {
    list_options, ct__folder_options, ct__log_options, NULL,
};

static const struct ct__option *const pull_groups[] = {
    pull_options, ct__folder_options, ct__log_options, NULL,
};

static const struct ct__option *const groups[] = {ct__folder_options, ct__log_options, NULL};

const struct ct__command ct__command_models_list = {
    .name = "models list",
    .summary = "list the models that have a name: size, licence, family, where they are",
    .groups = list_groups,
    .run = list,
    .size = sizeof(struct models),
};

const struct ct__command ct__command_models_pull = {
    .name = "models pull",
    .operands = "NAME...",
    .summary = "fetch models by name and print where they are",
    .details =
        "A file appears under its name when its SHA-256 is right. What a pull that was interrupted "
        "has left is not fetched again. Proxies come from https_proxy, http_proxy, no_proxy.",
    .least_operands = 1,
    .most_operands = -1,
    .groups = pull_groups,
    .run = pull,
    .size = sizeof(struct models),
};

const struct ct__command ct__command_models_verify = {
    .name = "models verify",
    .operands = "[NAME...]",
    .summary = "compare the SHA-256 of models that are here; without NAME of all",
    .most_operands = -1,
    .groups = groups,
    .run = verify,
    .size = sizeof(struct models),
};

const struct ct__command ct__command_models_path = {
    .name = "models path",
    .operands = "NAME",
    .summary = "print the file that -m NAME means; exit code 1 if there is none",
    .least_operands = 1,
    .most_operands = 1,
    .groups = groups,
    .run = print_path,
    .size = sizeof(struct models),
};
