// SPDX-License-Identifier: Apache-2.0
// Half precision is a matter of storage: its numbers are widened once, before a family looks at
// them, so that no family has to know of it. Models without it pay one look at each type.
#include "models/widen.h"

#include "base/half.h"
#include "base/log.h"
#include "base/mem.h"

int ct__wide_graph_make(struct ct__wide_graph *wide, const struct ct__graph *graph,
                        const char *scope)
{
    size_t count = (size_t)graph->output_count;
    struct ct_tensor_info *outputs = ct__calloc(count + 1, sizeof *outputs);
    if (!outputs)
        return ct__fail_memory(scope);
    for (size_t i = 0; i < count; i++) {
        outputs[i] = graph->outputs[i];
        if (outputs[i].type == CT_TYPE_F16)
            outputs[i].type = CT_TYPE_F32;
    }
    wide->graph = *graph;
    wide->graph.outputs = wide->outputs = outputs;
    return CT_OK;
}

void ct__wide_graph_finish(struct ct__wide_graph *wide)
{
    ct__free(wide->outputs);
    *wide = (struct ct__wide_graph){0};
}

static int make_room(struct ct__widener *widener, const char *scope, int count)
{
    if (widener->count == count)
        return CT_OK;
    ct__widener_finish(widener);
    widener->tensors = ct__calloc((size_t)count, sizeof *widener->tensors);
    widener->room = ct__calloc((size_t)count, sizeof *widener->room);
    if (!widener->tensors || !widener->room) {
        ct__widener_finish(widener);
        return ct__fail_memory(scope);
    }
    widener->count = count;
    return CT_OK;
}

static int widen_one(struct ct__tensor *to, size_t *room, const char *scope,
                     const struct ct__tensor *from)
{
    int64_t count = ct__shape_count(from->rank, from->dim);
    float *data = to->data;
    if (count < 0)
        return ct__fail(CT_ERROR_FORMAT, scope, "output %s has a shape beyond measure",
                        from->name ? from->name : "?");
    if ((size_t)count > *room) {
        ct__free(data);
        to->data = data = ct__alloc_aligned((size_t)count * sizeof *data);
        *room = data ? (size_t)count : 0;
        if (!data)
            return ct__fail_memory(scope);
    }
    const uint16_t *half = from->data;
    for (int64_t i = 0; i < count; i++)
        data[i] = ct__half_value(half[i]);
    *to = *from;
    to->type = CT_TYPE_F32;
    to->data = data;
    return CT_OK;
}

int ct__widen(struct ct__widener *widener, const char *scope, const struct ct__tensor *outputs,
              int count, const struct ct__tensor **wide)
{
    bool any = false;
    for (int i = 0; i < count; i++)
        any = any || outputs[i].type == CT_TYPE_F16;
    *wide = outputs;
    if (!any)
        return CT_OK;
    int status = make_room(widener, scope, count);
    for (int i = 0; i < count && !status; i++) {
        // What is given through must not be freed as if it were ours.
        if (outputs[i].type == CT_TYPE_F16)
            status = widen_one(&widener->tensors[i], &widener->room[i], scope, &outputs[i]);
        else if (!widener->room[i])
            widener->tensors[i] = outputs[i];
    }
    if (!status)
        *wide = widener->tensors;
    return status;
}

void ct__widener_finish(struct ct__widener *widener)
{
    for (int i = 0; i < widener->count; i++)
        if (widener->room[i])
            ct__free(widener->tensors[i].data);
    ct__free(widener->tensors);
    ct__free(widener->room);
    *widener = (struct ct__widener){0};
}
