// SPDX-License-Identifier: Apache-2.0
// A model has one version, which is called "1" and may be left out.
#include "service/kserve.h"

#include <string.h>

#include <chiton/error.h>

#include "base/json.h"
#include "base/json_reader.h"
#include "service/roster.h"

#define JSON "application/json"

enum { LONGEST_PART = CT__LONGEST_MODEL + 1, MOST_PARTS = 6 };

// ---- addresses

// "/v2/models/a/infer" as "v2", "models", "a", "infer"; -1 for more or longer parts than there are
// in any address.
static int split(const char *path, char (*parts)[LONGEST_PART])
{
    int count = 0;
    while (*path == '/') {
        size_t length = strcspn(++path, "/");
        if (count == MOST_PARTS || length >= LONGEST_PART || !length)
            return -1;
        memcpy(parts[count], path, length);
        parts[count++][length] = 0;
        path += length;
    }
    return count;
}

static enum ct__kserve_kind read_health(const char *word)
{
    return strcmp(word, "live") == 0    ? CT__KSERVE_LIVE
           : strcmp(word, "ready") == 0 ? CT__KSERVE_READY
                                        : CT__KSERVE_UNKNOWN;
}

// A word behind the name of a model and its version.
static enum ct__kserve_kind read_verb(const char *word)
{
    return strcmp(word, "infer") == 0   ? CT__KSERVE_INFER
           : strcmp(word, "ready") == 0 ? CT__KSERVE_MODEL_READY
                                        : CT__KSERVE_UNKNOWN;
}

static enum ct__kserve_kind read_model(char (*parts)[LONGEST_PART], int count)
{
    bool versioned = count > 2 && strcmp(parts[1], "versions") == 0;
    int verb = versioned ? 3 : 1;
    if (!ct__model_name_is_plain(parts[0]) || (versioned && strcmp(parts[2], "1") != 0) ||
        count > verb + 1)
        return CT__KSERVE_UNKNOWN;
    return count == verb ? CT__KSERVE_MODEL : read_verb(parts[verb]);
}

struct ct__kserve_ask ct__kserve_read(const char *path)
{
    struct ct__kserve_ask ask = {.kind = CT__KSERVE_UNKNOWN};
    char parts[MOST_PARTS][LONGEST_PART];
    if (strncmp(path, "/v2", 3) != 0 || (path[3] && path[3] != '/'))
        return (struct ct__kserve_ask){.kind = CT__KSERVE_NONE};
    int count = split(path, parts);
    if (count == 1)
        ask.kind = CT__KSERVE_SERVER;
    else if (count == 3 && strcmp(parts[1], "health") == 0)
        ask.kind = read_health(parts[2]);
    else if (count == 3 && strcmp(parts[1], "repository") == 0 && strcmp(parts[2], "index") == 0)
        ask.kind = CT__KSERVE_INDEX;
    else if (count >= 3 && strcmp(parts[1], "models") == 0)
        ask.kind = read_model(parts + 2, count - 2);
    if (ask.kind >= CT__KSERVE_MODEL)
        memcpy(ask.model, parts[2], sizeof ask.model);
    return ask;
}

const char *ct__kserve_method(enum ct__kserve_kind kind)
{
    return kind == CT__KSERVE_INFER || kind == CT__KSERVE_INDEX ? "POST" : "GET";
}

// ---- answers

static void answer_server(struct ct__request *request)
{
    struct ct__text text = {0};
    struct ct__json json;
    ct__json_init(&json, &text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "name");
    ct__json_string(&json, "chiton");
    ct__json_key(&json, "version");
    ct__json_string(&json, ct_version());
    ct__json_key(&json, "extensions");
    ct__json_begin_array(&json);
    ct__json_string(&json, "binary_tensor_data");
    ct__json_end_array(&json);
    ct__json_end_object(&json);
    ct__text_puts(&text, "\n");
    ct__answer_text(request, 200, JSON, &text);
}

static void answer_health(struct ct__request *request, const char *word, bool well)
{
    struct ct__text text = {0};
    ct__text_printf(&text, "{\"%s\":%s}\n", word, well ? "true" : "false");
    ct__answer_text(request, well ? 200 : 503, JSON, &text);
}

static void answer_unknown(const struct ct__kserve_ask *ask, struct ct__request *request)
{
    if (ask->model[0])
        ct__answer_error(request, 404, "model", "no model is called %s here", ask->model);
    else
        ct__answer_error(request, 404, "not_found", "nothing is called %.200s",
                         ct__request_path(request));
}

// A file that is there is loaded by the first who wants it.
static void answer_model_ready(const struct ct__kserve_ask *ask, struct ct__request *request,
                               struct ct__residents *residents, bool ending)
{
    struct ct__text text = {0};
    if (!ct__residents_know(residents, ask->model)) {
        answer_unknown(ask, request);
        return;
    }
    ct__text_printf(&text, "{\"name\":\"%s\",\"ready\":%s}\n", ask->model,
                    ending ? "false" : "true");
    ct__answer_text(request, ending ? 503 : 200, JSON, &text);
}

// {"ready":true}: models in memory alone. No body is well too.
static bool read_wish(const struct ct__text *body, bool *ready)
{
    struct ct__json_reader reader;
    char key[LONGEST_PART];
    *ready = false;
    if (!body->length)
        return !body->failed;
    ct__json_read(&reader, body->data, body->length);
    if (ct__json_enter(&reader, '{'))
        while (ct__json_next_key(&reader, key, sizeof key))
            if (!(strcmp(key, "ready") == 0 ? ct__json_read_bool(&reader, ready)
                                            : ct__json_skip(&reader, NULL)))
                return false;
    return ct__json_end(&reader);
}

static void answer_index(struct ct__request *request, struct ct__residents *residents)
{
    struct ct__text text = {0}, body = ct__request_take_body(request);
    bool ready, good = read_wish(&body, &ready);
    ct__text_finish(&body);
    if (!good) {
        ct__answer_error(request, 400, "json", "the body: expected {\"ready\":true} or nothing");
        return;
    }
    ct__roster_write_index(residents, ready, &text);
    ct__answer_text(request, 200, JSON, &text);
}

void ct__kserve_answer(const struct ct__kserve_ask *ask, struct ct__request *request,
                       struct ct__residents *residents, bool ending)
{
    switch (ask->kind) {
    case CT__KSERVE_SERVER:
        answer_server(request);
        break;
    case CT__KSERVE_LIVE:
        answer_health(request, "live", true);
        break;
    case CT__KSERVE_READY:
        answer_health(request, "ready", !ending);
        break;
    case CT__KSERVE_INDEX:
        answer_index(request, residents);
        break;
    case CT__KSERVE_MODEL_READY:
        answer_model_ready(ask, request, residents, ending);
        break;
    default:
        answer_unknown(ask, request);
        break;
    }
}
