// SPDX-License-Identifier: Apache-2.0
// BodyPix: logits of persons on a coarse grid, and of the parts of their bodies in another output,
// if it is there; one for joints is not read. Parts are made where they are asked for. The grid
// spans the input from its first pixel to its last: (side - 1) / stride + 1 cells.
// The input is MobileNet's; for a ResNet a sidecar says mean [123.15, 115.90, 103.06], scale 1.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "models/input.h"
#include "models/map.h"

enum { STRIDE = 16, PARTS = 24 };

// How sure it must be of a part, which its grid overstates.
static const float part_conf = .999f;

static const char *const labels[1 + PARTS + 1] = {
    "person",
    "left_face",
    "right_face",
    "left_upper_arm_front",
    "left_upper_arm_back",
    "right_upper_arm_front",
    "right_upper_arm_back",
    "left_lower_arm_front",
    "left_lower_arm_back",
    "right_lower_arm_front",
    "right_lower_arm_back",
    "left_hand",
    "right_hand",
    "torso_front",
    "torso_back",
    "left_upper_leg_front",
    "left_upper_leg_back",
    "right_upper_leg_front",
    "right_upper_leg_back",
    "left_lower_leg_front",
    "left_lower_leg_back",
    "right_lower_leg_front",
    "right_lower_leg_back",
    "left_foot",
    "right_foot",
};

static int find_output(const struct ct__graph *graph, const char *name)
{
    for (int i = 0; i < graph->output_count; i++)
        if (strstr(graph->outputs[i].name, name))
            return i;
    return -1;
}

static int find_persons(const struct ct__graph *graph)
{
    return find_output(graph, "float_segments");
}

static bool has_parts(const struct ct_tensor_info *output)
{
    int64_t channels = output->rank == 4 ? output->dim[3] : 0;
    return output->type == CT_TYPE_F32 && (channels == PARTS || channels == -1);
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    return ct__input_picture(graph, &usage) && usage.input.layout == CT__LAYOUT_NHWC &&
                   find_persons(graph) >= 0
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
    usage->kind = find_persons(graph);
    usage->extra = find_output(graph, "float_part_heatmaps");
    if (!status && usage->kind < 0)
        status = ct__fail(CT_ERROR_FORMAT, scope,
                          "%d outputs: bodypix has one named float_segments", graph->output_count);
    if (!status)
        status = ct__outputs_check(graph, scope, usage->kind + 1);
    usage->stride = 1;
    bool parts = usage->extra >= 0 && has_parts(&graph->outputs[usage->extra]);
    usage->class_count = parts ? 1 + PARTS : 1;
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

// One of an output's channels, of which a logit above `least` counts.
struct channel {
    const struct ct__tensor *output;
    int index;
    float least;
};

// Logits between the cells, and of what they are above the least the share, so that one half is
// where to cut: an edge stays as steep as the model drew it.
static void draw_row(const struct channel *channel, int y, const struct ct__letterbox *box,
                     float *row)
{
    const int64_t *dim = channel->output->dim;
    const struct place down = place_at(y, box->canvas_height, (int)dim[1]);
    const float *values = (const float *)channel->output->data + channel->index;
    const float *above = values + down.first * dim[2] * dim[3];
    const float *below = values + down.second * dim[2] * dim[3];
    for (int x = 0; x < box->canvas_width; x++) {
        const struct place at = place_at(x, box->canvas_width, (int)dim[2]);
        float left = mixed(above[at.first * dim[3]], below[at.first * dim[3]], down.weight);
        float right = mixed(above[at.second * dim[3]], below[at.second * dim[3]], down.weight);
        row[x] = 1 / (1 + expf(channel->least - mixed(left, right, at.weight)));
    }
}

// All or nothing, as the family's thresholds are meant for.
static void cut(const struct ct__result *result, int index)
{
    const struct ct_matte *matte = &result->view.mattes[index];
    uint8_t *alpha = result->alpha[index];
    for (int y = 0; y < matte->height; y++)
        for (int x = 0; x < matte->width; x++) {
            uint8_t *at = &alpha[y * matte->stride + x];
            *at = *at > 127 ? 255 : 0;
        }
}

static int add_matte(const struct channel *channel, int class_id, const struct ct__usage *usage,
                     const struct ct__letterbox *box, struct ct__scratch *scratch,
                     struct ct__result *result)
{
    int width = box->canvas_width, height = box->canvas_height;
    uint8_t *map;
    float *row;
    int status = ct__map_make(scratch, width, height, &map);
    status = status ? status : ct__map_floats(scratch, (size_t)width, &row);
    if (status)
        return status;
    for (int y = 0; y < height; y++) {
        draw_row(channel, y, box, row);
        ct__map_shares(map + (ptrdiff_t)y * width, row, (size_t)width);
    }
    status = ct__map_matte(map, width, height, usage, box, scratch, class_id, result);
    if (!status)
        cut(result, result->view.matte_count - 1);
    return status;
}

// An output of this many channels on a grid no finer than the canvas.
static int check_output(const struct ct__tensor *output, int channels,
                        const struct ct__letterbox *box)
{
    if (ct__output_fits(output, 4, 1, (const int64_t[]){channels}) && output->dim[1] >= 1 &&
        output->dim[2] >= 1 && output->dim[1] <= box->canvas_height &&
        output->dim[2] <= box->canvas_width)
        return CT_OK;
    return ct__output_unfit("bodypix", output,
                            channels > 1 ? "[N,rows,columns,24]" : "[N,rows,columns,1]");
}

static float logit(float share)
{
    return logf(share / (1 - share));
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    const bool *wanted = usage->wanted;
    struct channel channel = {&outputs[usage->kind], 0, logit(usage->conf)};
    int status = check_output(channel.output, 1, box);
    if (!status && (!wanted || wanted[0]))
        status = add_matte(&channel, 0, usage, box, scratch, result);
    if (status || !wanted || usage->class_count == 1)
        return status;
    channel = (struct channel){&outputs[usage->extra], 0, logit(part_conf)};
    status = check_output(channel.output, PARTS, box);
    for (; !status && channel.index < PARTS; channel.index++)
        if (wanted[1 + channel.index])
            status = add_matte(&channel, 1 + channel.index, usage, box, scratch, result);
    return status;
}

const struct ct__family ct__family_bodypix = {
    .name = "bodypix",
    .help = "masks of persons and their parts, as BodyPix': float_segments [N,rows,columns,1]",
    .preset_labels = labels,
    .may_have_fewer = true,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .matte = matte,
};
