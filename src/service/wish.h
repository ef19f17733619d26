// SPDX-License-Identifier: Apache-2.0
// The fields of /api/remove, by the names and with the defaults that rembg's server gives them.
#ifndef CT_SERVICE_WISH_H
#define CT_SERVICE_WISH_H

#include <chiton/cutout.h>

#include "service/form.h"
#include "service/http.h"

struct ct__wish {
    char model[64]; // "" where none is named
    struct ct_cutout_params cut;
};

// Reads the fields of a form (or NULL), then those of the address. Returns false with a sentence
// for a value that cannot be, and for what rembg can do and chiton cannot (dc, vm, extras).
bool ct__wish_read(struct ct__wish *wish, const struct ct__request *request,
                   const struct ct__form *form, char *why, size_t size);

#endif
