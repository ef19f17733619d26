// SPDX-License-Identifier: Apache-2.0
// Types of tensors as the Open Inference Protocol calls them. Pure functions; any thread.
#ifndef CT_SERVICE_DATATYPE_H
#define CT_SERVICE_DATATYPE_H

#include <stddef.h>

#include <chiton/model.h>

// "FP32"; NULL for a type that the protocol or we have not.
const char *ct__datatype_name(enum ct_type type);

// CT_TYPE_NONE for a name that is none.
enum ct_type ct__datatype_find(const char *name);

// Bytes of one element; 0 for types without a name.
size_t ct__datatype_size(enum ct_type type);

#endif
