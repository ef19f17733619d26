// SPDX-License-Identifier: Apache-2.0
// The backends that are built in, and the choice among them.
#include "runtime/backend.h"

#include <string.h>

static const struct ct__backend *by_name(const char *name)
{
    for (const struct ct__backend *const *each = ct__backends(); *each; each++) {
        if (strcmp((*each)->name, name) == 0)
            return *each;
    }
    return NULL;
}

const struct ct__backend *ct__backend_find(const char *name, const uint8_t *data, size_t size)
{
    if (strcmp(name, "auto") != 0)
        return by_name(name);
    for (const struct ct__backend *const *each = ct__backends(); *each; each++) {
        if ((*each)->accepts(data, size))
            return *each;
    }
    return *ct__backends(); // which will say what is wrong with the data
}

static const struct ct__backend *const all[] = {
    &ct__backend_ort,
    &ct__backend_fake,
    NULL,
};

const struct ct__backend *const *ct__backends(void)
{
    return all;
}
