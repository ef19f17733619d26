// SPDX-License-Identifier: Apache-2.0
// Checks of shapes that are the same for all families. A graph's declared shapes are a stranger's
// claim, and so are those that a run really returns.
#include "models/input.h"

#include "base/log.h"
#include "frame/format.h"

// A side of the input: its size, 0 where open, -1 for nonsense.
static int side(int64_t dim)
{
    if (dim < 0)
        return 0;
    return ct__size_ok(dim, dim) ? (int)dim : -1;
}

bool ct__input_picture(const struct ct__graph *graph, struct ct__usage *usage)
{
    if (graph->input_count < 1)
        return false;
    const struct ct_tensor_info *input = &graph->inputs[0];
    if (input->rank != 4 || (input->type != CT_TYPE_F32 && input->type != CT_TYPE_U8))
        return false;
    bool planes = input->dim[1] == 3;
    if (!planes && input->dim[3] != 3)
        return false;
    usage->input.layout = planes ? CT__LAYOUT_NCHW : CT__LAYOUT_NHWC;
    usage->input.type = input->type;
    usage->height = side(input->dim[planes ? 2 : 1]);
    usage->width = side(input->dim[planes ? 3 : 2]);
    return usage->width >= 0 && usage->height >= 0;
}

int ct__input_configure(const struct ct__graph *graph, const char *scope, enum ct__fit fit,
                        const struct ct__input_spec *spec, struct ct__usage *usage)
{
    char shape[256];
    usage->input = *spec;
    usage->fit = fit;
    if (graph->input_count < 1)
        return ct__fail(CT_ERROR_FORMAT, scope, "the model has no input");
    if (!ct__input_picture(graph, usage)) {
        const struct ct_tensor_info *input = &graph->inputs[0];
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "input %s %s of %s: expected a picture, [N,3,H,W] or [N,H,W,3] of float32 "
                        "or uint8",
                        input->name, ct__shape_text(input->rank, input->dim, shape, sizeof shape),
                        ct__type_name(input->type));
    }
    for (int c = 0; usage->input.type == CT_TYPE_U8 && c < 3; c++) {
        usage->input.mean[c] = 0;
        usage->input.scale[c] = 1;
    }
    return CT_OK;
}

int ct__outputs_check(const struct ct__graph *graph, const char *scope, int count)
{
    if (graph->output_count < count)
        return ct__fail(CT_ERROR_FORMAT, scope, "the model has %d outputs: expected %d",
                        graph->output_count, count);
    for (int i = 0; i < count; i++)
        if (graph->outputs[i].type != CT_TYPE_F32)
            return ct__fail(CT_ERROR_FORMAT, scope, "output %s is %s: expected float32",
                            graph->outputs[i].name, ct__type_name(graph->outputs[i].type));
    return CT_OK;
}

bool ct__output_fits(const struct ct__tensor *output, int rank, int size, const int64_t *last)
{
    if (output->type != CT_TYPE_F32 || output->rank != rank || rank < size || output->dim[0] < 1)
        return false;
    for (int i = 0; i < size; i++)
        if (last[i] >= 0 && output->dim[rank - size + i] != last[i])
            return false;
    return ct__shape_count(rank, output->dim) >= 0;
}

int ct__output_unfit(const char *scope, const struct ct__tensor *output, const char *expected)
{
    char shape[256];
    return ct__fail(CT_ERROR_FORMAT, scope, "output %s %s of %s: expected %s of float32",
                    output->name ? output->name : "?",
                    ct__shape_text(output->rank, output->dim, shape, sizeof shape),
                    ct__type_name(output->type), expected);
}
