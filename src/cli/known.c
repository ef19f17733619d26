// SPDX-License-Identifier: Apache-2.0
// One file after the other, the one that has the model's name last.
#include "cli/known.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/model_path.h"
#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/talk.h"

enum { REDRAW_NS = 200 * 1000 * 1000 };

// One file of a model, as it lies here.
struct part {
    struct ct_known_file file;
    char path[PATH_MAX];
};

struct progress {
    const struct ct_known_model *model;
    bool terminal;
    int64_t before;                   // bytes of files that are done
    int64_t start_ns, next_ns, first; // `first` bytes were here at the start
};

// Writes the files of the model at `path`, the decoder first; returns how many.
static int parts_of(const struct ct_known_model *model, const char *path, struct part parts[2])
{
    int count = 0;
    if (model->decoder.url && ct__model_decoder(path, parts[0].path))
        parts[count++].file = model->decoder;
    parts[count].file = (struct ct_known_file){model->url, model->sha256, model->bytes};
    snprintf(parts[count].path, sizeof parts[count].path, "%s", path);
    return count + 1;
}

bool ct__known_path(const struct ct_known_model *model, const char *folder, char path[PATH_MAX])
{
    const char *ending = model->decoder.url ? ".encoder.onnx" : ".onnx";
    return snprintf(path, PATH_MAX, "%s/%s%s", folder, model->name, ending) < PATH_MAX;
}

bool ct__known_there(const struct ct_known_model *model, const char *path)
{
    struct part parts[2];
    int count = parts_of(model, path, parts), there = 0;
    for (int i = 0; i < count; i++)
        there += access(parts[i].path, F_OK) == 0;
    return there == count;
}

static int check(const struct ct_known_model *model, const struct part *part)
{
    uint8_t digest[CT__HASH_SIZE];
    char text[2 * CT__HASH_SIZE + 1];
    int64_t bytes;
    int error = ct__hash_file(part->path, digest, &bytes);
    if (error)
        return error;
    ct__hash_text(digest, text);
    if (strcmp(text, part->file.sha256) == 0)
        return CT_OK;
    return ct__fail(CT_ERROR_FORMAT, model->name,
                    "%s is another file: %lld bytes, SHA-256 %s; expected %lld, %s", part->path,
                    (long long)bytes, text, (long long)part->file.bytes, part->file.sha256);
}

int ct__known_check(const struct ct_known_model *model, const char *path)
{
    struct part parts[2];
    int count = parts_of(model, path, parts), error = CT_OK;
    for (int i = 0; i < count && !error; i++)
        error = access(parts[i].path, F_OK)
                    ? ct__fail(CT_ERROR_NOT_FOUND, model->name, "%s is not here", parts[i].path)
                    : check(model, &parts[i]);
    return error;
}

// ---- fetching

static bool show_progress(void *opaque, int64_t have)
{
    struct progress *progress = opaque;
    int64_t now_ns = ct__now_ns();
    if (have < 0 || !progress->terminal || now_ns < progress->next_ns)
        return ct__interrupted();
    have += progress->before;
    if (!progress->next_ns) {
        progress->start_ns = now_ns;
        progress->first = have;
    }
    progress->next_ns = now_ns + REDRAW_NS;
    double seconds = (double)(now_ns - progress->start_ns) / 1e9;
    double rate = seconds > 0 ? (double)(have - progress->first) / seconds : 0;
    double all = (double)(progress->model->bytes + progress->model->decoder.bytes);
    char line[128];
    snprintf(line, sizeof line, "%s  %.1f/%.1f MB  %.0f %%  %.1f MB/s", progress->model->name,
             (double)have / 1e6, all / 1e6, floor(100 * (double)have / all), rate / 1e6);
    ct__talk_status(line);
    return ct__interrupted();
}

static int fetch(const struct part *part, const char *url, int64_t stall_seconds,
                 struct progress *progress)
{
    const struct ct__fetch fetch = {
        .name = progress->model->name,
        .url = url,
        .path = part->path,
        .sha256 = part->file.sha256,
        .bytes = part->file.bytes,
        .stall_seconds = stall_seconds,
        .progress = show_progress,
        .opaque = progress,
    };
    int error = ct__fetch_file(&fetch);
    ct__talk_status_end();
    return error;
}

// Puts the address of somebody else in the place of the publisher's.
static int redirect(const char *name, const char *urls[2], int count, const char *url,
                    char decoder[PATH_MAX])
{
    if (count == 2 && !ct__model_decoder(url, decoder))
        return ct__fail(CT_ERROR_INVALID, "--url",
                        "%s has two files: expected the address of its encoder, from which "
                        "\"decoder\" in the place of \"encoder\" makes that of the other",
                        name);
    urls[0] = decoder;
    urls[count - 1] = url;
    return CT_OK;
}

int ct__known_pull(const struct ct_known_model *model, const char *path,
                   const struct ct__pull *pull)
{
    struct progress progress = {.model = model, .terminal = isatty(STDERR_FILENO)};
    struct part parts[2];
    char decoder[PATH_MAX];
    int count = parts_of(model, path, parts);
    const char *urls[2] = {parts[0].file.url, parts[count - 1].file.url};
    int error = pull->url ? redirect(model->name, urls, count, pull->url, decoder) : CT_OK;
    for (int i = 0; i < count && !error; i++) {
        error = access(parts[i].path, F_OK) == 0
                    ? check(model, &parts[i])
                    : fetch(&parts[i], urls[i], pull->stall_seconds, &progress);
        progress.before += parts[i].file.bytes;
    }
    return error;
}
