// SPDX-License-Identifier: Apache-2.0
// Options are read by hand, extras through the tree of YAML, which tells where what is wrong
// stands.
#include "base/prompts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/model_path.h"
#include "base/text.h"
#include "base/yaml.h"

enum { MOST_NODES = 16 * CT_MAX_PROMPTS, LONGEST_EXTRAS = 65536, FARTHEST = 65535 };

// Where a sentence goes.
struct reason {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reason *why,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why->text, why->size, format, arguments);
    va_end(arguments);
    return false;
}

static bool add(struct ct__prompt_list *list, const struct ct_prompt *prompt,
                const struct reason *why)
{
    if (list->count == CT_MAX_PROMPTS)
        return refuse(why, "more than %d points and boxes", CT_MAX_PROMPTS);
    list->items[list->count++] = *prompt;
    return true;
}

static bool read_place(const char *text, double *place)
{
    return ct__parse_double(text, place) && *place >= -FARTHEST && *place <= FARTHEST;
}

// ---- as options

// Reads `count` numbers with commas between them; returns what follows, or NULL.
static const char *read_places(const char *text, double *places, int count)
{
    char number[32];
    for (int i = 0; i < count; i++) {
        size_t length = strcspn(text, ",:");
        if (!length || length >= sizeof number || (i < count - 1 && text[length] != ','))
            return NULL;
        snprintf(number, sizeof number, "%.*s", (int)length, text);
        if (!read_place(number, &places[i]))
            return NULL;
        text += length + (i < count - 1);
    }
    return text;
}

bool ct__prompts_add_point(struct ct__prompt_list *list, const char *text, char *why, size_t size)
{
    const struct reason reason = {why, size};
    double places[2];
    const char *end = read_places(text, places, 2);
    bool background = end && strcmp(end, ":0") == 0;
    if (!end || (*end && !background && strcmp(end, ":1") != 0))
        return refuse(&reason,
                      "%.64s: expected X,Y or X,Y:LABEL in pixels, LABEL 1 for what is meant and 0 "
                      "for what is not, as in 320,240",
                      text);
    return add(list,
               &(struct ct_prompt){.kind = background ? CT_PROMPT_BACKGROUND : CT_PROMPT_FOREGROUND,
                                   .x = places[0],
                                   .y = places[1]},
               &reason);
}

bool ct__prompts_add_box(struct ct__prompt_list *list, const char *text, char *why, size_t size)
{
    const struct reason reason = {why, size};
    double places[4];
    const char *end = read_places(text, places, 4);
    if (!end || *end || places[0] == places[2] || places[1] == places[3])
        return refuse(&reason,
                      "%.64s: expected X1,Y1,X2,Y2, two corners in pixels, as in 20,30,200,300",
                      text);
    return add(list, &(struct ct_prompt){CT_PROMPT_BOX, places[0], places[1], places[2], places[3]},
               &reason);
}

// ---- as rembg's extras

// As refuse(), with the place of a node.
static bool refuse_node(const struct reason *why, const struct ct__yaml_node *node,
                        const char *name, const char *expected)
{
    bool scalar = node->kind == CT__YAML_SCALAR;
    return refuse(why, "%d:%d: %s%s%.32s: expected %s", node->line, node->column, name,
                  scalar ? " = " : "", scalar ? node->shown : "", expected);
}

static bool read_word(const struct ct__yaml_node *node, bool *is)
{
    *is = strcmp(node->text, "true") == 0;
    return node->kind == CT__YAML_SCALAR && (*is || strcmp(node->text, "false") == 0);
}

// The list of `count` numbers that is "data".
static bool read_data(const struct ct__yaml_node *mark, double *places, int count,
                      const struct reason *why)
{
    const struct ct__yaml_node *data = ct__yaml_get(mark, "data");
    const char *expected = count == 2 ? "[x, y]" : "[x1, y1, x2, y2]";
    if (!data)
        return refuse_node(why, mark, "a prompt without data", expected);
    if (data->kind != CT__YAML_SEQUENCE || data->count != count)
        return refuse_node(why, data, "data", expected);
    const struct ct__yaml_node *item = data->first;
    for (int i = 0; i < count; i++, item = item->next)
        if (item->kind != CT__YAML_SCALAR || !read_place(item->text, &places[i]))
            return refuse_node(why, item, "data", "pixels, at most 65535");
    return true;
}

static bool read_point(struct ct__prompt_list *list, const struct ct__yaml_node *mark,
                       const struct reason *why)
{
    const struct ct__yaml_node *label = ct__yaml_get(mark, "label");
    struct ct_prompt prompt = {0};
    double places[2], value = -1;
    if (!read_data(mark, places, 2, why))
        return false;
    if (!label)
        return refuse_node(why, mark, "a point without label", "1 for what is meant, 0 for else");
    if (!ct__parse_double(label->text, &value) || (value != 0 && value != 1))
        return refuse_node(why, label, "label", "1 for what is meant, 0 for what is not");
    prompt.kind = value == 1 ? CT_PROMPT_FOREGROUND : CT_PROMPT_BACKGROUND;
    prompt.x = places[0];
    prompt.y = places[1];
    return add(list, &prompt, why);
}

