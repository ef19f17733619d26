// SPDX-License-Identifier: Apache-2.0
// One walk over rows and tree; each kind of value is read by a function that knows from the row
// what is right.
#include "config/field.h"

#include <string.h>

#include "base/cores.h"
#include "base/option_table.h"
#include "base/text.h"

enum { LONGEST_NAME = 64, LONGEST_SHOWN = 96, MOST_ROWS = 64 };

struct reader {
    struct ct__arena *arena;
    struct ct__problems *problems;
    bool failed; // no memory
};

static bool read_fields(struct reader *reader, const struct ct__field *fields,
                        const struct ct__yaml_node *mapping, char *destination);

// What a message may show of a value.
static const char *shown(const struct ct__yaml_node *node, char text[LONGEST_SHOWN])
{
    struct ct__text hidden = {0};
    if (node->kind == CT__YAML_SCALAR)
        ct__put_hidden(&hidden, node->shown, strlen(node->shown));
    ct__copy_text(text, LONGEST_SHOWN, hidden.data && !hidden.failed ? hidden.data : "this");
    ct__text_finish(&hidden);
    return text;
}

// "fps = fast: expected " and what `expected` holds; frees it.
static void reject(struct reader *reader, const struct ct__field *field,
                   const struct ct__yaml_node *node, struct ct__text *expected)
{
    char text[LONGEST_SHOWN];
    bool scalar = node->kind == CT__YAML_SCALAR && !node->empty && *node->shown;
    ct__problem(reader->problems, node, "%s%s%s: expected %s", field->row.name, scalar ? " = " : "",
                scalar ? shown(node, text) : "",
                expected->failed || !expected->data ? "another" : expected->data);
    ct__text_finish(expected);
}

static void reject_with(struct reader *reader, const struct ct__field *field,
                        const struct ct__yaml_node *node, const char *words)
{
    struct ct__text expected = {0};
    ct__text_puts(&expected, words);
    reject(reader, field, node, &expected);
}

// ---- values

static const char *text_of(const struct ct__yaml_node *node)
{
    return node->kind == CT__YAML_SCALAR && !node->empty ? node->text : NULL;
}

static void read_number(struct reader *reader, const struct ct__field *field,
                        const struct ct__yaml_node *node, void *value)
{
    const struct ct__option *row = &field->row;
    const char *text = text_of(node);
    int64_t whole = 0;
    double number = 0;
    bool is_int = row->type == CT__OPTION_INT, ranged = ct__option_has_range(row);
    bool valid = text && (is_int ? ct__parse_int(text, &whole) : ct__parse_double(text, &number));
    if (is_int)
        number = (double)whole;
    if (!valid || (ranged && (number < row->least || number > row->most))) {
        struct ct__text expected = {0};
        if (!valid)
            ct__text_puts(&expected, is_int ? "a whole number" : "a number");
        if (!valid && ranged)
            ct__text_puts(&expected, ", ");
        if (ranged)
            ct__option_put_range(&expected, row);
        reject(reader, field, node, &expected);
    } else if (is_int) {
        *(int64_t *)value = whole;
    } else {
        *(double *)value = number;
    }
}

static void read_flag(struct reader *reader, const struct ct__field *field,
                      const struct ct__yaml_node *node, int *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", NULL};
    const char *text = text_of(node);
    for (int i = 0; text && words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *value = i % 2;
            return;
        }
    reject_with(reader, field, node, "true or false");
}

// The words of "auto,tcp,udp" as a list that ends with NULL.
static void split(const char *choices, char *text, size_t size, const char **words, int most)
{
    int count = 0;
    ct__copy_text(text, size, choices);
    char *rest = NULL;
    for (char *word = strtok_r(text, ",", &rest); word && count < most - 1;
         word = strtok_r(NULL, ",", &rest))
        words[count++] = word;
    words[count] = NULL;
}

