// SPDX-License-Identifier: Apache-2.0
// Results as lines of JSON, in a file or on standard output.
#include "sinks/lines.h"

#include <string.h>

static const char prefix[] = "jsonl:";

static int match(const char *output)
{
    return strcmp(output, "-") == 0 ? 100 : ct__lines_match(output, prefix, ".jsonl");
}

static int open_jsonl(struct ct__sink **out, const char *output,
                      const struct ct__sink_params *params)
{
    struct ct__lines *self = NULL;
    int error = ct__lines_open(&self, sizeof *self, output, prefix, NULL, params);
    if (!error)
        *out = &self->base;
    return error;
}

static int write_jsonl(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct ct__lines *self = (struct ct__lines *)sink;
    int error = ct__sink_line(&self->text, item->result, self->out.path);
    return error ? error : ct__lines_put(self);
}

static int close_jsonl(struct ct__sink *sink, bool complete)
{
    (void)complete; // lines are whole, so that an interrupted file is good as well
    return ct__lines_close((struct ct__lines *)sink);
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
