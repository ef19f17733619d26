// SPDX-License-Identifier: Apache-2.0
// chiton config check, explain, schema: what a FLEET.yaml says, and whether it may.
#include <string.h>

#include "cli/commands.h"
#include "cli/fleet.h"

struct config {
    struct ct__common common;
    struct ct__fleet_options fleet;
    const char *format;
};

static int check(void *options, struct ct__option_list operands)
{
    const struct config *config = options;
    ct_fleet *fleet = NULL;
    int error = ct__fleet_read(&fleet, operands.items[0], &config->common, &config->fleet);
    ct_fleet_close(&fleet);
    return ct__fleet_exit_code(error);
}

static int64_t put_explanation(const void *fleet, char *text, size_t size)
{
    return ct_fleet_explain(fleet, text, size);
}

static int explain(void *options, struct ct__option_list operands)
{
    const struct config *config = options;
    ct_fleet *fleet = NULL;
    int error = ct__fleet_read(&fleet, operands.items[0], &config->common, &config->fleet);
    int code = error ? ct__fleet_exit_code(error) : ct__fleet_print(put_explanation, fleet);
    ct_fleet_close(&fleet);
    return code;
}

static int64_t put_schema(const void *fleet, char *text, size_t size)
{
    (void)fleet;
    return ct_fleet_schema(text, size);
}

static int64_t put_reference(const void *fleet, char *text, size_t size)
{
    (void)fleet;
    return ct_fleet_reference(text, size);
}

static int schema(void *options, struct ct__option_list operands)
{
    (void)operands;
    const struct config *config = options;
    bool json = strcmp(config->format, "json") == 0;
    return ct__fleet_print(json ? put_schema : put_reference, NULL);
}

// clang-format off
static const struct ct__option schema_options[] = {
    {"format", 0, CT__OPTION_CHOICE, offsetof(struct config, format), .preset = "json",
     .choices = "json,markdown", .help = "for editors and validators, or for people"},
    {NULL},
};

static const struct ct__option *const file_groups[] = {
    ct__fleet_options, ct__folder_options, ct__log_options, NULL,
};

static const struct ct__option *const schema_groups[] = {schema_options, ct__log_options, NULL};

const struct ct__command ct__command_config_check = {
    .name = "config check",
    .operands = "FLEET.yaml",
    .summary = "tell whether a fleet's file is right",
    .details = "Exit code 0 if it is, 2 if not; all that is wrong is told at once.",
    .least_operands = 1,
    .most_operands = 1,
    .groups = file_groups,
    .run = check,
    .size = sizeof(struct config),
};

const struct ct__command ct__command_config_explain = {
    .name = "config explain",
    .operands = "FLEET.yaml",
    .summary = "print each setting in force and where it came from",
    .details = "Users, passwords and what came from the environment are not printed.",
    .least_operands = 1,
    .most_operands = 1,
    .groups = file_groups,
    .run = explain,
    .size = sizeof(struct config),
};

const struct ct__command ct__command_config_schema = {
    .name = "config schema",
    .summary = "print what may stand in a fleet's file, as JSON Schema or as Markdown",
    .groups = schema_groups,
    .run = schema,
    .size = sizeof(struct config),
};
