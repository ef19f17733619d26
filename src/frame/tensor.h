// SPDX-License-Identifier: Apache-2.0
// Tensors: typed numbers in a shape, dense, last dimension fastest. Plain data; whoever made it
// owns the memory.
#ifndef CT_FRAME_TENSOR_H
#define CT_FRAME_TENSOR_H

#include <stdbool.h>
#include <stddef.h>

#include <chiton/model.h>

struct ct__tensor {
    const char *name;
    enum ct_type type;
    int rank;
    int64_t dim[CT_MAX_RANK]; // all >= 0
    void *data;               // 64-byte aligned
};

// What a model file declares: its inputs, outputs, and key-value pairs of metadata. Dimensions that
// the file leaves open are -1.
struct ct__graph {
    int input_count, output_count;
    const struct ct_tensor_info *inputs, *outputs;
    int metadata_count;
    const char *const *metadata_keys, *const *metadata_values;
};

// The value of a metadata key, or NULL without it.
const char *ct__graph_metadata(const struct ct__graph *graph, const char *key);

// Bytes of one element, 0 for types of no use here.
size_t ct__type_size(enum ct_type type);
const char *ct__type_name(enum ct_type type); // "float32"

// Elements of a shape; -1 if a dimension is open or negative, or the product passes 2^40.
int64_t ct__shape_count(int rank, const int64_t *dim);

// Writes "[1,3,?,416]" and returns `text`.
const char *ct__shape_text(int rank, const int64_t *dim, char *text, size_t size);

#endif
