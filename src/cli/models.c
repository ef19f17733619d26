// SPDX-License-Identifier: Apache-2.0
// chiton models: what can be asked for by name, getting it, checking it, finding it.
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/interrupt.h"
#include "cli/known.h"

enum { MOST_NAMES = 64 };

struct models {
    struct ct__common common;
    const char *url;
    int64_t timeout;
    int json;
};

// Finds a known model; false if it is not here.
static bool installed(const struct models *models, const struct ct_known_model *model,
                      char path[PATH_MAX])
{
    char folders[CT__MODEL_FOLDERS][PATH_MAX];
    int count = ct__model_folders(models->common.model.folder, folders);
    for (int i = 0; i < count; i++)
        if (ct__known_path(model, folders[i], path) && ct__known_there(model, path))
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
                    (double)(model->bytes + model->decoder.bytes) / 1e6, model->licence,
                    model->family ? model->family : "-",
                    installed(models, model, path) ? path : "not here", "", model->help);
}

// The second file of a model whose first is at `path`, NULL where it is not here.
static void list_decoder(const struct ct_known_file *file, const char *path, struct ct__json *json)
{
    char own[PATH_MAX];
    ct__json_key(json, "decoder");
    ct__json_begin_object(json);
    ct__member_string(json, "url", file->url);
    ct__member_string(json, "sha256", file->sha256);
    ct__member_int(json, "bytes", file->bytes);
    ct__member_string(json, "path", path && ct__model_decoder(path, own) ? own : NULL);
    ct__json_end_object(json);
}

static void list_json(const struct models *models, const struct ct_known_model *model,
                      struct ct__json *json)
{
    char path[PATH_MAX];
    bool here = installed(models, model, path);
    ct__json_begin_object(json);
    ct__member_string(json, "name", model->name);
    ct__member_string(json, "url", model->url);
    ct__member_string(json, "sha256", model->sha256);
    ct__member_int(json, "bytes", model->bytes);
    ct__member_string(json, "licence", model->licence);
    ct__member_string(json, "family", model->family);
    ct__member_string(json, "help", model->help);
    ct__member_string(json, "path", here ? path : NULL);
    if (model->decoder.url)
        list_decoder(&model->decoder, here ? path : NULL, json);
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

static int pull_one(const struct models *models, const char *name)
{
    char folders[CT__MODEL_FOLDERS][PATH_MAX], path[PATH_MAX];
    const struct ct_known_model *model = ct_known_model_find(name);
    if (!model)
        return fail_unknown(name);
    ct__model_folders(models->common.model.folder, folders);
    if (!ct__known_path(model, folders[0], path))
        return ct__fail(CT_ERROR_LIMIT, name, "path too long: %s", folders[0]);
    int error = ct__known_pull(model, path, &(struct ct__pull){models->url, models->timeout});
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
    int error = ct__known_check(model, path);
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
     .help = "fetch the one model from here, in two files its encoder, with the decoder beside it; "
             "else from its publisher"},
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
        "A file appears under its name when its SHA-256 is right; of a model in two files, the one "
        "that -m means is the last. What a pull that was interrupted has left is not fetched "
        "again. Proxies come from https_proxy, http_proxy, no_proxy.",
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
