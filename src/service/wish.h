// SPDX-License-Identifier: Apache-2.0
// The fields of /api/remove, by the names and with the defaults that rembg's server gives them.
#ifndef CT_SERVICE_WISH_H
#define CT_SERVICE_WISH_H

#include <chiton/cutout.h>

#include "base/prompts.h"
#include "service/form.h"
#include "service/http.h"

struct ct__wish {
    char model[96]; // "" where none is named
    struct ct_cutout_params cut;
    struct ct__prompt_list prompts; // to which `cut` points: a wish stays where it was read
};

// Reads the fields of a form (or NULL), then those of the address. Returns false with a sentence
// for a value that cannot be, and for what rembg can do and chiton cannot (dc, vm, most extras).
bool ct__wish_read(struct ct__wish *wish, const struct ct__request *request,
                   const struct ct__form *form, char *why, size_t size);

// Names the model where the fields name none, and which of them "sam" is.
void ct__wish_settle_model(struct ct__wish *wish, const char *preset);

#endif
