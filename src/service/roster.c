// SPDX-License-Identifier: Apache-2.0
// Names of models are plain, so that they need no escape anywhere.
#include "service/roster.h"

#include <inttypes.h>

#include "base/json.h"

void ct__roster_write(struct ct__residents *residents, struct ct__text *text)
{
    struct ct__resident_info info;
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "models");
    ct__json_begin_array(&json);
    for (int i = 0; ct__residents_look(residents, i, &info); i++) {
        ct__json_begin_object(&json);
        ct__json_key(&json, "name");
        ct__json_string(&json, info.name);
        ct__json_key(&json, "loaded");
        ct__json_bool(&json, info.loaded);
        ct__json_key(&json, "users");
        ct__json_int(&json, info.users);
        ct__json_key(&json, "uses");
        ct__json_uint(&json, info.uses);
        ct__json_key(&json, "memory_bytes");
        ct__json_int(&json, info.memory_bytes);
        ct__json_end_object(&json);
    }
    ct__json_end_array(&json);
    ct__json_end_object(&json);
    ct__text_puts(text, "\n");
}

void ct__roster_write_index(struct ct__residents *residents, bool ready, struct ct__text *text)
{
    struct ct__resident_info info;
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_array(&json);
    for (int i = 0; ct__residents_look(residents, i, &info); i++) {
        if (ready && !info.loaded)
            continue;
        ct__json_begin_object(&json);
        ct__json_key(&json, "name");
        ct__json_string(&json, info.name);
        ct__json_key(&json, "version");
        ct__json_string(&json, "1");
        ct__json_key(&json, "state");
        ct__json_string(&json, info.loaded ? "READY" : "UNAVAILABLE");
        ct__json_key(&json, "reason");
        ct__json_string(&json, info.loaded ? "" : "loaded when it is asked for");
        ct__json_end_object(&json);
    }
    ct__json_end_array(&json);
    ct__text_puts(text, "\n");
}

static void put_head(struct ct__text *text, const char *name, const char *type, const char *help)
{
    ct__text_printf(text, "# HELP chiton_model_%s %s\n# TYPE chiton_model_%s %s\n", name, help,
                    name, type);
}

void ct__roster_write_metrics(struct ct__residents *residents, struct ct__text *text)
{
    struct ct__resident_info info;
    put_head(text, "memory_bytes", "gauge",
             "What the process grew by while the model was loaded and in its first runs.");
    for (int i = 0; ct__residents_look(residents, i, &info); i++)
        ct__text_printf(text, "chiton_model_memory_bytes{model=\"%s\"} %" PRId64 "\n", info.name,
                        info.memory_bytes);
    put_head(text, "uses_total", "counter", "Requests that used the model since it was loaded.");
    for (int i = 0; ct__residents_look(residents, i, &info); i++)
        ct__text_printf(text, "chiton_model_uses_total{model=\"%s\"} %" PRIu64 "\n", info.name,
                        info.uses);
}
