// SPDX-License-Identifier: Apache-2.0
// The tree is changed in place, from the weakest voice to the strongest, so that whoever reads it
// finds one value a key and its origin beside.
#include "config/document.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

// All cameras together may hold so many values of `defaults`.
enum { MOST_NODES = 20000, MOST_COPIES = 200000, LONGEST_PATH = 512 };

struct document {
    struct ct__arena *arena;
    struct ct__problems *problems;
    struct ct__yaml_node *root;
    const struct ct__origin *origin; // of what is parsed; NULL: the file
    int copies;
    bool failed; // no memory
};

static const struct ct__origin from_defaults = {CT__ORIGIN_DEFAULTS, "defaults"};

static enum ct__origin_kind kind_of(const struct ct__yaml_node *node)
{
    const struct ct__origin *origin = node->origin;
    return origin ? origin->kind : 0;
}

// Sets the origin of a node, its key and all below.
static void set_origin(struct ct__yaml_node *node, const struct ct__origin *origin)
{
    node->origin = origin;
    if (node->key)
        node->key->origin = origin;
    for (struct ct__yaml_node *child = node->first; child; child = child->next)
        set_origin(child, origin);
}

// ---- parsing

static void on_problem(void *opaque, int line, int column, const char *sentence)
{
    struct document *document = opaque;
    ct__problem_at(document->problems, document->origin, line, column, sentence);
}

static struct ct__yaml_node *parse(struct document *document, const char *text, size_t size)
{
    struct ct__yaml_node *root = NULL;
    const struct ct__yaml_params params = {
        .most_nodes = MOST_NODES, .aliases = true, .on_problem = on_problem, .opaque = document};
    int error = ct__yaml_parse(&root, text, size, &params, document->arena);
    document->failed |= error == CT_ERROR_MEMORY;
    return root;
}

static struct ct__yaml_node *make(struct document *document, enum ct__yaml_kind kind)
{
    struct ct__yaml_node *node = ct__yaml_make(document->arena, kind);
    document->failed |= !node;
    return node;
}

static char *keep(struct document *document, const char *text)
{
    char *own = ct__arena_text(document->arena, text, strlen(text));
    document->failed |= !own;
    return own;
}

// ---- ${NAME}

