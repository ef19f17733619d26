// SPDX-License-Identifier: Apache-2.0
// Functions of a library by their names.
#include <dlfcn.h>

#include "base/load.h"

bool ct__load(const char *library, const char *const *names, void **functions, size_t count)
{
    void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    size_t found = 0;
    while (loaded && found < count && (functions[found] = dlsym(loaded, names[found])))
        found++;
    return found == count;
}