static void read_choice(struct reader *reader, const struct ct__field *field,
                        const struct ct__yaml_node *node, const char **value)
{
    char choices[256], text[LONGEST_SHOWN];
    const char *words[MOST_ROWS], *given = text_of(node);
    split(field->row.choices, choices, sizeof choices, words, MOST_ROWS);
    for (int i = 0; given && words[i]; i++)
        if (strcmp(given, words[i]) == 0) {
            *value = given;
            return;
        }
    const char *nearest = given ? ct__nearest(given, words) : NULL;
    if (nearest) {
        ct__problem(reader->problems, node, "%s = %s; did you mean %s?", field->row.name,
                    shown(node, text), nearest);
        return;
    }
    struct ct__text expected = {0};
    ct__option_put_choices(&expected, &field->row);
    reject(reader, field, node, &expected);
}

static bool is_size(const char *text)
{
    int width = 0, height = 0;
    const char *end = ct__parse_size(text, &width, &height);
    return end && !*end && width > 0 && height > 0 && width <= 65535 && height <= 65535;
}

static void read_text(struct reader *reader, const struct ct__field *field,
                      const struct ct__yaml_node *node, const char **value)
{
    const char *text = text_of(node);
    if (!text || (field->form == CT__FORM_TEXT && !*text))
        reject_with(reader, field, node, "a text");
    else if (field->form == CT__FORM_SIZE && !is_size(text))
        reject_with(reader, field, node, "WIDTHxHEIGHT in pixels, as in 640x480");
    else if (field->form == CT__FORM_CORES && !ct__cores_is_list(text))
        reject_with(reader, field, node, CT__CORES_LIST);
    else
        *value = text;
}

// A list of texts; one text is a list of one.
static void read_list(struct reader *reader, const struct ct__field *field,
                      const struct ct__yaml_node *node, struct ct__option_list *list)
{
    bool several = node->kind == CT__YAML_SEQUENCE;
    if (!several && !text_of(node)) {
        reject_with(reader, field, node, "a text or a list of texts");
        return;
    }
    int count = several ? node->count : 1;
    const char **items = ct__arena_alloc(reader->arena, ((size_t)count + 1) * sizeof *items);
    if (!items) {
        reader->failed = true;
        return;
    }
    const struct ct__yaml_node *item = several ? node->first : node;
    for (int i = 0; i < count; i++, item = item->next) {
        items[i] = text_of(item) ? text_of(item) : "";
        if (!*items[i])
            reject_with(reader, field, item,
                        item->kind == CT__YAML_MAPPING
                            ? "texts; what ends in a colon wants quotes, as in \"null:\""
                            : "a text or a list of texts");
    }
    list->items = items;
    list->count = count;
}

static void read_value(struct reader *reader, const struct ct__field *field,
                       const struct ct__yaml_node *node, void *value)
{
    switch (field->row.type) {
    case CT__OPTION_FLAG:
        read_flag(reader, field, node, value);
        break;
    case CT__OPTION_INT:
    case CT__OPTION_FLOAT:
        read_number(reader, field, node, value);
        break;
    case CT__OPTION_CHOICE:
        read_choice(reader, field, node, value);
        break;
    case CT__OPTION_LIST:
        read_list(reader, field, node, value);
        break;
    case CT__OPTION_STRING:
        read_text(reader, field, node, value);
        break;
    }
}

// ---- sections

// It is part of addresses and of variables.
static bool is_name(const char *text)
{
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return length > 0 && length <= LONGEST_NAME && !text[length];
}

static void check_name(struct reader *reader, const struct ct__yaml_node *key)
{
    char text[LONGEST_SHOWN];
    if (!is_name(key->text))
        ct__problem(reader->problems, key,
                    "name %s: expected 1 to %d letters, digits, _ or - (it is part of addresses)",
                    shown(key, text), LONGEST_NAME);
}

void *ct__field_item(const struct ct__field_list *list, const struct ct__field *field, int index)
{
    return (char *)list->items + (size_t)index * field->size;
}

