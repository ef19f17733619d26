// SPDX-License-Identifier: Apache-2.0
// MODNet's mattes of persons: the shorter side 512, both multiples of 32. Photographs are much
// larger, so that they are shrunk by Lanczos' filter, which looks at every pixel.
#include "models/input.h"
#include "models/map.h"
#include "models/salient.h"

enum { SHORTER = 512, LONGEST = 4096, STEP = 32 };

static const char *const person[] = {"person", NULL};

static int recognise(const struct ct__graph *graph)
{
    if (!ct__salient_fits(graph, SHORTER) || graph->output_count != 1)
        return 0;
    return ct__salient_named(graph, "input", "output") ? 80 : 40;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {
        .filter = CT__FILTER_LANCZOS,
        .mean = {127.5f, 127.5f, 127.5f},
        .scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f},
    };
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    usage->stride = STEP;
    usage->class_count = 1;
    usage->nms.max_count = 1;
    return status;
}

static int side(int length, int shorter)
{
    int64_t scaled = (int64_t)length * SHORTER / shorter;
    return (int)(scaled > LONGEST ? LONGEST : scaled) / STEP * STEP;
}

static void size(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height)
{
    int shorter = picture_width < picture_height ? picture_width : picture_height;
    *width = usage->width ? usage->width : side(picture_width, shorter);
    *height = usage->height ? usage->height : side(picture_height, shorter);
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    uint8_t *map;
    if (!ct__output_fits(&outputs[0], 4, 3, (const int64_t[]){1, height, width}))
        return ct__output_unfit("modnet", &outputs[0], "[N,1,H,W] of the size of the input");
    int status = ct__map_make(scratch, width, height, &map);
    if (status)
        return status;
    ct__map_shares(map, outputs[0].data, (size_t)width * (size_t)height);
    return ct__map_matte(map, width, height, usage, box, scratch, 0, result);
}

const struct ct__family ct__family_modnet = {
    .name = "modnet",
    .help = "mattes of persons, shorter side 512, as MODNet's: input to output [N,1,H,W]",
    .preset_labels = person,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .matte = matte,
};
