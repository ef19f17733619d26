// SPDX-License-Identifier: Apache-2.0
// A fleet's file read and checked to the end: the streams that its cameras are.
#ifndef CT_CONFIG_PLAN_H
#define CT_CONFIG_PLAN_H

#include "config/settings.h"

// One camera. Texts live in the plan's arena.
struct ct__planned {
    const char *name, *input;
    struct ct_stream_params params;
    const char *print; // all of its settings as text: equal texts, equal cameras
    int stream;        // in the engine, or -1
};

struct ct__plan {
    struct ct__settings settings;
    struct ct__yaml_node *root;
    struct ct_engine_params engine;
    struct ct__planned *cameras; // those enabled
    int count;
    struct ct__arena arena;
};

// Reads `path`. What is wrong is told and is CT_ERROR_FORMAT; CT_ERROR_NOT_FOUND, CT_ERROR_IO,
// CT_ERROR_LIMIT, CT_ERROR_MEMORY are logged.
int ct__plan_read(struct ct__plan **out, const char *path, const struct ct_fleet_params *params);
void ct__plan_destroy(struct ct__plan **plan);

// Appends what ct_fleet_explain() writes.
void ct__plan_explain(const struct ct__plan *plan, const char *file, struct ct__text *text);

// Appends what a camera's `print` is, with real values.
void ct__plan_print(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                    struct ct__text *text);

#endif