static void read_elements(struct reader *reader, const struct ct__field *field,
                          const struct ct__yaml_node *node, struct ct__field_list *list)
{
    bool named = field->shape == CT__FIELD_NAMED;
    if (node->empty && named)
        return;
    if (node->kind != (named ? CT__YAML_MAPPING : CT__YAML_SEQUENCE)) {
        reject_with(reader, field, node, named ? "names with keys and values" : "a list");
        return;
    }
    list->items = ct__arena_alloc(reader->arena, (size_t)node->count * field->size + 1);
    if (!list->items) {
        reader->failed = true;
        return;
    }
    list->count = node->count;
    int index = 0;
    for (const struct ct__yaml_node *child = node->first; child; child = child->next, index++) {
        struct ct__field_head *head = ct__field_item(list, field, index);
        *head = (struct ct__field_head){.name = named ? child->key->text : NULL, .node = child};
        if (named)
            check_name(reader, child->key);
        if (child->kind != CT__YAML_MAPPING && !child->empty)
            ct__problem(reader->problems, child, "%s: expected keys and values",
                        named ? child->key->shown : field->row.name);
        read_fields(reader, field->fields, child, (char *)head);
    }
}

static bool is_known(const struct ct__field *fields, const char *name)
{
    while (fields->row.name && strcmp(fields->row.name, name) != 0)
        fields++;
    return fields->row.name;
}

static void reject_key(struct reader *reader, const struct ct__field *fields,
                       const struct ct__yaml_node *value)
{
    const char *names[MOST_ROWS] = {0};
    char text[LONGEST_SHOWN];
    struct ct__text list = {0};
    for (int i = 0; fields[i].row.name && i < MOST_ROWS - 1; i++) {
        names[i] = fields[i].row.name;
        ct__text_printf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    // Of --set and the environment the key has no place of its own.
    const struct ct__yaml_node *place = value->origin ? value : value->key;
    const char *nearest = ct__nearest(value->key->text, names);
    if (nearest)
        ct__problem(reader->problems, place, "unknown key %s; did you mean %s?",
                    shown(value->key, text), nearest);
    else
        ct__problem(reader->problems, place, "unknown key %s: expected one of %s",
                    shown(value->key, text), list.failed ? "those known" : list.data);
    ct__text_finish(&list);
}

static void read_field(struct reader *reader, const struct ct__field *field,
                       const struct ct__yaml_node *node, char *destination)
{
    void *value = destination + field->row.offset;
    if (field->row.preset) {
        const struct ct__yaml_node preset = {
            .kind = CT__YAML_SCALAR, .text = field->row.preset, .shown = field->row.preset};
        read_value(reader, field, &preset, value);
    }
    if (field->shape == CT__FIELD_SECTION) {
        if (node && node->kind != CT__YAML_MAPPING && !node->empty)
            reject_with(reader, field, node, "keys and values");
        read_fields(reader, field->fields, node, value);
    } else if (node && field->shape == CT__FIELD_LATER) {
        ct__problem(reader->problems, node->origin ? node : node->key, "%s: not in this version",
                    field->row.name);
    } else if (node && field->shape == CT__FIELD_VALUE) {
        read_value(reader, field, node, value);
    } else if (node) {
        read_elements(reader, field, node, value);
    }
}

static bool read_fields(struct reader *reader, const struct ct__field *fields,
                        const struct ct__yaml_node *mapping, char *destination)
{
    bool is_mapping = mapping && mapping->kind == CT__YAML_MAPPING;
    for (const struct ct__yaml_node *value = is_mapping ? mapping->first : NULL; value;
         value = value->next)
        if (!is_known(fields, value->key->text))
            reject_key(reader, fields, value);
    for (const struct ct__field *field = fields; field->row.name; field++)
        read_field(reader, field, ct__yaml_get(mapping, field->row.name), destination);
    return !reader->failed;
}

bool ct__fields_read(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                     void *destination, struct ct__arena *arena, struct ct__problems *problems)
{
    struct reader reader = {.arena = arena, .problems = problems};
    return read_fields(&reader, fields, mapping, destination);
}
