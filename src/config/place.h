// SPDX-License-Identifier: Apache-2.0
// Where the relative names in a fleet's file count from.
#ifndef CT_CONFIG_PLACE_H
#define CT_CONFIG_PLACE_H

#include <stdbool.h>

#include "base/arena.h"

// The folder of a file, or NULL where it is the working folder. *failed: no memory.
const char *ct__place_of(const char *path, struct ct__arena *arena, bool *failed);

// A file's name with the folder (NULL: the working one) in front, unless it is absolute. NULL: no
// memory.
const char *ct__place_file(const char *folder, const char *name, struct ct__arena *arena);

// The same for an input: addresses stay as they are, "-" too; of synthetic: the file behind image=
// or clip= counts from the folder.
const char *ct__place_input(const char *folder, const char *input, struct ct__arena *arena);

// The same for an output: what stands behind "jsonl:" and its like is a file's name; {camera}
// becomes `camera`.
const char *ct__place_output(const char *folder, const char *output, const char *camera,
                             struct ct__arena *arena);

#endif
