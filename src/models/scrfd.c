// SPDX-License-Identifier: Apache-2.0
// SCRFD finds faces: on each of three grids two anchors a cell, each with a score, four distances
// to the sides of a box and, with nine outputs, five landmarks. Exports differ in names and order,
// so an output is known by its channels (1, 4, 10) and its level by the number of its rows.
#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"

enum { PER_CELL = 2, SCORE = 1, BOX = 4, LANDMARKS = 10, DEFAULT_SIDE = 640 };

static const char *const face[] = {"face", NULL};

// How many of the outputs have this many channels.
static int count_outputs(const struct ct__graph *graph, int channels)
{
    int count = 0;
    for (int i = 0; i < graph->output_count; i++) {
        const struct ct_tensor_info *output = &graph->outputs[i];
        bool rows = output->rank == 2 || output->rank == 3;
        if (output->type == CT_TYPE_F32 && rows && output->dim[output->rank - 1] == channels)
            count++;
    }
    return count;
}

static bool has_outputs(const struct ct__graph *graph)
{
    int count = graph->output_count, landmarks = count_outputs(graph, LANDMARKS);
    return (count == 9 || count == 6) && count_outputs(graph, SCORE) == CT__LEVELS &&
           count_outputs(graph, BOX) == CT__LEVELS && landmarks == count - 2 * CT__LEVELS;
}

// Declared shapes may be stale or open ("[0,1]"): only the last dimension is believed.
static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    if (!ct__input_picture(graph, &usage))
        return 0;
    if (has_outputs(graph))
        return 90;
    return graph->output_count == 9 || graph->output_count == 6 ? 20 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.mean = {127.5f, 127.5f, 127.5f},
                                               .scale = {1 / 128.f, 1 / 128.f, 1 / 128.f}};
    int status = ct__input_configure(graph, scope, CT__FIT_TOP_LEFT_FLOOR, &spec, usage);
    if (status)
        return status;
    if (!has_outputs(graph))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "%d outputs: scrfd has three each of [N,1], [N,4] and, with landmarks, "
                        "[N,10]",
                        graph->output_count);
    usage->class_count = 1;
    usage->conf = .5f;
    usage->nms = (struct ct__nms){.iou = .4f, .pixel_areas = true, .max_count = 300};
    usage->kind = graph->output_count;
    return CT_OK;
}

static void size(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height)
{
    (void)picture_width;
    (void)picture_height;
    *width = usage->width ? usage->width : DEFAULT_SIDE;
    *height = usage->height ? usage->height : DEFAULT_SIDE;
}

// The output of `count` that has these channels and two rows for each cell; NULL without it.
static const struct ct__tensor *find_output(const struct ct__tensor *outputs, int count,
                                            int channels, const struct ct__grid *grid)
{
    int64_t last[] = {(int64_t)PER_CELL * grid->cells, channels};
    for (int i = 0; i < count; i++)
        if (ct__output_fits(&outputs[i], outputs[i].rank == 3 ? 3 : 2, 2, last))
            return &outputs[i];
    return NULL;
}

// The scores of a level lie side by side, so that boxes are touched only where one passes.
static int decode_level(const struct ct__usage *usage, const struct ct__tensor *scores,
                        const struct ct__tensor *boxes, const struct ct__grid *grid, int32_t first,
                        struct ct__scratch *scratch)
{
    const float *score = scores->data, *side = boxes->data;
    float s = (float)grid->stride;
    for (int i = 0; i < PER_CELL * grid->cells; i++) {
        if (!(score[i] >= usage->conf))
            continue;
        int cell = i / PER_CELL;
        float cx = (float)(cell % grid->columns) * s, cy = (float)(cell / grid->columns) * s;
        const float *d = side + (size_t)i * BOX;
        struct ct__box found = {
            cx - d[0] * s, cy - d[1] * s, cx + d[2] * s, cy + d[3] * s, score[i], 0, first + i};
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    int32_t first = 0;
    int status = CT_OK;
    if (ct__grid_cells(box->canvas_width, box->canvas_height) > CT__MAX_ANCHORS / PER_CELL)
        return ct__fail(CT_ERROR_LIMIT, "scrfd", "input of %d x %d: too large", box->canvas_width,
                        box->canvas_height);
    for (int level = 0; level < CT__LEVELS && !status; level++) {
        struct ct__grid grid = ct__grid(level, box->canvas_width, box->canvas_height);
        const struct ct__tensor *scores = find_output(outputs, usage->kind, SCORE, &grid);
        const struct ct__tensor *boxes = find_output(outputs, usage->kind, BOX, &grid);
        if (!scores || !boxes)
            return ct__fail(CT_ERROR_FORMAT, "scrfd",
                            "no scores or boxes of %d anchors, stride %d, for an input of %d x %d",
                            PER_CELL * grid.cells, grid.stride, box->canvas_width,
                            box->canvas_height);
        status = decode_level(usage, scores, boxes, &grid, first, scratch);
        first += PER_CELL * grid.cells;
    }
    return status;
}

// Landmarks are distances from the centre of the cell that `kept->index` counts over all levels.
static int detail(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, const struct ct__box *kept,
                  struct ct__scratch *scratch, struct ct_object *object)
{
    (void)scratch;
    int row = kept->index, level = 0;
    struct ct__grid grid = ct__grid(level, box->canvas_width, box->canvas_height);
    while (row >= PER_CELL * grid.cells) {
        row -= PER_CELL * grid.cells;
        grid = ct__grid(++level, box->canvas_width, box->canvas_height);
    }
    const struct ct__tensor *landmarks = find_output(outputs, usage->kind, LANDMARKS, &grid);
    if (!landmarks)
        return CT_OK;
    const float *d = (const float *)landmarks->data + (size_t)row * LANDMARKS;
    float s = (float)grid.stride;
    float cx = (float)(row / PER_CELL % grid.columns) * s;
    float cy = (float)(row / PER_CELL / grid.columns) * s;
    object->point_kind = CT_POINTS_LANDMARKS;
    object->point_count = LANDMARKS / 2;
    for (int k = 0; k < LANDMARKS / 2; k++)
        object->points[k] = (struct ct_point){cx + d[2 * k] * s, cy + d[2 * k + 1] * s, 1};
    return CT_OK;
}

const struct ct__family ct__family_scrfd = {
    .name = "scrfd",
    .help = "SCRFD: faces with or without landmarks, nine or six outputs on three grids",
    .preset_labels = face,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .decode = decode,
    .detail = detail,
};
