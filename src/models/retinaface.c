// SPDX-License-Identifier: Apache-2.0
// RetinaFace finds faces: two priors a cell on each of three grids, and for each of them a box and
// five landmarks as steps from it, and how likely nothing or a face is. Anchors, variances and
// means are those of Pytorch_Retinaface (data/config.py, layers/functions/prior_box.py,
// utils/box_utils.py). Exports differ in names and order: an output is known by its channels.
#include <math.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"

enum { PER_CELL = 2, OUTPUTS = 3, LANDMARKS = 10 };
enum role { BOXES, SCORES, POINTS };

static const int channels[OUTPUTS] = {[BOXES] = 4, [SCORES] = 2, [POINTS] = LANDMARKS};
static const float sides[CT__LEVELS][PER_CELL] = {{16, 32}, {64, 128}, {256, 512}};
static const float step = .1f, growth = .2f; // the variances
static const char *const face[] = {"face", NULL};

// usage->kind holds two bits for each role: which output plays it.
static bool find_roles(const struct ct__graph *graph, int *kind)
{
    unsigned found = 0;
    *kind = 0;
    if (graph->output_count != OUTPUTS)
        return false;
    for (int i = 0; i < OUTPUTS; i++) {
        const struct ct_tensor_info *output = &graph->outputs[i];
        for (enum role role = BOXES; role <= POINTS; role++) {
            if (output->type != CT_TYPE_F32 || output->rank != 3 ||
                output->dim[2] != channels[role])
                continue;
            *kind |= i << 2 * role;
            found |= 1u << role;
        }
    }
    return found == (1u << OUTPUTS) - 1;
}

static int64_t count_priors(int width, int height)
{
    return PER_CELL * ct__grid_cells(width, height);
}

// Other networks with the same three outputs have other priors, and other numbers of them.
static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    int kind;
    if (!ct__input_picture(graph, &usage) || !find_roles(graph, &kind))
        return 0;
    int64_t rows = graph->outputs[0].dim[1];
    if (rows < 0 || !usage.width || !usage.height)
        return 80;
    return rows == count_priors(usage.width, usage.height) ? 95 : 30;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {
        .bgr = true, .mean = {104, 117, 123}, .scale = {1, 1, 1}, .pad = 114};
    int status = ct__input_configure(graph, scope, CT__FIT_TOP_LEFT, &spec, usage);
    if (status)
        return status;
    if (!find_roles(graph, &usage->kind))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "%d outputs: retinaface has three, [N,priors,4], [N,priors,2] and "
                        "[N,priors,10]",
                        graph->output_count);
    usage->class_count = 1;
    usage->conf = .5f;
    usage->nms = (struct ct__nms){.iou = .4f, .pixel_areas = true, .max_count = 300};
    return CT_OK;
}

// Where a prior lies on the canvas: centre and side, which is the same both ways.
struct prior {
    float x, y, side;
};

static struct prior prior_at(const struct ct__grid *grid, int level, int i)
{
    int cell = i / PER_CELL;
    float s = (float)grid->stride;
    return (struct prior){((float)(cell % grid->columns) + .5f) * s,
                          ((float)(cell / grid->columns) + .5f) * s, sides[level][i % PER_CELL]};
}

// The numbers of one role, or NULL if its output has not a row for each prior.
static const float *rows_of(const struct ct__usage *usage, const struct ct__tensor *outputs,
                            const struct ct__letterbox *box, enum role role)
{
    const struct ct__tensor *output = &outputs[usage->kind >> 2 * role & 3];
    int64_t last[] = {count_priors(box->canvas_width, box->canvas_height), channels[role]};
    return ct__output_fits(output, 3, 2, last) && last[0] <= CT__MAX_ANCHORS ? output->data : NULL;
}

// Exports of a network in training end before its softmax: then rows are no shares of 1.
static bool are_shares(const float *scores, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++, scores += 2) {
        float sum = scores[0] + scores[1];
        if (!(scores[0] >= 0 && scores[1] >= 0 && fabsf(sum - 1) < .01f))
            return false;
    }
    return true;
}

static struct ct__box place(const struct prior *prior, const float *b)
{
    float x = prior->x + b[0] * step * prior->side, y = prior->y + b[1] * step * prior->side;
    float w = prior->side * expf(b[2] * growth), h = prior->side * expf(b[3] * growth);
    return (struct ct__box){x - w / 2, y - h / 2, x + w / 2, y + h / 2, 0, 0, 0};
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const float *boxes = rows_of(usage, outputs, box, BOXES);
    const float *scores = rows_of(usage, outputs, box, SCORES);
    if (!boxes || !scores)
        return ct__output_unfit("retinaface",
                                &outputs[usage->kind >> 2 * (boxes ? SCORES : BOXES) & 3],
                                "a row for each prior of the input");
    bool shares = are_shares(scores, count_priors(box->canvas_width, box->canvas_height));
    int32_t index = 0;
    for (int level = 0; level < CT__LEVELS; level++) {
        struct ct__grid grid = ct__grid(level, box->canvas_width, box->canvas_height);
        for (int i = 0; i < PER_CELL * grid.cells; i++, index++, boxes += 4, scores += 2) {
            float score = shares ? scores[1] : 1 / (1 + expf(scores[0] - scores[1]));
            if (!(score > usage->conf))
                continue;
            struct prior prior = prior_at(&grid, level, i);
            struct ct__box found = place(&prior, boxes);
            found.score = score;
            found.index = index;
            int status = ct__candidate_add(scratch, &found);
            if (status)
                return status;
        }
    }
    return CT_OK;
}

static int detail(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, const struct ct__box *kept,
                  struct ct__scratch *scratch, struct ct_object *object)
{
    (void)scratch;
    const float *points = rows_of(usage, outputs, box, POINTS);
    int row = kept->index, level = 0;
    struct ct__grid grid = ct__grid(level, box->canvas_width, box->canvas_height);
    if (!points)
        return CT_OK;
    while (row >= PER_CELL * grid.cells) {
        row -= PER_CELL * grid.cells;
        grid = ct__grid(++level, box->canvas_width, box->canvas_height);
    }
    struct prior prior = prior_at(&grid, level, row);
    points += (size_t)kept->index * LANDMARKS;
    object->point_kind = CT_POINTS_LANDMARKS;
    object->point_count = LANDMARKS / 2;
    for (int k = 0; k < LANDMARKS / 2; k++)
        object->points[k] = (struct ct_point){prior.x + points[2 * k] * step * prior.side,
                                              prior.y + points[2 * k + 1] * step * prior.side, 1};
    return CT_OK;
}

const struct ct__family ct__family_retinaface = {
    .name = "retinaface",
    .help = "RetinaFace: faces with landmarks, three outputs [N,priors,4], [N,priors,2], "
            "[N,priors,10]",
    .preset_labels = face,
    .recognise = recognise,
    .configure = configure,
    .size = ct__input_size_near,
    .decode = decode,
    .detail = detail,
};
