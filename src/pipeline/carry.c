// SPDX-License-Identifier: Apache-2.0
// A copy each way: the runtime uses the memory of its outputs again.
#include "pipeline/carry.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

int ct__carry_keep(struct ct__carry *carry, int index, const struct ct_tensor_info *info,
                   const struct ct__tensor *output, const char *scope)
{
    struct ct__tensor *kept = &carry->tensors[index];
    char shape[256];
    int64_t count = ct__shape_count(output->rank, output->dim);
    if (output->type != info->type || output->rank != info->rank || count < 1)
        return ct__fail(CT_ERROR_FORMAT, scope, "output %s %s of %s cannot be input %s",
                        output->name ? output->name : "?",
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape),
                        ct__type_name(output->type), info->name);
    size_t size = (size_t)count * ct__type_size(output->type);
    void *data = kept->data;
    if (size > carry->room[index]) {
        ct__free(data);
        kept->data = data = ct__alloc_aligned(size);
        carry->room[index] = data ? size : 0;
        if (!data)
            return ct__fail_memory(scope);
    }
    *kept = *output;
    kept->data = memcpy(data, output->data, size);
    return CT_OK;
}

void ct__carry_write(const struct ct__carry *carry, int index, const struct ct__tensor *input)
{
    size_t size = (size_t)ct__shape_count(input->rank, input->dim) * ct__type_size(input->type);
    if (carry->held)
        memcpy(input->data, carry->tensors[index].data, size);
    else
        memset(input->data, 0, size);
}

void ct__carry_finish(struct ct__carry *carry)
{
    for (int i = 0; i < CT__MOST_INPUTS; i++)
        ct__free(carry->tensors[i].data);
    *carry = (struct ct__carry){0};
}
