// SPDX-License-Identifier: Apache-2.0
// Results as lines of JSON, in a file or on standard output. A terminal sees each line at once;
// files and pipes get them in blocks. A line is written whole or, if memory ran out, not at all.
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "sinks/sink.h"

#include <errno.h>
#include <string.h>

static const char prefix[] = "jsonl:";

struct jsonl {
    struct ct__sink base;
    struct ct__out out;
    struct ct__text line;
    bool failed;
};

static int match(const char *output)
{
    if (strcmp(output, "-") == 0 || strncmp(output, prefix, strlen(prefix)) == 0)
        return 100;
    return ct__ends_with(output, ".jsonl") ? 80 : 0;
}

static int open_jsonl(struct ct__sink **out, const char *output,
                      const struct ct__sink_params *params)
{
    (void)params;
    bool prefixed = strncmp(output, prefix, strlen(prefix)) == 0;
    const char *path = prefixed ? output + strlen(prefix) : output;
    if (!*path)
        return ct__fail(CT_ERROR_INVALID, output, "names no file: jsonl:PATH or jsonl:-");
    struct jsonl *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    int error = ct__out_open(&self->out, path);
    if (error) {
        ct__free(self);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

static int write_jsonl(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct jsonl *self = (struct jsonl *)sink;
    const char *path = self->out.path;
    int error = ct__sink_line(&self->line, item->result, path);
    if (error)
        return error;
    if (fwrite(self->line.data, 1, self->line.length, self->out.file) == self->line.length)
        return CT_OK;
    self->failed = true;
    return ct__fail(CT_ERROR_IO, path, "cannot write: %s", strerror(errno));
}

static int close_jsonl(struct ct__sink *sink, bool complete)
{
    struct jsonl *self = (struct jsonl *)sink;
    (void)complete; // lines are whole, so that an interrupted file is good as well
    int error = CT_OK;
    if (self->failed)
        ct__out_discard(&self->out);
    else
        error = ct__out_commit(&self->out);
    ct__text_finish(&self->line);
    ct__free(self);
    return error;
}

const struct ct__sink_class ct__sink_jsonl = {
    .name = "jsonl",
    .help = "results as lines of JSON; - is standard output",
    .forms = ".jsonl jsonl:PATH -",
    .match = match,
    .open = open_jsonl,
    .write = write_jsonl,
    .close = close_jsonl,
};
