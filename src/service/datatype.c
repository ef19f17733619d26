// SPDX-License-Identifier: Apache-2.0
// The protocol's names of types, and how long an element of each is.
#include "service/datatype.h"

#include <string.h>

static const struct datatype {
    const char *name;
    size_t size;
} table[CT_TYPE_OTHER] = {
    [CT_TYPE_F32] = {"FP32", 4},   [CT_TYPE_F16] = {"FP16", 2},   [CT_TYPE_F64] = {"FP64", 8},
    [CT_TYPE_U8] = {"UINT8", 1},   [CT_TYPE_I8] = {"INT8", 1},    [CT_TYPE_I32] = {"INT32", 4},
    [CT_TYPE_I64] = {"INT64", 8},  [CT_TYPE_BOOL] = {"BOOL", 1},  [CT_TYPE_I16] = {"INT16", 2},
    [CT_TYPE_U16] = {"UINT16", 2}, [CT_TYPE_U32] = {"UINT32", 4}, [CT_TYPE_U64] = {"UINT64", 8},
};

const char *ct__datatype_name(enum ct_type type)
{
    return (unsigned)type < CT_TYPE_OTHER ? table[type].name : NULL;
}

size_t ct__datatype_size(enum ct_type type)
{
    return (unsigned)type < CT_TYPE_OTHER ? table[type].size : 0;
}

enum ct_type ct__datatype_find(const char *name)
{
    for (int i = CT_TYPE_NONE + 1; i < CT_TYPE_OTHER; i++)
        if (strcmp(table[i].name, name) == 0)
            return (enum ct_type)i;
    return CT_TYPE_NONE;
}
