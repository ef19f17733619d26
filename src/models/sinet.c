// SPDX-License-Identifier: Apache-2.0
// SINet's masks of persons: two planes, nothing and person. Its mean and deviation are those of
// blue, green and red, as its authors feed it (and some others do not).
#include "base/log.h"
#include "models/input.h"
#include "models/map.h"

enum { SIDE = 320, CHANNELS = 2 };

static const char *const person[] = {"person", NULL};

static bool is_output(const struct ct_tensor_info *output, const struct ct__usage *usage)
{
    return output->type == CT_TYPE_F32 && output->rank == 4 && output->dim[1] == CHANNELS &&
           usage->width && output->dim[2] == usage->height && output->dim[3] == usage->width;
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    bool fits = ct__input_picture(graph, &usage) && graph->output_count == 1 &&
                usage.input.layout == CT__LAYOUT_NCHW && is_output(&graph->outputs[0], &usage);
    return fits ? usage.width == SIDE && usage.height == SIDE ? 85 : 45 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {
        .bgr = true,
        .mean = {102.890434f, 111.25247f, 126.91212f},
        .scale = {1 / (62.93292f * 255), 1 / (62.82138f * 255), 1 / (66.355705f * 255)},
    };
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    if (!is_output(&graph->outputs[0], usage))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "output %s: sinet has [N,2,H,W] of the size of its input",
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
    if (!ct__output_fits(&outputs[0], 4, 3, (const int64_t[]){CHANNELS, height, width}))
        return ct__output_unfit("sinet", &outputs[0], "[N,2,H,W] of the size of the input");
    int status = ct__map_make(scratch, width, height, &map);
    if (status)
        return status;
    const float *values = outputs[0].data;
    ct__map_pairs(map, values, values + count, 1, count);
    return ct__map_matte(map, width, height, usage, box, scratch, 0, result);
}

const struct ct__family ct__family_sinet = {
    .name = "sinet",
    .help = "masks of persons, 320 x 320, as SINet's: [N,2,320,320]",
    .preset_labels = person,
    .recognise = recognise,
    .configure = configure,
    .matte = matte,
};
