// SPDX-License-Identifier: Apache-2.0
// YAML as a tree that knows where everything stands. One document of text in UTF-8, without
// directives; keys are words, each once in its mapping. What is wrong is told with its place, all
// of it where the syntax is right.
#ifndef CT_BASE_YAML_H
#define CT_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum ct__yaml_kind { CT__YAML_SCALAR = 1, CT__YAML_SEQUENCE, CT__YAML_MAPPING };

struct ct__yaml_node {
    enum ct__yaml_kind kind;
    int line, column;   // from 1, of the first word in it; where there is none, of its key
    const char *text;   // of a scalar, else ""; never NULL
    const char *shown;  // how messages show it: the text, unless the owner of the tree says else
    bool empty;         // a scalar without quotes that says nothing: "", "~", "null"
    const void *origin; // for the owner of the tree; NULL
    struct ct__yaml_node *key;   // in a mapping: a scalar; else NULL
    struct ct__yaml_node *first; // of the values of a mapping, the items of a sequence
    struct ct__yaml_node *next;  // in its mapping or sequence
    int count;                   // of those
};

// Called once for each thing that is wrong; line 0: the whole file.
typedef void ct__yaml_problem_fn(void *opaque, int line, int column, const char *sentence);

struct ct__yaml_params {
    int most_nodes;                  // more are refused
    bool aliases;                    // *alias and <<: *alias are followed; else refused
    ct__yaml_problem_fn *on_problem; // required
    void *opaque;
};

// Reads `size` bytes. Nodes and texts live in the arena, also after a failure. *root is NULL for
// a text without content. CT_ERROR_FORMAT, CT_ERROR_LIMIT after on_problem; CT_ERROR_MEMORY, not
// logged.
int ct__yaml_parse(struct ct__yaml_node **root, const char *text, size_t size,
                   const struct ct__yaml_params *params, struct ct__arena *arena);

// The value of a key in a mapping, or NULL, also if the node is NULL or no mapping.
struct ct__yaml_node *ct__yaml_get(const struct ct__yaml_node *mapping, const char *key);

// A new node, alone; NULL: no memory.
struct ct__yaml_node *ct__yaml_make(struct ct__arena *arena, enum ct__yaml_kind kind);

// Puts a node at the end of a mapping or sequence. It must stand in no other.
void ct__yaml_append(struct ct__yaml_node *parent, struct ct__yaml_node *child);

#endif
