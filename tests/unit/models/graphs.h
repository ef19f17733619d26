// SPDX-License-Identifier: Apache-2.0
// Graphs and outputs for tests of families: small descriptions that live on the stack of a test.
#ifndef CT_TESTS_MODELS_GRAPHS_H
#define CT_TESTS_MODELS_GRAPHS_H

// cmocka wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "models/family.h"

enum { MOST_INPUTS = 6, MOST_OUTPUTS = 9, MOST_PAIRS = 5 };

// A graph with room for its parts.
struct model {
    struct ct__graph graph;
    struct ct_tensor_info inputs[MOST_INPUTS], outputs[MOST_OUTPUTS];
    const char *keys[MOST_PAIRS], *values[MOST_PAIRS];
};

// Shapes end with the first 0; -1 is open.
struct shape {
    int64_t dim[CT_MAX_RANK];
};

static inline struct ct_tensor_info tensor_info(const char *name, struct shape shape)
{
    struct ct_tensor_info info = {.name = name, .type = CT_TYPE_F32};
    while (info.rank < CT_MAX_RANK && shape.dim[info.rank])
        info.rank++;
    memcpy(info.dim, shape.dim, sizeof info.dim);
    return info;
}

// `outputs` ends with an empty shape.
static inline void make_model(struct model *model, struct shape input, const struct shape *outputs)
{
    static const char *const names[] = {"o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8"};
    memset(model, 0, sizeof *model);
    model->inputs[0] = tensor_info("images", input);
    model->graph = (struct ct__graph){
        .input_count = 1,
        .inputs = model->inputs,
        .outputs = model->outputs,
        .metadata_keys = model->keys,
        .metadata_values = model->values,
    };
    int count = 0;
    for (; count < MOST_OUTPUTS && outputs[count].dim[0]; count++)
        model->outputs[count] = tensor_info(names[count], outputs[count]);
    model->graph.output_count = count;
}

// The second input of detectors that are told the size of the picture.
static inline void add_size_input(struct model *model, struct shape shape)
{
    model->inputs[1] = tensor_info("orig_target_sizes", shape);
    model->inputs[1].type = CT_TYPE_I64;
    model->graph.input_count = 2;
}

static inline void add_input(struct model *model, const char *name, struct shape shape)
{
    int at = model->graph.input_count++;
    assert_true(at < MOST_INPUTS);
    model->inputs[at] = tensor_info(name, shape);
}

// What a decoder of SAM wants beside the embeddings.
static inline void add_prompt_inputs(struct model *model)
{
    add_input(model, "point_coords", (struct shape){{1, -1, 2}});
    add_input(model, "point_labels", (struct shape){{1, -1}});
    add_input(model, "mask_input", (struct shape){{1, 1, 256, 256}});
    add_input(model, "has_mask_input", (struct shape){{1}});
    add_input(model, "orig_im_size", (struct shape){{2}});
}

static inline void make_rvm(struct model *model, struct shape picture, struct shape alpha)
{
    static const char *const in[] = {"r1i", "r2i", "r3i", "r4i", "downsample_ratio"};
    static const char *const out[] = {"fgr", "pha", "r1o", "r2o", "r3o", "r4o"};
    const struct shape any = {{-1, -1, -1, -1}};
    make_model(model, picture, (struct shape[]){picture, alpha, any, any, any, any, {{0}}});
    model->inputs[0].name = "src";
    for (int i = 0; i < 5; i++)
        add_input(model, in[i], i < 4 ? any : (struct shape){{1}});
    for (int i = 0; i < 6; i++)
        model->outputs[i].name = out[i];
}

static inline void add_pair(struct model *model, const char *key, const char *value)
{
    int at = model->graph.metadata_count++;
    assert_true(at < MOST_PAIRS);
    model->keys[at] = key;
    model->values[at] = value;
}

// Outputs as a run would return them, all zeros; open sides are 1.
static inline void make_tensors(const struct model *model, struct ct__tensor *tensors)
{
    for (int i = 0; i < model->graph.output_count; i++) {
        const struct ct_tensor_info *info = &model->outputs[i];
        struct ct__tensor *tensor = &tensors[i];
        *tensor = (struct ct__tensor){.name = info->name, .type = info->type, .rank = info->rank};
        for (int d = 0; d < info->rank; d++)
            tensor->dim[d] = info->dim[d] < 0 ? 1 : info->dim[d];
        size_t size =
            (size_t)ct__shape_count(tensor->rank, tensor->dim) * ct__type_size(tensor->type);
        tensor->data = ct__alloc(size ? size : 1); // exact, so that a sanitizer sees what is beyond
        assert_non_null(tensor->data);
        memset(tensor->data, 0, size);
    }
}

static inline void free_tensors(const struct model *model, struct ct__tensor *tensors)
{
    for (int i = 0; i < model->graph.output_count; i++)
        ct__free(tensors[i].data);
}

static inline struct ct__usage configured(const struct model *model, const char *family)
{
    struct ct__usage usage = {0};
    assert_int_equal(ct__family_find(&model->graph, "model", family, &usage.family), 0);
    assert_int_equal(usage.family->configure(&model->graph, "model", &usage), 0);
    return usage;
}

static inline void assert_failure(const char *part)
{
    char text[1024];
    ct__last_failure(text, sizeof text);
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

#endif
