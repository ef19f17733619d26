// SPDX-License-Identifier: Apache-2.0
// Descriptions of graphs and memory of tensors, as every backend needs them.
#include "runtime/graph.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

enum { SPARE = 64 }; // bytes that ct__alloc_aligned() adds

int ct__draft_init(struct ct__draft *draft, int inputs, int outputs, int pairs)
{
    // One more than asked for, so that nothing is asked for zero bytes.
    draft->inputs = ct__calloc((size_t)inputs + 1, sizeof *draft->inputs);
    draft->outputs = ct__calloc((size_t)outputs + 1, sizeof *draft->outputs);
    draft->keys = ct__calloc((size_t)pairs + 1, sizeof *draft->keys);
    draft->values = ct__calloc((size_t)pairs + 1, sizeof *draft->values);
    if (!draft->inputs || !draft->outputs || !draft->keys || !draft->values)
        return CT_ERROR_MEMORY;
    draft->graph = (struct ct__graph){
        .input_count = inputs,
        .output_count = outputs,
        .inputs = draft->inputs,
        .outputs = draft->outputs,
        .metadata_count = pairs,
        .metadata_keys = (const char *const *)draft->keys,
        .metadata_values = (const char *const *)draft->values,
    };
    return CT_OK;
}

void ct__draft_finish(struct ct__draft *draft)
{
    for (int i = 0; i < draft->graph.input_count; i++)
        ct__free((void *)draft->inputs[i].name);
    for (int i = 0; i < draft->graph.output_count; i++)
        ct__free((void *)draft->outputs[i].name);
    for (int i = 0; i < draft->graph.metadata_count; i++) {
        ct__free(draft->keys[i]);
        ct__free(draft->values[i]);
    }
    ct__free(draft->inputs);
    ct__free(draft->outputs);
    ct__free(draft->keys);
    ct__free(draft->values);
    *draft = (struct ct__draft){0};
}

int ct__tensor_alloc(struct ct__tensor *tensor, const char *scope)
{
    tensor->data = NULL;
    char shape[128];
    int64_t count = ct__shape_count(tensor->rank, tensor->dim);
    size_t size = ct__type_size(tensor->type);
    if (size == 0)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope,
                        "tensor %s has elements of a type of no use here", tensor->name);
    if (count < 0 || (uint64_t)count > (UINT64_C(1) << 31) / size)
        return ct__fail(CT_ERROR_LIMIT, scope, "tensor %s %s: larger than 2 GiB", tensor->name,
                        ct__shape_text(tensor->rank, tensor->dim, shape, sizeof shape));
    tensor->data = ct__alloc_aligned((size_t)count * size);
    if (!tensor->data)
        return ct__fail_memory(scope);
    memset(tensor->data, 0, (size_t)count * size + SPARE);
    return CT_OK;
}
