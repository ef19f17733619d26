// SPDX-License-Identifier: Apache-2.0
// BodyPix: logits of persons on a coarse grid, among outputs for parts and joints that are not
// read. The grid spans the input from its first pixel to its last: (side - 1) / stride + 1 cells.
// The input is MobileNet's; for a ResNet a sidecar says mean [123.15, 115.90, 103.06], scale 1.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "models/input.h"
#include "models/map.h"

enum { STRIDE = 16 };

static const char *const person[] = {"person", NULL};

static int find_output(const struct ct__graph *graph)
{
    for (int i = 0; i < graph->output_count; i++)
        if (strstr(graph->outputs[i].name, "float_segments"))
            return i;
    return -1;
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    return ct__input_picture(graph, &usage) && usage.input.layout == CT__LAYOUT_NHWC &&
                   find_output(graph) >= 0
               ? 95
               : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {
        .mean = {127.5f, 127.5f, 127.5f},
        .scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f},
    };
    int status = ct__input_configure(graph, scope, CT__FIT_CENTRE, &spec, usage);
    usage->kind = find_output(graph);
    if (!status && usage->kind < 0)
        status = ct__fail(CT_ERROR_FORMAT, scope,
                          "%d outputs: bodypix has one named float_segments", graph->output_count);
    if (!status)
        status = ct__outputs_check(graph, scope, usage->kind + 1);
    usage->stride = 1;
    usage->class_count = 1;
    usage->conf = .75f;
    usage->nms.max_count = 1;
    return status;
}

// Half of the picture's side, at most some 640, on the grid.
static int side(int length, int longer)
{
    double half = longer > 1280 ? length * 640. / longer : length / 2.;
    int cells = (int)(half / STRIDE);
    return (cells < 1 ? 1 : cells) * STRIDE + 1;
}

static void size(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height)
{
    int longer = picture_width > picture_height ? picture_width : picture_height;
    *width = usage->width ? usage->width : side(picture_width, longer);
    *height = usage->height ? usage->height : side(picture_height, longer);
}

// Where pixel `i` of `length` lies between two of `cells`.
struct place {
    int first, second;
    float weight; // of the second
};

static struct place place_at(int i, int length, int cells)
{
    float at = length > 1 ? (float)i * (float)(cells - 1) / (float)(length - 1) : 0;
    int first = (int)at;
    return (struct place){first, first + 1 < cells ? first + 1 : first, at - (float)first};
}

static float mixed(float a, float b, float weight)
{
    return a + (b - a) * weight;
}

// Logits between the cells, and of these the share: an edge stays as steep as the model drew it.
static void draw_row(const struct ct__tensor *output, int y, const struct ct__letterbox *box,
                     float *row)
{
    int rows = (int)output->dim[1], columns = (int)output->dim[2];
    const struct place down = place_at(y, box->canvas_height, rows);
    const float *above = (const float *)output->data + (ptrdiff_t)down.first * columns;
    const float *below = (const float *)output->data + (ptrdiff_t)down.second * columns;
    for (int x = 0; x < box->canvas_width; x++) {
        const struct place at = place_at(x, box->canvas_width, columns);
        float left = mixed(above[at.first], below[at.first], down.weight);
        float right = mixed(above[at.second], below[at.second], down.weight);
        row[x] = 1 / (1 + expf(-mixed(left, right, at.weight)));
    }
}

// All or nothing, as the family's threshold is meant for.
static void cut(const struct ct__result *result, float conf)
{
    const struct ct_matte *matte = &result->view.mattes[0];
    uint8_t *alpha = result->alpha[0];
    for (int y = 0; y < matte->height; y++)
        for (int x = 0; x < matte->width; x++) {
            uint8_t *at = &alpha[y * matte->stride + x];
            *at = (float)*at > 255 * conf ? 255 : 0;
        }
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    const struct ct__tensor *output = &outputs[usage->kind];
    int width = box->canvas_width, height = box->canvas_height;
    uint8_t *map;
    float *row;
    if (!ct__output_fits(output, 4, 1, (const int64_t[]){1}) || output->dim[1] < 1 ||
        output->dim[2] < 1 || output->dim[1] > height || output->dim[2] > width)
        return ct__output_unfit("bodypix", output, "[N,rows,columns,1]");
    int status = ct__map_make(scratch, width, height, &map);
    status = status ? status : ct__map_floats(scratch, (size_t)width, &row);
    if (status)
        return status;
    for (int y = 0; y < height; y++) {
        draw_row(output, y, box, row);
        ct__map_shares(map + (ptrdiff_t)y * width, row, (size_t)width);
    }
    status = ct__map_matte(map, width, height, usage, box, scratch, 0, result);
    if (!status)
        cut(result, usage->conf);
    return status;
}

const struct ct__family ct__family_bodypix = {
    .name = "bodypix",
    .help = "masks of persons, as BodyPix': float_segments [N,rows,columns,1] among its outputs",
    .preset_labels = person,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .matte = matte,
};
