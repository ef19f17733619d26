// SPDX-License-Identifier: Apache-2.0
// Takes results and keeps nothing: for benchmarks, and for programs that listen by callback.
#include "base/log.h"
#include "base/mem.h"
#include "sinks/sink.h"

#include <string.h>

static int match(const char *output)
{
    return strcmp(output, "null:") == 0 ? 100 : 0;
}

static int open_null(struct ct__sink **out, const char *output,
                     const struct ct__sink_params *params)
{
    (void)params;
    struct ct__sink *sink = ct__calloc(1, sizeof *sink);
    if (!sink)
        return ct__fail_memory(output);
    *out = sink;
    return CT_OK;
}

static int write_null(struct ct__sink *sink, const struct ct__sink_item *item)
{
    (void)sink, (void)item;
    return CT_OK;
}

static int close_null(struct ct__sink *sink, bool complete)
{
    (void)complete;
    ct__free(sink);
    return CT_OK;
}

const struct ct__sink_class ct__sink_null = {
    .name = "null",
    .help = "nothing is kept",
    .forms = "null:",
    .match = match,
    .open = open_null,
    .write = write_null,
    .close = close_null,
};
