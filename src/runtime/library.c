// SPDX-License-Identifier: Apache-2.0
// dlopen() over a list of places. Symbols stay local: another copy of the same library, of another
// version, may live in the same program.
#include "runtime/library.h"

#include <dlfcn.h>
#include <stdio.h>

#include <chiton/error.h>

#include "runtime/sentence.h"

static const char *reason_of_loader(void)
{
    const char *reason = dlerror();
    return reason ? reason : "unknown reason";
}

// Loads one library; on failure `reason` says why.
static int load(const char *name, const char *symbol, void **function, char *reason, size_t size)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    void *found = library ? dlsym(library, symbol) : NULL;
    if (found) {
        *function = found;
        return CT_OK;
    }
    ct__one_line(reason_of_loader(), reason, size);
    if (library)
        dlclose(library);
    return CT_ERROR_UNSUPPORTED;
}

int ct__library_load(const char *const *names, const char *symbol, void **function, char *path,
                     size_t size)
{
    char later[256];
    for (int i = 0; names[i]; i++) {
        if (load(names[i], symbol, function, i ? later : path, i ? sizeof later : size))
            continue;
        Dl_info info;
        bool known = dladdr(*function, &info) && info.dli_fname;
        ct__one_line(known ? info.dli_fname : names[i], path, size);
        return CT_OK;
    }
    return CT_ERROR_UNSUPPORTED;
}

bool ct__version_reaches(const char *version, int major, int minor)
{
    int first = 0, second = 0;
    if (sscanf(version, "%d.%d", &first, &second) != 2)
        return false;
    return first > major || (first == major && second >= minor);
}
