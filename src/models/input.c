// SPDX-License-Identifier: Apache-2.0
// Checks of shapes that are the same for all families. A graph's declared shapes are a stranger's
// claim, and so are those that a run really returns.
#include "models/input.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "frame/format.h"

enum { LONGEST = 640 };

// A side of the input: its size, 0 where open, -1 for nonsense.
static int side(int64_t dim)
{
    if (dim < 0)
        return 0;
    return ct__size_ok(dim, dim) ? (int)dim : -1;
}

// Whether the input holds pictures in this layout; a side that is open will do for the channels.
static bool read_layout(const struct ct_tensor_info *input, enum ct__layout layout,
                        struct ct__usage *usage)
{
    bool planes = layout == CT__LAYOUT_NCHW;
    int64_t channels = input->dim[planes ? 1 : 3];
    if (input->rank != 4 || !ct__prepare_knows(input->type) || (channels != 3 && channels != -1))
        return false;
    usage->input.layout = layout;
    usage->input.type = input->type;
    usage->height = side(input->dim[planes ? 2 : 1]);
    usage->width = side(input->dim[planes ? 3 : 2]);
    return usage->width >= 0 && usage->height >= 0;
}

bool ct__input_picture(const struct ct__graph *graph, struct ct__usage *usage)
{
    const struct ct_tensor_info *input = graph->inputs;
    if (graph->input_count < 1 || input->rank != 4)
        return false;
    if (input->dim[1] == 3)
        return read_layout(input, CT__LAYOUT_NCHW, usage);
    return input->dim[3] == 3 && read_layout(input, CT__LAYOUT_NHWC, usage);
}

static int fail_layout(int error, const char *scope, const struct ct_tensor_info *input,
                       const char *expected)
{
    char shape[256];
    return ct__fail(error, scope,
                    "input %s %s of %s: expected a picture, %s of float32, float16, uint8 or int8",
                    input->name, ct__shape_text(input->rank, input->dim, shape, sizeof shape),
                    ct__type_name(input->type), expected);
}

int ct__input_set_layout(const struct ct__graph *graph, const char *scope, enum ct__layout layout,
                         struct ct__usage *usage)
{
    if (read_layout(&graph->inputs[0], layout, usage))
        return CT_OK;
    return fail_layout(CT_ERROR_INVALID, scope, &graph->inputs[0],
                       layout == CT__LAYOUT_NCHW ? "[N,3,H,W]" : "[N,H,W,3]");
}

// Ultralytics writes its stride into the file.
static int read_stride(const struct ct__graph *graph)
{
    const char *text = ct__graph_metadata(graph, "stride");
    int64_t stride;
    return text && ct__parse_int(text, &stride) && stride > 0 && stride <= 4096 ? (int)stride : 32;
}

int ct__input_configure(const struct ct__graph *graph, const char *scope, enum ct__fit fit,
                        const struct ct__input_spec *spec, struct ct__usage *usage)
{
    usage->input = *spec;
    usage->fit = fit;
    usage->stride = read_stride(graph);
    if (graph->input_count < 1)
        return ct__fail(CT_ERROR_FORMAT, scope, "the model has no input");
    if (!ct__input_picture(graph, usage))
        return fail_layout(CT_ERROR_FORMAT, scope, &graph->inputs[0], "[N,3,H,W] or [N,H,W,3]");
    for (int c = 0; ct__type_size(usage->input.type) == 1 && c < 3; c++) {
        usage->input.mean[c] = usage->input.type == CT_TYPE_I8 ? 128 : 0;
        usage->input.scale[c] = 1;
    }
    return CT_OK;
}

void ct__input_read_size(const struct ct__graph *graph, struct ct__usage *usage)
{
    const char *size = ct__graph_metadata(graph, "imgsz");
    int width, height, end = 0;
    if (!size || sscanf(size, "[%5d ,%5d ]%n", &height, &width, &end) != 2 || !end)
        return;
    if (!ct__size_ok(width, height) || width % usage->stride || height % usage->stride)
        return;
    if (!usage->width)
        usage->width = width;
    if (!usage->height)
        usage->height = height;
}

static int round_side(double side, int stride)
{
    int steps = (int)(side / stride + .5);
    return stride * (steps < 1 ? 1 : steps);
}

void ct__input_size_near(const struct ct__usage *usage, int picture_width, int picture_height,
                         int *width, int *height)
{
    int longer = picture_width > picture_height ? picture_width : picture_height;
    double ratio = longer > LONGEST ? (double)LONGEST / longer : 1;
    *width = usage->width ? usage->width : round_side(picture_width * ratio, usage->stride);
    *height = usage->height ? usage->height : round_side(picture_height * ratio, usage->stride);
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

const struct ct__input_spec ct__input_imagenet = {
    .mean = {.485f * 255, .456f * 255, .406f * 255},
    .scale = {1 / (.229f * 255), 1 / (.224f * 255), 1 / (.225f * 255)},
};
