// SPDX-License-Identifier: Apache-2.0
// Names of the files of a folder that has the structure of the inputs: "in/a/b.jpg" of the input
// "in" becomes "out/a/b". Names are given in the order of the inputs, each once, so that a second
// run gives the same; they can be looked up by any thread.
#ifndef CT_SINKS_TARGETS_H
#define CT_SINKS_TARGETS_H

#include "base/text.h"

struct ct__targets;

// `inputs` ends with NULL; it may be NULL. Both are copied.
int ct__targets_create(struct ct__targets **out, const char *folder, const char *const *inputs);

// Gives an input its name, without an ending: the second "a" is "a-2"; the same input again has the
// same. CT_ERROR_MEMORY.
int ct__targets_give(struct ct__targets *targets, const char *path, struct ct__text *name);

// The name that an input was given, or would be as the first of that name.
int ct__targets_find(struct ct__targets *targets, const char *path, struct ct__text *name);

void ct__targets_destroy(struct ct__targets **targets);

#endif
