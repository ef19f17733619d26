// SPDX-License-Identifier: Apache-2.0
// Reading a FLEET.yaml for a person: problems as compilers show them.
#include "cli/fleet.h"

#include <stddef.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/talk.h"

static void on_problem(void *opaque, const struct ct_fleet_problem *problem)
{
    (void)opaque;
    struct ct__text text = {0};
    ct__text_puts(&text, problem->place);
    if (problem->line)
        ct__text_printf(&text, ":%d:%d", problem->line, problem->column);
    ct__text_printf(&text, ": error: %s\n%s%s", problem->sentence, problem->source,
                    *problem->source ? "\n" : "");
    if (text.failed)
        ct__fail_memory(problem->place);
    else
        ct__talk_text(text.data);
    ct__text_finish(&text);
}

int ct__fleet_read(ct_fleet **out, const char *path, const struct ct__common *common,
                   const struct ct__fleet_options *options)
{
    const struct ct_fleet_params params = {
        .sets = options->sets.items,
        .state_dir = options->state_dir,
        .model_dir = common->model.folder,
        .backend = common->open.backend,
        .on_problem = common->log.json ? NULL : on_problem,
    };
    return ct_fleet_open(out, path, &params);
}

int ct__fleet_exit_code(int error)
{
    return error == CT_ERROR_FORMAT ? CT__EXIT_USAGE : ct__exit_code(error);
}

int ct__fleet_print(int64_t (*put)(const void *fleet, char *text, size_t size), const void *fleet)
{
    struct ct__text text = {0};
    int64_t length = put(fleet, NULL, 0);
    if (length < 0)
        return ct__exit_code((int)length);
    text.data = ct__alloc((size_t)length + 1);
    if (text.data && put(fleet, text.data, (size_t)length + 1) == length)
        text.length = (size_t)length;
    else
        text.failed = true;
    return ct__print(&text);
}

// clang-format off
struct layout {
    struct ct__common common;
    struct ct__fleet_options fleet;
};

const struct ct__option ct__fleet_options[] = {
    {"set", 0, CT__OPTION_LIST, offsetof(struct layout, fleet.sets), .argument = "KEY=VALUE",
     .help = "put a value over the file's, as in cameras.door.detect.fps=5; once or several times"},
    {"state-dir", 0, CT__OPTION_STRING, offsetof(struct layout, fleet.state_dir), .argument = "DIR",
     .help = "folder that relative names of outputs count from; else the file's"},
    {NULL},
};
