// SPDX-License-Identifier: Apache-2.0
// Robust Video Matting: a recurrent network. Four tensors of each frame are inputs of the next; the
// engine carries them. The network itself works on a smaller picture, whose ratio it is told.
#include <string.h>

#include "base/log.h"
#include "models/input.h"
#include "models/map.h"

enum { INPUTS = 6, OUTPUTS = 6, STATES = 4, RATIO = 5, ALPHA = 1, INNER = 512, LONGEST = 1920 };

static const char *const person[] = {"person", NULL};

static bool named(const struct ct_tensor_info *tensors, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(tensors[i].name, names[i]))
            return false;
    return true;
}

static bool is_ours(const struct ct__graph *graph)
{
    static const char *const in[] = {"src", "r1i", "r2i", "r3i", "r4i", "downsample_ratio"};
    static const char *const out[] = {"fgr", "pha", "r1o", "r2o", "r3o", "r4o"};
    if (graph->input_count != INPUTS || graph->output_count != OUTPUTS ||
        !named(graph->inputs, in, INPUTS) || !named(graph->outputs, out, OUTPUTS))
        return false;
    for (int i = 1; i <= STATES; i++)
        if (graph->inputs[i].rank != 4)
            return false;
    const struct ct_tensor_info *ratio = &graph->inputs[RATIO];
    return ratio->type == CT_TYPE_F32 && ratio->rank == 1 &&
           (ratio->dim[0] == 1 || ratio->dim[0] < 0);
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    return is_ours(graph) && ct__input_picture(graph, &usage) ? 99 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f}};
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status && !is_ours(graph))
        status = ct__fail(CT_ERROR_FORMAT, scope,
                          "rvm has inputs src, r1i to r4i, downsample_ratio and outputs fgr, pha, "
                          "r1o to r4o");
    if (!status)
        status = ct__outputs_check(graph, scope, ALPHA + 1);
    usage->stride = 1;
    usage->class_count = 1;
    usage->nms.max_count = 1;
    return status;
}

// The picture's own size, as long as that is none of a cinema.
static void size(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height)
{
    int longer = picture_width > picture_height ? picture_width : picture_height;
    double ratio = longer > LONGEST ? (double)LONGEST / longer : 1;
    int w = (int)(picture_width * ratio + .5), h = (int)(picture_height * ratio + .5);
    *width = usage->width ? usage->width : w < 1 ? 1 : w;
    *height = usage->height ? usage->height : h < 1 ? 1 : h;
}

static void fill(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__prompts *prompts, const struct ct__tensor *input)
{
    (void)usage;
    (void)prompts;
    int longer = box->canvas_width > box->canvas_height ? box->canvas_width : box->canvas_height;
    if (index == RATIO)
        *(float *)input->data = longer > INNER ? (float)INNER / (float)longer : 1;
}

static int carry(const struct ct__usage *usage, int input)
{
    (void)usage;
    return input >= 1 && input <= STATES ? ALPHA + input : -1;
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    uint8_t *map;
    if (!ct__output_fits(&outputs[ALPHA], 4, 3, (const int64_t[]){1, height, width}))
        return ct__output_unfit("rvm", &outputs[ALPHA], "[N,1,H,W] of the size of the input");
    int status = ct__map_make(scratch, width, height, &map);
    if (status)
        return status;
    ct__map_shares(map, outputs[ALPHA].data, (size_t)width * (size_t)height);
    return ct__map_matte(map, width, height, usage, box, scratch, 0, result);
}

const struct ct__family ct__family_rvm = {
    .name = "rvm",
    .help = "mattes of persons in clips, recurrent, as Robust Video Matting's: pha [N,1,H,W]",
    .preset_labels = person,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .fill = fill,
    .carry = carry,
    .matte = matte,
};
