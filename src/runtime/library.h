// SPDX-License-Identifier: Apache-2.0
// Libraries that are loaded when they are first needed, because not every machine has them.
#ifndef CT_RUNTIME_LIBRARY_H
#define CT_RUNTIME_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

// Loads the first of `names` (paths, or names for the system's search; ended by NULL) that loads,
// and finds `symbol` in it. The library stays for the life of the process. `path` gets the file it
// came from. CT_ERROR_UNSUPPORTED if none loads: nothing is logged, `path` gets the reason of the
// first one.
int ct__library_load(const char *const *names, const char *symbol, void **function, char *path,
                     size_t size);

// Whether a version as "1.21.0" is major.minor or later; false for what is no version.
bool ct__version_reaches(const char *version, int major, int minor);

#endif