static bool read_rectangle(struct ct__prompt_list *list, const struct ct__yaml_node *mark,
                           const struct reason *why)
{
    double places[4];
    return read_data(mark, places, 4, why) &&
           add(list, &(struct ct_prompt){CT_PROMPT_BOX, places[0], places[1], places[2], places[3]},
               why);
}

static bool read_mark(struct ct__prompt_list *list, const struct ct__yaml_node *mark,
                      const struct reason *why)
{
    const struct ct__yaml_node *type = ct__yaml_get(mark, "type");
    if (type && strcmp(type->text, "point") == 0)
        return read_point(list, mark, why);
    if (type && strcmp(type->text, "rectangle") == 0)
        return read_rectangle(list, mark, why);
    return type ? refuse_node(why, type, "type", "point or rectangle")
                : refuse_node(why, mark, "a prompt without type", "point or rectangle");
}

static bool read_marks(struct ct__prompt_list *list, const struct ct__yaml_node *marks,
                       const struct reason *why)
{
    if (marks->kind != CT__YAML_SEQUENCE || !marks->count)
        return refuse_node(why, marks, "sam_prompt", "a list of points and rectangles");
    bool good = true;
    for (const struct ct__yaml_node *mark = marks->first; mark && good; mark = mark->next)
        good = read_mark(list, mark, why);
    return good;
}

static bool read_key(struct ct__prompt_list *list, const struct ct__yaml_node *value,
                     const struct reason *why)
{
    const char *key = value->key->text;
    if (strcmp(key, "sam_prompt") == 0)
        return read_marks(list, value, why);
    if (strcmp(key, "sam_quant") == 0)
        return read_word(value, &list->quantised) ||
               refuse_node(why, value, "sam_quant", "true or false");
    if (strcmp(key, "sam_model") != 0)
        return refuse(why, "%.64s: there is nothing of the kind here", key);
    if (value->kind != CT__YAML_SCALAR || !value->text[0] ||
        strlen(value->text) >= sizeof list->model)
        return refuse_node(why, value, "sam_model", "the name of a model");
    ct__copy_text(list->model, sizeof list->model, value->text);
    return true;
}

// Keeps the first thing that is wrong.
static void note(void *opaque, int line, int column, const char *sentence)
{
    const struct reason *why = opaque;
    if (!why->text[0])
        refuse(why, "%d:%d: %s", line, column, sentence);
}

static bool read_root(struct ct__prompt_list *list, const struct ct__yaml_node *root,
                      const struct reason *why)
{
    bool good = true;
    if (!root || root->empty)
        return true;
    if (root->kind != CT__YAML_MAPPING)
        return refuse_node(why, root, "the whole", "{\"sam_prompt\": [...]}");
    for (const struct ct__yaml_node *value = root->first; value && good; value = value->next)
        good = read_key(list, value, why);
    return good;
}

// YAML of strangers is not for libfyaml 0.7, which leaks memory on some of it; the tree that it
// makes of JSON is as good as any.
static bool is_json(const char *text, size_t length, const struct reason *why)
{
    struct ct__json_reader reader;
    int line = 1, column = 1;
    ct__json_read(&reader, text, length);
    ct__json_peek(&reader);
    if (reader.at == reader.end)
        return true; // nothing
    ct__json_skip(&reader, NULL);
    if (ct__json_end(&reader))
        return true;
    for (const char *at = text; at < reader.at; at++) {
        column = *at == '\n' ? 1 : column + 1;
        line += *at == '\n';
    }
    return refuse(why, "%d:%d: no JSON: %s", line, column, reader.wrong);
}

bool ct__prompts_read_extras(struct ct__prompt_list *list, const char *text, size_t length,
                             char *why, size_t size)
{
    struct reason reason = {why, size};
    struct ct__arena arena = {0};
    struct ct__yaml_node *root = NULL;
    const struct ct__yaml_params params = {
        .most_nodes = MOST_NODES, .on_problem = note, .opaque = &reason};
    if (size)
        why[0] = 0;
    if (length > LONGEST_EXTRAS)
        return refuse(&reason, "longer than %d bytes", LONGEST_EXTRAS);
    if (!is_json(text, length, &reason))
        return false;
    int error = ct__yaml_parse(&root, text, length, &params, &arena);
    bool good = !error && read_root(list, root, &reason);
    if (error == CT_ERROR_MEMORY)
        refuse(&reason, "out of memory");
    ct__arena_finish(&arena);
    return good;
}

const char *ct__prompts_model(const struct ct__prompt_list *list, const char *name, char text[96])
{
    if (strcmp(name, "sam") != 0 || (!list->model[0] && !list->quantised))
        return name;
    snprintf(text, 96, "%s%s", list->model[0] ? list->model : CT__SAM_USUAL,
             list->quantised ? ".encoder.quant.onnx" : "");
    return text;
}
