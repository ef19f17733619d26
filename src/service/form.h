// SPDX-License-Identifier: Apache-2.0
// The fields of a form that a client sends as multipart/form-data (RFC 7578): names and the bytes
// of each, which may hold anything. Pure functions; any thread.
#ifndef CT_SERVICE_FORM_H
#define CT_SERVICE_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum { CT__MOST_FIELDS = 32 };

// One field; both point into the body and are not ended by a zero.
struct ct__field_part {
    const char *name;
    size_t name_length;
    const char *data;
    size_t size;
};

struct ct__form {
    struct ct__field_part fields[CT__MOST_FIELDS];
    int count;
};

// Whether a Content-Type (or NULL) is that of such a form.
bool ct__form_is(const char *type);

// Reads a body. NULL, or what is wrong with it in half a sentence: no boundary in `type`, a part
// without a name, more fields than there is room for, no end.
const char *ct__form_read(struct ct__form *form, const char *type, const char *body, size_t size);

// The first field of a name, or NULL.
const struct ct__field_part *ct__form_find(const struct ct__form *form, const char *name);

#endif
