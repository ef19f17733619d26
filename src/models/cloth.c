// SPDX-License-Identifier: Apache-2.0
// U2-Net for clothes (u2net_cloth_seg): for each pixel the largest of four numbers says nothing,
// upper, lower or full. Each kind of clothing is a matte of its own; only those that are wanted are
// made.
#include "models/input.h"
#include "models/map.h"
#include "models/salient.h"

enum { SIDE = 768, CHANNELS = 4 };

static const char *const kinds[] = {"upper", "lower", "full", NULL};

static bool is_output(const struct ct_tensor_info *output)
{
    return output->type == CT_TYPE_F32 && output->rank == 4 && output->dim[1] == CHANNELS;
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    bool fits = ct__input_picture(graph, &usage) && graph->output_count > 0 &&
                is_output(&graph->outputs[0]) && usage.input.layout == CT__LAYOUT_NCHW;
    return fits && usage.width == SIDE && usage.height == SIDE ? 85 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    int status =
        ct__salient_configure(graph, scope, SIDE, ct__salient_mean, ct__salient_deviation, usage);
    usage->class_count = CHANNELS - 1;
    return status;
}

// The first of the largest; what is no number is none.
static int largest(const float *values, size_t plane)
{
    int best = 0;
    for (int c = 1; c < CHANNELS; c++)
        if (values[(size_t)c * plane] > values[(size_t)best * plane])
            best = c;
    return best;
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    size_t plane = (size_t)width * (size_t)height;
    const float *values = outputs[0].data;
    uint8_t *map;
    if (!ct__output_fits(&outputs[0], 4, 3, (const int64_t[]){CHANNELS, height, width}))
        return ct__output_unfit("cloth", &outputs[0], "[N,4,H,W] of the size of the input");
    int status = ct__map_make(scratch, width, height, &map);
    for (int kind = 0; kind < usage->class_count && !status; kind++) {
        if (usage->wanted && !usage->wanted[kind])
            continue;
        for (size_t i = 0; i < plane; i++)
            map[i] = largest(values + i, plane) == kind + 1 ? 255 : 0;
        status = ct__map_matte(map, width, height, usage, box, scratch, kind, result);
    }
    return status;
}

const struct ct__family ct__family_cloth = {
    .name = "cloth",
    .help = "mattes of upper, lower and full clothes, as u2net_cloth_seg's: [N,4,768,768] first",
    .preset_labels = kinds,
    .recognise = recognise,
    .configure = configure,
    .matte = matte,
};
