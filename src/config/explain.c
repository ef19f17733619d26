// SPDX-License-Identifier: Apache-2.0
// Every value in force and where it came from; and the same with real values, to compare.
#include "config/plan.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_PATH = 512, VALUE_COLUMN = 56 };

// Called for each value under a mapping, in the order of the rows; `node` is NULL where the preset
// is in force. `path` is "cameras.door.detect.fps".
typedef void value_fn(void *opaque, const char *path, const struct ct__field *field,
                      const struct ct__yaml_node *node);

static void visit_fields(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                         const char *path, value_fn *visit, void *opaque);

static void visit_elements(const struct ct__field *field, const struct ct__yaml_node *node,
                           const char *path, value_fn *visit, void *opaque)
{
    char below[LONGEST_PATH];
    int index = 0;
    for (const struct ct__yaml_node *child = node ? node->first : NULL; child;
         child = child->next, index++) {
        if (field->shape == CT__FIELD_NAMED)
            snprintf(below, sizeof below, "%.300s.%.64s", path, child->key ? child->key->text : "");
        else
            snprintf(below, sizeof below, "%.300s.%d", path, index);
        visit_fields(field->fields, child, below, visit, opaque);
    }
}

static void visit_fields(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                         const char *path, value_fn *visit, void *opaque)
{
    char below[LONGEST_PATH];
    for (const struct ct__field *field = fields; field->row.name; field++) {
        const struct ct__yaml_node *node = ct__yaml_get(mapping, field->row.name);
        snprintf(below, sizeof below, "%.300s%s%s", path, *path ? "." : "", field->row.name);
        if (field->shape == CT__FIELD_VALUE)
            visit(opaque, below, field, node);
        else if (field->shape == CT__FIELD_SECTION)
            visit_fields(field->fields, node, below, visit, opaque);
        else if (field->shape != CT__FIELD_LATER)
            visit_elements(field, node, below, visit, opaque);
    }
}

struct page {
    struct ct__text *text;
    const char *file;
};

static void put_shown(struct ct__text *text, const struct ct__yaml_node *node)
{
    ct__put_hidden(text, node->shown, strlen(node->shown));
}

static void put_value(struct ct__text *text, const struct ct__field *field,
                      const struct ct__yaml_node *node)
{
    if (node && node->kind == CT__YAML_SEQUENCE) {
        ct__text_puts(text, "[");
        for (const struct ct__yaml_node *item = node->first; item; item = item->next) {
            put_shown(text, item);
            ct__text_puts(text, item->next ? ", " : "");
        }
        ct__text_puts(text, "]");
    } else if (node) {
        put_shown(text, node);
    } else {
        ct__text_puts(
            text, field->row.preset                    ? field->row.preset
                  : field->row.type == CT__OPTION_LIST ? "[]"
                  : field->row.type == CT__OPTION_INT || field->row.type == CT__OPTION_FLOAT ? "0"
                                                                                             : "-");
    }
}

static void put_origin(struct ct__text *text, const char *file, const struct ct__yaml_node *node)
{
    const struct ct__origin *origin = node ? node->origin : NULL;
    if (!node)
        ct__text_puts(text, "built in");
    else if (origin && origin->kind != CT__ORIGIN_DEFAULTS)
        ct__text_puts(text, origin->name);
    else
        ct__text_printf(text, "%s%s:%d:%d", origin ? "defaults, " : "", file, node->line,
                        node->column);
}

static void explain(void *opaque, const char *path, const struct ct__field *field,
                    const struct ct__yaml_node *node)
{
    const struct page *page = opaque;
    if (strncmp(path, "defaults.", strlen("defaults.")) == 0)
        return; // they are in force where cameras have them
    size_t begin = page->text->length;
    ct__text_printf(page->text, "%s = ", path);
    put_value(page->text, field, node);
    size_t width = page->text->length - begin;
    ct__text_printf(page->text, "%*s# ", width < VALUE_COLUMN ? (int)(VALUE_COLUMN - width) : 1,
                    "");
    put_origin(page->text, page->file, node);
    ct__text_puts(page->text, "\n");
}

void ct__plan_explain(const struct ct__plan *plan, const char *file, struct ct__text *text)
{
    struct page page = {text, file};
    visit_fields(ct__fleet_keys, plan->root, "", explain, &page);
}

static void print(void *opaque, const char *path, const struct ct__field *field,
                  const struct ct__yaml_node *node)
{
    struct ct__text *text = opaque;
    ct__text_printf(text, "%s=", path);
    if (!node)
        ct__text_puts(text, field->row.preset ? field->row.preset : "");
    else if (node->kind == CT__YAML_SCALAR)
        ct__text_printf(text, "%zu:%s", strlen(node->text), node->text);
    for (const struct ct__yaml_node *item = node ? node->first : NULL; item; item = item->next)
        ct__text_printf(text, "%zu:%s,", strlen(item->text), item->text);
    ct__text_puts(text, "\n");
}

void ct__plan_print(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                    struct ct__text *text)
{
    visit_fields(fields, mapping, "", print, text);
}
