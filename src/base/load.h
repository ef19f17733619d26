// SPDX-License-Identifier: Apache-2.0
// Libraries that are loaded when they are first needed: linked, they would cost each start of the
// program.
#ifndef CT_BASE_LOAD_H
#define CT_BASE_LOAD_H

#include <stdbool.h>
#include <stddef.h>

// Loads a library by its file name, for the life of the process, and fills `functions` with
// what has these names. False if the library or one of them is missing. Any thread.
bool ct__load(const char *library, const char *const *names, void **functions, size_t count);

#endif