static size_t name_length(const char *text)
{
    if (isdigit((unsigned char)*text))
        return 0;
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

// Appends what stands for "${...}" at `text` and returns its length; 0 after a complaint.
static size_t put_variable(struct document *document, const struct ct__yaml_node *node,
                           const char *text, struct ct__text *out)
{
    char name[128];
    size_t length = name_length(text + 2), end = strcspn(text, "}");
    const char *tail = text + 2 + length;
    bool has_default = strncmp(tail, ":-", 2) == 0;
    if (!text[end] || !length || length >= sizeof name || (*tail != '}' && !has_default)) {
        ct__problem(document->problems, node, "%.64s: expected ${NAME} or ${NAME:-default}",
                    node->shown);
        return 0;
    }
    snprintf(name, sizeof name, "%.*s", (int)length, text + 2);
    const char *value = getenv(name);
    if (value && (*value || !has_default)) {
        ct__text_puts(out, value);
    } else if (has_default) {
        ct__text_append(out, tail + 2, (size_t)(text + end - tail - 2));
    } else {
        ct__problem(document->problems, node,
                    "%s is not set in the environment; ${%s:-...} would give a default", name,
                    name);
        return 0;
    }
    return end + 1;
}

static void substitute(struct document *document, struct ct__yaml_node *node)
{
    for (struct ct__yaml_node *child = node->first; child; child = child->next)
        substitute(document, child);
    if (node->kind != CT__YAML_SCALAR || !strstr(node->text, "${"))
        return;
    struct ct__text out = {0};
    const char *at = node->text;
    while (*at) {
        size_t length = 1;
        if (strncmp(at, "$${", 3) == 0) { // a dollar that means itself
            length = 3;
            ct__text_puts(&out, "${");
        } else if (strncmp(at, "${", 2) == 0) {
            length = put_variable(document, node, at, &out);
        } else {
            ct__text_append(&out, at, 1);
        }
        if (!length)
            break;
        at += length;
    }
    document->failed |= out.failed;
    char *text = out.failed ? NULL : keep(document, out.data ? out.data : "");
    node->text = text ? text : node->text;
    ct__text_finish(&out);
}

// What says nothing yet becomes a place for keys.
static void open_up(struct ct__yaml_node *node)
{
    if (!node->empty)
        return;
    node->kind = CT__YAML_MAPPING;
    node->empty = false;
}

// ---- --set

// The child of a mapping or list that a word of a path names; a mapping gets it if it has none.
static struct ct__yaml_node *step(struct document *document, struct ct__yaml_node *parent,
                                  const char *word)
{
    int64_t index;
    if (parent->kind == CT__YAML_SEQUENCE && ct__parse_int(word, &index) && index >= 0) {
        struct ct__yaml_node *child = parent->first;
        while (child && index-- > 0)
            child = child->next;
        return child;
    }
    open_up(parent);
    if (parent->kind != CT__YAML_MAPPING)
        return NULL;
    struct ct__yaml_node *child = ct__yaml_get(parent, word);
    if (child)
        return child;
    child = make(document, CT__YAML_SCALAR);
    struct ct__yaml_node *key = make(document, CT__YAML_SCALAR);
    char *name = keep(document, word);
    if (document->failed)
        return NULL;
    *key = (struct ct__yaml_node){
        .kind = CT__YAML_SCALAR, .text = name, .shown = name, .origin = document->origin};
    child->empty = true;
    child->key = key;
    child->origin = document->origin;
    ct__yaml_append(parent, child);
    return child;
}

// Makes a node what another one is, in its place.
static void replace(struct ct__yaml_node *node, const struct ct__yaml_node *by)
{
    struct ct__yaml_node *key = node->key, *next = node->next;
    *node = *by;
    node->key = key;
    node->next = next;
}

static struct ct__yaml_node *walk(struct document *document, char *path)
{
    struct ct__yaml_node *node = document->root;
    char *rest = NULL;
    for (char *word = strtok_r(path, ".", &rest); word && node; word = strtok_r(NULL, ".", &rest))
        node = step(document, node, word);
    return node == document->root ? NULL : node;
}

// A list, a mapping or what has quotes is YAML; anything else means itself.
static struct ct__yaml_node *set_value(struct document *document, const char *text)
{
    if (*text && strchr("[{\"'", *text))
        return parse(document, text, strlen(text));
    struct ct__yaml_node *node = make(document, CT__YAML_SCALAR);
    char *own = keep(document, text);
    if (document->failed)
        return NULL;
    node->text = node->shown = own;
    node->empty = !*text;
    return node;
}

static void set(struct document *document, const char *text)
{
    char path[LONGEST_PATH], name[LONGEST_PATH + 8];
    size_t length = strcspn(text, "=");
    snprintf(path, sizeof path, "%.*s", (int)(length < sizeof path ? length : sizeof path - 1),
             text);
    snprintf(name, sizeof name, "--set %s", path);
    struct ct__origin *origin = ct__arena_alloc(document->arena, sizeof *origin);
    char *own = keep(document, name);
    document->failed |= !origin;
    if (document->failed)
        return;
    *origin = (struct ct__origin){CT__ORIGIN_SET, own};
    document->origin = origin;
    int before = document->problems->count;
    struct ct__yaml_node *value = text[length] ? set_value(document, text + length + 1) : NULL;
    struct ct__yaml_node *node = document->problems->count == before ? walk(document, path) : NULL;
    if (node && value) {
        replace(node, value);
        set_origin(node, origin);
    } else if (document->problems->count == before && !document->failed) {
        ct__problem_at(document->problems, origin, 0, 0,
                       node ? "expected KEY.KEY=VALUE" : "no such place in the file");
    }
    document->origin = NULL;
}

// ---- CHITON_...

// CHITON_CAMERAS_DOOR_DETECT_FPS for cameras.door.detect.fps.
static void variable_name(char variable[LONGEST_PATH], const char *path)
{
    snprintf(variable, LONGEST_PATH, "CHITON_%.300s", path);
    for (; *variable; variable++)
        *variable =
            isalnum((unsigned char)*variable) ? (char)toupper((unsigned char)*variable) : '_';
}

static void inject_value(struct document *document, const struct ct__field *field,
                         struct ct__yaml_node *parent, const char *path)
{
    char variable[LONGEST_PATH], shown[LONGEST_PATH + 4];
    variable_name(variable, path);
    const char *value = getenv(variable);
    struct ct__yaml_node *old = ct__yaml_get(parent, field->row.name);
    if (!value || !*value || (old && kind_of(old) == CT__ORIGIN_SET))
        return;
    struct ct__origin *origin = ct__arena_alloc(document->arena, sizeof *origin);
    char *own = keep(document, value), *name = keep(document, variable);
    snprintf(shown, sizeof shown, "${%s}", variable);
    char *own_shown = keep(document, shown);
    document->failed |= !origin;
    if (document->failed)
        return;
    *origin = (struct ct__origin){CT__ORIGIN_ENVIRONMENT, name};
    document->origin = origin;
    struct ct__yaml_node *node = step(document, parent, field->row.name);
    const struct ct__yaml_node scalar = {.kind = CT__YAML_SCALAR, .text = own, .shown = own_shown};
    struct ct__yaml_node *list = field->row.type == CT__OPTION_LIST && *own == '['
                                     ? parse(document, own, strlen(own))
                                     : NULL;
    document->origin = NULL;
    if (!node)
        return;
    replace(node, list ? list : &scalar);
    set_origin(node, origin);
    for (struct ct__yaml_node *item = node->first; item; item = item->next)
        item->shown = own_shown;
}

static void inject(struct document *document, const struct ct__field *fields,
                   struct ct__yaml_node *mapping, const char *path);

static void inject_below(struct document *document, const struct ct__field *field,
                         struct ct__yaml_node *node, const char *path)
{
    char below[LONGEST_PATH];
    int index = 0;
    bool several = field->shape == CT__FIELD_NAMED || field->shape == CT__FIELD_ITEMS;
    if (field->shape == CT__FIELD_SECTION)
        inject(document, field->fields, node, path);
    for (struct ct__yaml_node *child = node->first; child && several;
         child = child->next, index++) {
        int length = child->key && field->shape == CT__FIELD_NAMED
                         ? snprintf(below, sizeof below, "%.300s.%.64s", path, child->key->text)
                         : snprintf(below, sizeof below, "%.300s.%d", path, index);
        if (length < LONGEST_PATH / 2) // no longer one is the path of a value
            inject(document, field->fields, child, below);
    }
}

// A section that the file lacks is made where the environment has something for it.
static void inject(struct document *document, const struct ct__field *fields,
                   struct ct__yaml_node *mapping, const char *path)
{
    char below[LONGEST_PATH];
    if (mapping->kind != CT__YAML_MAPPING && !mapping->empty)
        return;
    for (const struct ct__field *field = fields; field->row.name && !document->failed; field++) {
        snprintf(below, sizeof below, "%.300s%s%s", path, *path ? "." : "", field->row.name);
        struct ct__yaml_node *child = ct__yaml_get(mapping, field->row.name);
        struct ct__yaml_node section = {.kind = CT__YAML_MAPPING, .text = "", .shown = ""};
        if (field->shape == CT__FIELD_VALUE) {
            inject_value(document, field, mapping, below);
        } else if (child) {
            inject_below(document, field, child, below);
        } else if (field->shape == CT__FIELD_SECTION) {
            inject(document, field->fields, &section, below);
            document->origin = section.first ? section.first->origin : NULL;
            child = section.first ? step(document, mapping, field->row.name) : NULL;
            document->origin = NULL;
            if (child)
                replace(child, &section);
        }
    }
}

// ---- defaults

static struct ct__yaml_node *copy(struct document *document, const struct ct__yaml_node *node)
{
    if (document->copies++ == MOST_COPIES)
        ct__problem(document->problems, NULL, "cameras and defaults have more than %d values",
                    MOST_COPIES);
    struct ct__yaml_node *own = document->copies > MOST_COPIES ? NULL : make(document, node->kind);
    if (!own)
        return NULL;
    *own = *node;
    own->first = own->next = NULL;
    own->count = 0;
    struct ct__yaml_node **end = &own->first;
    for (const struct ct__yaml_node *child = node->first; child; child = child->next) {
        *end = copy(document, child);
        if (!*end)
            return NULL;
        end = &(*end)->next;
        own->count++;
    }
    return own;
}

// Puts what `under` says into `node` where that says nothing. Lists are taken whole.
static void underlay(struct document *document, struct ct__yaml_node *node,
                     const struct ct__yaml_node *under)
{
    open_up(node);
    if (node->kind != CT__YAML_MAPPING || under->kind != CT__YAML_MAPPING)
        return;
    for (const struct ct__yaml_node *child = under->first; child; child = child->next) {
        struct ct__yaml_node *own = ct__yaml_get(node, child->key->text);
        struct ct__yaml_node *added = own ? NULL : copy(document, child);
        if (own && child->kind == CT__YAML_MAPPING)
            underlay(document, own, child);
        else if (added)
            ct__yaml_append(node, added);
    }
}

static void mark_defaults(struct ct__yaml_node *node)
{
    if (!node->origin)
        node->origin = &from_defaults;
    for (struct ct__yaml_node *child = node->first; child; child = child->next)
        mark_defaults(child);
}

static void spread_defaults(struct document *document)
{
    struct ct__yaml_node *defaults = ct__yaml_get(document->root, "defaults");
    struct ct__yaml_node *cameras = ct__yaml_get(document->root, "cameras");
    if (!defaults || !cameras || cameras->kind != CT__YAML_MAPPING)
        return;
    mark_defaults(defaults);
    for (struct ct__yaml_node *camera = cameras->first; camera; camera = camera->next)
        underlay(document, camera, defaults);
}

bool ct__document_read(struct ct__yaml_node **root, const struct ct__field *fields,
                       const char *const *sets, struct ct__arena *arena,
                       struct ct__problems *problems)
{
    struct document document = {.arena = arena, .problems = problems};
    document.root = parse(&document, problems->text, problems->size);
    bool broken = problems->count && !document.root;
    if (document.root && document.root->kind != CT__YAML_MAPPING) {
        ct__problem(problems, document.root, "expected keys and values, as in \"cameras:\"");
        document.root = NULL;
    }
    if (!document.root)
        document.root = make(&document, CT__YAML_MAPPING);
    *root = document.root;
    if (document.failed || broken)
        return !document.failed;
    substitute(&document, document.root);
    for (; sets && *sets && !document.failed; sets++)
        set(&document, *sets);
    inject(&document, fields, document.root, "");
    spread_defaults(&document);
    return !document.failed;
}
