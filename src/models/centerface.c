// SPDX-License-Identifier: Apache-2.0
// CenterFace finds faces as peaks of a heat map of a quarter of the input's size; size, offset of
// the centre and five landmarks of a peak stand in planes of the same size. The input takes any
// multiple of 32, so a picture keeps its shape.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"

enum { STEP = 32, STRIDE = 4, OUTPUTS = 4, POINTS = 5 };
enum role { HEAT, SCALE, OFFSET, LANDMARKS };

static const int channels[OUTPUTS] = {[HEAT] = 1, [SCALE] = 2, [OFFSET] = 2, [LANDMARKS] = 10};
static const char *const face[] = {"face", NULL};

// usage->kind holds two bits for each role: which output plays it.
static int output_of(int kind, enum role role)
{
    return kind >> 2 * role & 3;
}

static bool is_map(const struct ct_tensor_info *output, int count)
{
    return output->type == CT_TYPE_F32 && output->rank == 4 && output->dim[1] == count;
}

// Gives each role its output by channels; of two with two channels the scale comes first, unless
// their names say otherwise. False if they are not these four.
static bool find_roles(const struct ct__graph *graph, int *kind)
{
    int at[OUTPUTS] = {0};
    unsigned taken = 0;
    if (graph->output_count != OUTPUTS)
        return false;
    for (enum role role = HEAT; role <= LANDMARKS; role++) {
        int i = 0;
        while (i < OUTPUTS && (taken >> i & 1 || !is_map(&graph->outputs[i], channels[role])))
            i++;
        if (i == OUTPUTS)
            return false;
        taken |= 1u << i;
        at[role] = i;
    }
    bool swapped = strstr(graph->outputs[at[SCALE]].name, "offset") ||
                   strstr(graph->outputs[at[OFFSET]].name, "scale");
    int scale = at[swapped ? OFFSET : SCALE], offset = at[swapped ? SCALE : OFFSET];
    *kind = at[HEAT] | scale << 2 * SCALE | offset << 2 * OFFSET | at[LANDMARKS] << 2 * LANDMARKS;
    return true;
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    int kind;
    return ct__input_picture(graph, &usage) && find_roles(graph, &kind) ? 90 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1, 1, 1}};
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (status)
        return status;
    if (!find_roles(graph, &usage->kind))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "%d outputs: centerface has four, [N,1,H,W], twice [N,2,H,W], [N,10,H,W]",
                        graph->output_count);
    if (usage->width % STEP || usage->height % STEP)
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "input of %d x %d: centerface takes multiples of %d", usage->width,
                        usage->height, STEP);
    usage->stride = STEP;
    usage->class_count = 1;
    usage->conf = .5f;
    usage->nms = (struct ct__nms){.iou = .3f, .max_count = 300};
    return CT_OK;
}

// The planes of one role, or NULL if its output is not of the shape that the input asks for.
static const float *planes(const struct ct__usage *usage, const struct ct__tensor *outputs,
                           const struct ct__letterbox *box, enum role role)
{
    const struct ct__tensor *output = &outputs[output_of(usage->kind, role)];
    int64_t last[] = {channels[role], box->canvas_height / STRIDE, box->canvas_width / STRIDE};
    return ct__output_fits(output, 4, 3, last) ? output->data : NULL;
}

struct maps {
    const float *heat, *scale, *offset;
    size_t columns, cells;
};

// The box of a cell in canvas coordinates. The first plane of each pair is that of y.
static struct ct__box place(const struct maps *maps, size_t cell)
{
    float row = (float)(cell / maps->columns), column = (float)(cell % maps->columns);
    float h = expf(maps->scale[cell]) * STRIDE, w = expf(maps->scale[maps->cells + cell]) * STRIDE;
    float x = (column + maps->offset[maps->cells + cell] + .5f) * STRIDE - w / 2;
    float y = (row + maps->offset[cell] + .5f) * STRIDE - h / 2;
    return (struct ct__box){x, y, x + w, y + h, maps->heat[cell], 0, (int32_t)cell};
}

static bool find_maps(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct maps *maps)
{
    maps->heat = planes(usage, outputs, box, HEAT);
    maps->scale = planes(usage, outputs, box, SCALE);
    maps->offset = planes(usage, outputs, box, OFFSET);
    maps->columns = (size_t)(box->canvas_width / STRIDE);
    maps->cells = maps->columns * (size_t)(box->canvas_height / STRIDE);
    return maps->heat && maps->scale && maps->offset && maps->cells <= CT__MAX_ANCHORS;
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    struct maps maps;
    if (!find_maps(usage, outputs, box, &maps))
        return ct__output_unfit("centerface", &outputs[output_of(usage->kind, HEAT)],
                                "maps of a quarter of the input's size");
    for (size_t cell = 0; cell < maps.cells; cell++) {
        if (!(maps.heat[cell] > usage->conf))
            continue;
        struct ct__box found = place(&maps, cell);
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// Landmarks are shares of the box as the model gave it, before it was cut at the borders.
static int detail(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, const struct ct__box *kept,
                  struct ct__scratch *scratch, struct ct_object *object)
{
    (void)scratch;
    struct maps maps;
    const float *points = planes(usage, outputs, box, LANDMARKS);
    if (!points || !find_maps(usage, outputs, box, &maps))
        return CT_OK;
    size_t cell = (size_t)kept->index;
    struct ct__box at = place(&maps, cell);
    object->point_kind = CT_POINTS_LANDMARKS;
    object->point_count = POINTS;
    for (size_t k = 0; k < POINTS; k++) {
        float x = points[(2 * k + 1) * maps.cells + cell], y = points[2 * k * maps.cells + cell];
        object->points[k] =
            (struct ct_point){at.x1 + x * (at.x2 - at.x1), at.y1 + y * (at.y2 - at.y1), 1};
    }
    return CT_OK;
}

const struct ct__family ct__family_centerface = {
    .name = "centerface",
    .help = "CenterFace: faces with landmarks, four maps of a quarter of the input's size",
    .preset_labels = face,
    .recognise = recognise,
    .configure = configure,
    .size = ct__input_size_near,
    .decode = decode,
    .detail = detail,
};
