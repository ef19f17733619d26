// SPDX-License-Identifier: Apache-2.0
// MediaPipe's masks of persons: 256 x 256 with one channel of shares, or 256 x 144 with two of
// logits, channels last.
#include "base/log.h"
#include "models/input.h"
#include "models/map.h"

static const char *const person[] = {"person", NULL};

// Channels of an output of the input's size; 0 if it is none.
static int count_channels(const struct ct_tensor_info *output, const struct ct__usage *usage)
{
    bool fits = output->type == CT_TYPE_F32 && output->rank == 4 &&
                usage->input.layout == CT__LAYOUT_NHWC && usage->height &&
                output->dim[1] == usage->height && output->dim[2] == usage->width;
    return fits && (output->dim[3] == 1 || output->dim[3] == 2) ? (int)output->dim[3] : 0;
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    if (!ct__input_picture(graph, &usage) || graph->output_count != 1 ||
        !count_channels(&graph->outputs[0], &usage))
        return 0;
    bool known = usage.width == 256 && (usage.height == 256 || usage.height == 144);
    return known ? 90 : 60;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f}};
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    usage->kind = count_channels(&graph->outputs[0], usage);
    if (!usage->kind)
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "output %s: selfie has [N,H,W,1] or [N,H,W,2] of the size of its input",
                        graph->outputs[0].name);
    usage->stride = 1;
    usage->class_count = 1;
    usage->nms.max_count = 1;
    return CT_OK;
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    size_t count = (size_t)width * (size_t)height;
    uint8_t *map;
    if (!ct__output_fits(&outputs[0], 4, 3, (const int64_t[]){height, width, usage->kind}))
        return ct__output_unfit("selfie", &outputs[0], "[N,H,W,1] or [N,H,W,2]");
    int status = ct__map_make(scratch, width, height, &map);
    if (status)
        return status;
    const float *values = outputs[0].data;
    if (usage->kind == 1)
        ct__map_shares(map, values, count);
    else
        ct__map_pairs(map, values, values + 1, 2, count);
    return ct__map_matte(map, width, height, usage, box, scratch, 0, result);
}

const struct ct__family ct__family_selfie = {
    .name = "selfie",
    .help = "masks of persons, as MediaPipe's: [N,H,W,1] of shares or [N,H,W,2]",
    .preset_labels = person,
    .recognise = recognise,
    .configure = configure,
    .matte = matte,
};
