// SPDX-License-Identifier: Apache-2.0
// What backends share: a graph's description that owns its strings, and tensors that own their
// memory.
#ifndef CT_RUNTIME_GRAPH_H
#define CT_RUNTIME_GRAPH_H

#include "frame/tensor.h"

// A description while it is written, and its owner afterwards; `graph` is what the others read.
struct ct__draft {
    struct ct__graph graph;
    struct ct_tensor_info *inputs, *outputs; // names are ct__strdup()s, or NULL
    char **keys, **values;                   // likewise
};

// Makes room for so many of each, zeroed. CT_ERROR_MEMORY, not logged; finish it in any case.
int ct__draft_init(struct ct__draft *draft, int inputs, int outputs, int pairs);
void ct__draft_finish(struct ct__draft *draft);

// Allocates the memory of a tensor: aligned, 64 spare bytes, all zero. CT_ERROR_LIMIT above 2 GiB,
// CT_ERROR_UNSUPPORTED for a type of no use here, CT_ERROR_MEMORY; each logged under `scope`.
int ct__tensor_alloc(struct ct__tensor *tensor, const char *scope);

#endif
