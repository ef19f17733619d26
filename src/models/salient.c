// SPDX-License-Identifier: Apache-2.0
// What U2-Net and those after it have in common; they differ in size, names and normalisation.
#include "models/salient.h"

#include <math.h>
#include <string.h>

#include "models/input.h"
#include "models/map.h"

const float ct__salient_mean[3] = {.485f, .456f, .406f};
const float ct__salient_deviation[3] = {.229f, .224f, .225f};
const char *const ct__salient_labels[] = {"foreground", NULL};

static bool is_side(int64_t dim, int side)
{
    return dim == side || dim == -1;
}

bool ct__salient_fits(const struct ct__graph *graph, int side)
{
    struct ct__usage usage = {0};
    if (!ct__input_picture(graph, &usage) || graph->output_count < 1)
        return false;
    const struct ct_tensor_info *output = &graph->outputs[0];
    bool square = (usage.width == side || !usage.width) && (usage.height == side || !usage.height);
    return square && usage.input.layout == CT__LAYOUT_NCHW && output->type == CT_TYPE_F32 &&
           output->rank == 4 && is_side(output->dim[1], 1) && is_side(output->dim[2], side) &&
           is_side(output->dim[3], side);
}

bool ct__salient_named(const struct ct__graph *graph, const char *input, const char *output)
{
    return graph->input_count && graph->output_count && !strcmp(graph->inputs[0].name, input) &&
           !strcmp(graph->outputs[0].name, output);
}

int ct__salient_configure(const struct ct__graph *graph, const char *scope, int side,
                          const float mean[3], const float deviation[3], struct ct__usage *usage)
{
    struct ct__input_spec spec = {.filter = CT__FILTER_LANCZOS, .stretch = true};
    for (int c = 0; c < 3; c++) {
        spec.mean[c] = 255 * mean[c];
        spec.scale[c] = 1 / (255 * deviation[c]);
    }
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    usage->width = usage->width ? usage->width : side;
    usage->height = usage->height ? usage->height : side;
    usage->stride = 1;
    usage->class_count = 1;
    usage->nms.max_count = 1;
    return CT_OK;
}

static int add_matte(const struct ct__usage *usage, const struct ct__tensor *output,
                     const struct ct__letterbox *box, struct ct__scratch *scratch, bool logits,
                     struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    size_t count = (size_t)width * (size_t)height;
    const float *values = output->data;
    float *shares = NULL;
    uint8_t *map;
    if (!ct__output_fits(output, 4, 3, (const int64_t[]){1, height, width}))
        return ct__output_unfit(usage->family->name, output, "[N,1,H,W] of the size of the input");
    int status = ct__map_make(scratch, width, height, &map);
    if (!status && logits)
        status = ct__map_floats(scratch, count, &shares);
    if (status)
        return status;
    for (size_t i = 0; logits && i < count; i++)
        shares[i] = 1 / (1 + expf(-values[i]));
    ct__map_stretched(map, logits ? shares : values, count);
    return ct__map_matte(map, width, height, usage, box, scratch, 0, result);
}

int ct__salient_matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct ct__scratch *scratch,
                      struct ct__result *result)
{
    return add_matte(usage, &outputs[0], box, scratch, false, result);
}

int ct__salient_logits(const struct ct__usage *usage, const struct ct__tensor *outputs,
                       const struct ct__letterbox *box, struct ct__scratch *scratch,
                       struct ct__result *result)
{
    return add_matte(usage, &outputs[0], box, scratch, true, result);
}
