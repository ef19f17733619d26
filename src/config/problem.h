// SPDX-License-Identifier: Apache-2.0
// What is wrong in a fleet's file: told once each, with its place, without secrets.
#ifndef CT_CONFIG_PROBLEM_H
#define CT_CONFIG_PROBLEM_H

#include <chiton/fleet.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/yaml.h"

// Where a node came from, where it is not the file: its `origin`.
enum ct__origin_kind { CT__ORIGIN_DEFAULTS = 1, CT__ORIGIN_ENVIRONMENT, CT__ORIGIN_SET };

struct ct__origin {
    enum ct__origin_kind kind;
    const char *name; // "CHITON_LISTEN", "--set lanes"
};

// All that is wrong. Zero-initialise but for the first four; the arena is the owner's to finish.
struct ct__problems {
    const char *file;                     // how it is called
    const struct ct_fleet_params *params; // whom to tell
    const char *text;                     // of the file, or NULL
    size_t size;
    struct ct__arena arena;
    struct ct__problem *first; // in the order of the file
    int count;
    bool failed; // no memory to keep one
};

// Keeps one at a node of the tree, or of the whole file where that is NULL. Of one place the first
// is kept, and no more than a hundred.
__attribute__((format(printf, 3, 4))) void ct__problem(struct ct__problems *problems,
                                                       const struct ct__yaml_node *node,
                                                       const char *format, ...);

// The same at a place of the file, of `origin` unless NULL.
void ct__problem_at(struct ct__problems *problems, const struct ct__origin *origin, int line,
                    int column, const char *sentence);

// Appends a text as it may be shown: of addresses in it without users, passwords and tokens.
void ct__put_hidden(struct ct__text *text, const char *line, size_t length);

// Tells them all, in the order of the file, to whom the parameters say, or to the log.
void ct__problems_tell(struct ct__problems *problems);

#endif
