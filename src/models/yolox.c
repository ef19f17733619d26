// SPDX-License-Identifier: Apache-2.0
// YOLOX as its authors export it: one row an anchor, (x, y, w, h, objectness, classes), relative to
// the cells of three grids. Nearly all rows end at their objectness.
#include <math.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"

enum { HEAD = 5, COCO = 80 };

// The number of anchors follows from the input's size: few other exports have it.
static bool fits_grid(const struct ct_tensor_info *output, const struct ct__usage *usage)
{
    return usage->width > 0 && usage->height > 0 &&
           output->dim[1] == ct__grid_cells(usage->width, usage->height);
}

// Rows of yolo's transposed form look the same but for one value: COCO's 85 decides, and without it
// this form is the more common.
static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    if (graph->output_count != 1 || !ct__input_picture(graph, &usage))
        return 0;
    const struct ct_tensor_info *output = &graph->outputs[0];
    if (output->type != CT_TYPE_F32 || output->rank != 3 || output->dim[2] <= HEAD)
        return 0;
    if (fits_grid(output, &usage))
        return output->dim[2] == HEAD + COCO ? 80 : 65;
    return output->dim[1] < 0 && output->dim[2] == HEAD + COCO ? 40 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.bgr = true, .scale = {1, 1, 1}, .pad = 114};
    int status = ct__input_configure(graph, scope, CT__FIT_TOP_LEFT, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    const struct ct_tensor_info *output = &graph->outputs[0];
    char shape[256];
    ct__shape_text(output->rank, output->dim, shape, sizeof shape);
    if (output->rank != 3 || output->dim[2] <= HEAD || output->dim[2] - HEAD > CT__MAX_LABELS)
        return ct__fail(CT_ERROR_FORMAT, scope, "output %s %s: yolox has [N,anchors,5 + classes]",
                        output->name, shape);
    if (output->dim[1] >= 0 && usage->width && usage->height && !fits_grid(output, usage))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "output %s %s: yolox has %lld anchors for an input of %d x %d",
                        output->name, shape, (long long)ct__grid_cells(usage->width, usage->height),
                        usage->width, usage->height);
    usage->class_count = (int)output->dim[2] - HEAD;
    usage->conf = .25f;
    usage->nms = (struct ct__nms){.iou = .45f, .max_count = 300};
    return CT_OK;
}

// From values relative to a cell and its stride to a box on the canvas.
static void place(const float *row, int x, int y, int stride, struct ct__box *box)
{
    float s = (float)stride;
    float cx = (row[0] + (float)x) * s, cy = (row[1] + (float)y) * s;
    float w = expf(row[2]) * s, h = expf(row[3]) * s;
    box->x1 = cx - w / 2;
    box->y1 = cy - h / 2;
    box->x2 = cx + w / 2;
    box->y2 = cy + h / 2;
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    int classes = usage->class_count;
    int64_t last[] = {ct__grid_cells(box->canvas_width, box->canvas_height), HEAD + classes};
    if (!ct__output_fits(&outputs[0], 3, 2, last) || last[0] > CT__MAX_ANCHORS)
        return ct__output_unfit("yolox", &outputs[0], "[N,anchors,5 + classes]");
    const float *row = outputs[0].data;
    int32_t index = 0;
    for (int level = 0; level < CT__LEVELS; level++) {
        struct ct__grid grid = ct__grid(level, box->canvas_width, box->canvas_height);
        for (int i = 0; i < grid.cells; i++, row += HEAD + classes, index++) {
            struct ct__box found = {.index = index};
            if (!ct__objectness_score(row + 4, classes, usage->conf, &found))
                continue;
            place(row, i % grid.columns, i / grid.columns, grid.stride, &found);
            int status = ct__candidate_add(scratch, &found);
            if (status)
                return status;
        }
    }
    return CT_OK;
}

const struct ct__family ct__family_yolox = {
    .name = "yolox",
    .help = "YOLOX: objects, one output [N,anchors,5 + classes] of raw grid values",
    .recognise = recognise,
    .configure = configure,
    .decode = decode,
};
