// SPDX-License-Identifier: Apache-2.0
// Keys of a fleet's file, declared once: a row gives parser, messages, explanation, schema and
// reference. Reading fills a structure from a tree and tells what is wrong, all of it.
#ifndef CT_CONFIG_FIELD_H
#define CT_CONFIG_FIELD_H

#include "base/arena.h"
#include "base/option.h"
#include "base/yaml.h"
#include "config/problem.h"

enum ct__field_shape {
    CT__FIELD_VALUE = 0, // by row.type, as options have it
    CT__FIELD_SECTION,   // a mapping of `fields`; their offsets count from where the row's does
    CT__FIELD_NAMED,     // a mapping from names to sections; struct ct__field_list
    CT__FIELD_ITEMS,     // a list of sections; struct ct__field_list
    CT__FIELD_LATER,     // a word that a later version will know
};

// The checks beside type and range.
enum ct__field_form {
    CT__FORM_ANY = 0,
    CT__FORM_SIZE,  // "640x480"
    CT__FORM_CORES, // "0-3,6"
    CT__FORM_TEXT,  // not ""
};

struct ct__field {
    struct ct__option row; // of what is no value: name, offset, help
    enum ct__field_shape shape;
    enum ct__field_form form;
    const struct ct__field *fields; // of a section or of each element; the last has no name
    size_t size;                    // of an element, which begins with struct ct__field_head
};

struct ct__field_head {
    const char *name; // NULL of items
    const struct ct__yaml_node *node;
};

struct ct__field_list {
    void *items;
    int count;
};

// Reads a mapping, or NULL for defaults alone, into `destination`. Texts live as long as the tree,
// lists as the arena. What is wrong is told to `problems`; false: no memory.
bool ct__fields_read(const struct ct__field *fields, const struct ct__yaml_node *mapping,
                     void *destination, struct ct__arena *arena, struct ct__problems *problems);

// The element of a list by its number.
void *ct__field_item(const struct ct__field_list *list, const struct ct__field *field, int index);

#endif
