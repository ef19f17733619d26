// SPDX-License-Identifier: Apache-2.0
// Types and shapes of tensors in numbers and in words.
#include "frame/tensor.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [CT_TYPE_NONE] = {"none", 0},   [CT_TYPE_F32] = {"float32", 4}, [CT_TYPE_F16] = {"float16", 2},
    [CT_TYPE_F64] = {"float64", 8}, [CT_TYPE_U8] = {"uint8", 1},    [CT_TYPE_I8] = {"int8", 1},
    [CT_TYPE_I32] = {"int32", 4},   [CT_TYPE_I64] = {"int64", 8},   [CT_TYPE_BOOL] = {"bool", 1},
    [CT_TYPE_I16] = {"int16", 2},   [CT_TYPE_U16] = {"uint16", 2},  [CT_TYPE_U32] = {"uint32", 4},
    [CT_TYPE_U64] = {"uint64", 8},  [CT_TYPE_OTHER] = {"other", 0},
};

static bool known(enum ct_type type)
{
    return (unsigned)type < sizeof types / sizeof *types;
}

size_t ct__type_size(enum ct_type type)
{
    return known(type) ? types[type].size : 0;
}

const char *ct__type_name(enum ct_type type)
{
    return known(type) ? types[type].name : types[CT_TYPE_OTHER].name;
}

int64_t ct__shape_count(int rank, const int64_t *dim)
{
    const int64_t most = INT64_C(1) << 40;
    int64_t count = 1;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (dim[i] < 0)
            return -1;
        if (dim[i] == 0) {
            empty = true;
            continue;
        }
        if (dim[i] > most / count)
            return -1;
        count *= dim[i];
    }
    return empty ? 0 : count;
}

const char *ct__shape_text(int rank, const int64_t *dim, char *text, size_t size)
{
    char all[CT_MAX_RANK * 24 + 3];
    size_t n = 0;
    all[n++] = '[';
    for (int i = 0; i < rank && i < CT_MAX_RANK; i++) {
        const char *comma = i ? "," : "";
        if (dim[i] < 0)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s?", comma);
        else
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%lld", comma, (long long)dim[i]);
    }
    snprintf(all + n, sizeof all - n, "]");
    snprintf(text, size, "%s", all);
    return text;
}

const char *ct__graph_metadata(const struct ct__graph *graph, const char *key)
{
    for (int i = 0; i < graph->metadata_count; i++)
        if (strcmp(graph->metadata_keys[i], key) == 0)
            return graph->metadata_values[i];
    return NULL;
}
