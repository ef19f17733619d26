// SPDX-License-Identifier: Apache-2.0
// YAML by libfyaml, copied into a tree of our own: aliases are followed there with a count of
// nodes and a depth that end what would grow without end.
#include "base/yaml.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#include <chiton/error.h>

enum { MOST_DEPTH = 32, MOST_KEYS = 4096 };

struct copy {
    const struct ct__yaml_params *params;
    struct ct__arena *arena;
    int nodes, depth;
    int error; // the first
};

__attribute__((format(printf, 5, 6))) static void complain(struct copy *copy, int error, int line,
                                                           int column, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    copy->params->on_problem(copy->params->opaque, line, column, sentence);
    copy->error = copy->error ? copy->error : error;
}

// ---- the tree

struct ct__yaml_node *ct__yaml_get(const struct ct__yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != CT__YAML_MAPPING)
        return NULL;
    struct ct__yaml_node *value = mapping->first;
    while (value && strcmp(value->key->text, key) != 0)
        value = value->next;
    return value;
}

struct ct__yaml_node *ct__yaml_make(struct ct__arena *arena, enum ct__yaml_kind kind)
{
    struct ct__yaml_node *node = ct__arena_alloc(arena, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->text = node->shown = "";
    return node;
}

void ct__yaml_append(struct ct__yaml_node *parent, struct ct__yaml_node *child)
{
    struct ct__yaml_node **end = &parent->first;
    while (*end)
        end = &(*end)->next;
    *end = child;
    child->next = NULL;
    parent->count++;
}

// ---- from libfyaml's

// A new node that counts; NULL after a complaint or without memory.
static struct ct__yaml_node *take_node(struct copy *copy, enum ct__yaml_kind kind)
{
    if (copy->nodes++ == copy->params->most_nodes) {
        complain(copy, CT_ERROR_LIMIT, 0, 0, "more than %d values", copy->params->most_nodes);
        return NULL;
    }
    struct ct__yaml_node *node =
        copy->error == CT_ERROR_LIMIT ? NULL : ct__yaml_make(copy->arena, kind);
    if (!node && !copy->error)
        copy->error = CT_ERROR_MEMORY;
    return node;
}

// libfyaml's marks stand behind a quote or an asterisk.
static void set_place(struct ct__yaml_node *node, struct fy_node *from)
{
    enum fy_node_style style = fy_node_get_style(from);
    bool behind = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED || style == FYNS_ALIAS;
    struct fy_token *token = fy_node_get_scalar_token(from);
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    node->line = mark ? mark->line + 1 : 0;
    node->column = mark ? mark->column + !behind : 0;
}

static struct ct__yaml_node *copy_scalar(struct copy *copy, struct fy_node *from)
{
    struct ct__yaml_node *node = take_node(copy, CT__YAML_SCALAR);
    size_t length = 0;
    const char *text = fy_node_get_scalar(from, &length);
    if (!node)
        return NULL;
    set_place(node, from);
    if (text && memchr(text, 0, length)) {
        complain(copy, CT_ERROR_FORMAT, node->line, node->column, "a text with a zero byte in it");
        return NULL;
    }
    char *own = ct__arena_text(copy->arena, text ? text : "", text ? length : 0);
    if (!own) {
        copy->error = CT_ERROR_MEMORY;
        return NULL;
    }
    node->text = node->shown = own;
    node->empty = fy_node_get_style(from) == FYNS_PLAIN &&
                  (!*own || strcmp(own, "~") == 0 || strcmp(own, "null") == 0);
    return node;
}

static struct ct__yaml_node *copy_node(struct copy *copy, struct fy_node *from);

static struct ct__yaml_node *copy_alias(struct copy *copy, struct fy_node *from)
{
    struct ct__yaml_node place = {0};
    set_place(&place, from);
    struct fy_node *anchored = copy->params->aliases ? fy_node_resolve_alias(from) : NULL;
    if (anchored)
        return copy_node(copy, anchored);
    complain(copy, CT_ERROR_FORMAT, place.line, place.column, "%s",
             copy->params->aliases ? "an alias of no anchor" : "aliases are not read here");
    return NULL;
}

// Where nothing in it has a place, its key has.
static void inherit_place(struct ct__yaml_node *node, const struct ct__yaml_node *from)
{
    if (!node->line && from) {
        node->line = from->line;
        node->column = from->column;
    }
}

static struct ct__yaml_node *copy_sequence(struct copy *copy, struct fy_node *from)
{
    struct ct__yaml_node *node = take_node(copy, CT__YAML_SEQUENCE),
                         **end = node ? &node->first : NULL;
    void *at = NULL;
    struct fy_node *item;
    while (node && copy->error != CT_ERROR_LIMIT && (item = fy_node_sequence_iterate(from, &at))) {
        struct ct__yaml_node *child = copy_node(copy, item);
        if (!child)
            continue;
        inherit_place(node, child);
        *end = child;
        end = &child->next;
        node->count++;
    }
    return node;
}

static struct ct__yaml_node *copy_key(struct copy *copy, struct fy_node *from)
{
    if (from && fy_node_is_scalar(from) && !fy_node_is_alias(from))
        return copy_scalar(copy, from);
    struct ct__yaml_node place = {0};
    while (from && fy_node_is_sequence(from))
        from = fy_node_sequence_get_by_index(from, 0);
    if (from)
        set_place(&place, from);
    complain(copy, CT_ERROR_FORMAT, place.line, place.column, "a key has to be a word");
    return NULL;
}

static bool is_new_key(struct copy *copy, const struct ct__yaml_node *mapping,
                       const struct ct__yaml_node *key)
{
    const struct ct__yaml_node *other = ct__yaml_get(mapping, key->text);
    if (other)
        complain(copy, CT_ERROR_FORMAT, key->line, key->column,
                 "duplicate key %.64s: it stands in line %d already", key->shown, other->key->line);
    else if (mapping->count == MOST_KEYS)
        complain(copy, CT_ERROR_LIMIT, key->line, key->column, "more than %d keys", MOST_KEYS);
    return !other && mapping->count < MOST_KEYS;
}

// What <<: brings: a mapping, or several in a list, the earlier ones first.
static void merge(struct copy *copy, struct ct__yaml_node *into, struct ct__yaml_node *from)
{
    if (from->kind == CT__YAML_SCALAR)
        complain(copy, CT_ERROR_FORMAT, from->line, from->column,
                 "<<: expected an alias of keys and values");
    for (struct ct__yaml_node *value = from->first, *next; value; value = next) {
        next = value->next;
        if (from->kind == CT__YAML_SEQUENCE)
            merge(copy, into, value);
        else if (!ct__yaml_get(into, value->key->text))
            ct__yaml_append(into, value);
    }
}

static struct ct__yaml_node *copy_mapping(struct copy *copy, struct fy_node *from)
{
    struct ct__yaml_node *node = take_node(copy, CT__YAML_MAPPING), *merged = NULL;
    void *at = NULL;
    struct fy_node_pair *pair;
    while (node && copy->error != CT_ERROR_LIMIT && (pair = fy_node_mapping_iterate(from, &at))) {
        struct fy_node *from_value = fy_node_pair_value(pair);
        struct ct__yaml_node *key = copy_key(copy, fy_node_pair_key(pair));
        struct ct__yaml_node *value = !key         ? NULL
                                      : from_value ? copy_node(copy, from_value)
                                                   : take_node(copy, CT__YAML_SCALAR);
        if (!value)
            continue;
        value->empty |= !from_value;
        inherit_place(node, key);
        inherit_place(value, key);
        value->key = key;
        if (copy->params->aliases && strcmp(key->text, "<<") == 0)
            merged = value;
        else if (is_new_key(copy, node, key))
            ct__yaml_append(node, value);
    }
    if (merged)
        merge(copy, node, merged);
    return node;
}

static struct ct__yaml_node *copy_node(struct copy *copy, struct fy_node *from)
{
    struct ct__yaml_node *node = NULL;
    if (copy->depth == MOST_DEPTH) {
        complain(copy, CT_ERROR_LIMIT, 0, 0, "nested more than %d deep", MOST_DEPTH);
        return NULL;
    }
    copy->depth++;
    if (fy_node_is_alias(from))
        node = copy_alias(copy, from);
    else if (fy_node_is_scalar(from))
        node = copy_scalar(copy, from);
    else if (fy_node_is_sequence(from))
        node = copy_sequence(copy, from);
    else
        node = copy_mapping(copy, from);
    copy->depth--;
    return node;
}

// ---- the text

// Errors are collected; what the library would also print goes nowhere.
static void keep_silent(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag, (void)user, (void)text, (void)size;
}

// Directives are of no use here, and the parser never ends on some broken ones. One begins a line,
// after whatever the parser may take for a break.
static int directive_line(const char *text, size_t size)
{
    int line = 1;
    for (size_t i = 0; i < size; i++) {
        unsigned char before = i ? (unsigned char)text[i - 1] : '\n';
        line += i && before == '\n';
        if (text[i] == '%' && (before < ' ' || before > '~'))
            return line;
    }
    return 0;
}

// Whether it is UTF-8: else the message would be a riddle about syntax.
static bool is_text(const char *text, size_t size)
{
    for (size_t at = 0, length; at < size; at += length) {
        char sequence[4] = {0}; // the text need not end with a zero
        memcpy(sequence, text + at, size - at < sizeof sequence ? size - at : sizeof sequence);
        length = ct__utf8_length(sequence);
        if (length == 0)
            return false;
    }
    return true;
}

static void tell_syntax(struct copy *copy, struct fy_diag *diag)
{
    void *at = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    complain(copy, CT_ERROR_FORMAT, error ? error->line : 1, error ? error->column : 1,
             "no YAML: %.200s", error && error->msg ? error->msg : "it cannot be read");
}

static void read_documents(struct copy *copy, struct ct__yaml_node **root, struct fy_parser *parser,
                           struct fy_diag *diag)
{
    struct fy_document *document = fy_parse_load_document(parser);
    struct fy_node *from = document ? fy_document_root(document) : NULL;
    if (from)
        *root = copy_node(copy, from);
    fy_parse_document_destroy(parser, document);
    struct fy_document *second = document ? fy_parse_load_document(parser) : NULL;
    if (fy_parser_get_stream_error(parser))
        tell_syntax(copy, diag);
    else if (second)
        complain(copy, CT_ERROR_FORMAT, 0, 0, "more than one document: a line --- begins another");
    fy_parse_document_destroy(parser, second);
}

static int parse_text(struct copy *copy, struct ct__yaml_node **root, const char *text, size_t size)
{
    const struct fy_diag_cfg silent = {.output_fn = keep_silent, .level = FYET_ERROR};
    struct fy_diag *diag = fy_diag_create(&silent);
    if (!diag)
        return CT_ERROR_MEMORY;
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_ALLOW_DUPLICATE_KEYS,
                                        .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (!parser || fy_parser_set_string(parser, text, size))
        copy->error = CT_ERROR_MEMORY;
    else
        read_documents(copy, root, parser, diag);
    if (parser)
        fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return copy->error;
}

int ct__yaml_parse(struct ct__yaml_node **root, const char *text, size_t size,
                   const struct ct__yaml_params *params, struct ct__arena *arena)
{
    struct copy copy = {.params = params, .arena = arena};
    int line = directive_line(text, size);
    *root = NULL;
    if (line)
        complain(&copy, CT_ERROR_FORMAT, line, 1, "a line begins with %%: directives are not read");
    else if (!is_text(text, size))
        complain(&copy, CT_ERROR_FORMAT, 0, 0, "not a text in UTF-8");
    return copy.error ? copy.error : parse_text(&copy, root, text, size);
}
