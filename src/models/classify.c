// SPDX-License-Identifier: Apache-2.0
// Classifiers of whole pictures: one output with a number for each class. They look at the middle
// of the picture, as ImageNet's networks are trained to. What they find are classes, not objects.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"

enum { SURE_CLASSES = 5, SIDE = 224 };

// Classes of an output [N,C], or [N,C,1,1]; 0 if it is none.
static int64_t count_classes(const struct ct_tensor_info *output)
{
    bool one = output->rank >= 2 && (output->dim[0] == 1 || output->dim[0] == -1);
    if (output->type != CT_TYPE_F32 || !one)
        return 0;
    for (int i = 2; i < output->rank; i++)
        if (output->dim[i] != 1)
            return 0;
    return output->dim[1] > 1 && output->dim[1] <= CT__MAX_LABELS ? output->dim[1] : 0;
}

// Ultralytics' classifiers say what they are.
static bool is_named(const struct ct__graph *graph)
{
    const char *task = ct__graph_metadata(graph, "task");
    return task && strcmp(task, "classify") == 0;
}

// Features of faces and persons have the same shape: only a number that is known makes sure.
static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    if (graph->output_count != 1 || !ct__input_picture(graph, &usage))
        return 0;
    int64_t classes = count_classes(&graph->outputs[0]);
    if (!classes)
        return 0;
    const char *names = ct__graph_metadata(graph, "names");
    if (is_named(graph))
        return 99;
    if (names && ct__labels_count_names(names) == classes)
        return 80;
    return classes == CT__IMAGENET || classes == CT__IMAGENET + 1 ? 75 : 35;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec plain = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f}};
    bool own = is_named(graph);
    int status = ct__input_configure(graph, scope, own ? CT__FIT_COVER : CT__FIT_CROP,
                                     own ? &plain : &ct__input_imagenet, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    int64_t classes = count_classes(&graph->outputs[0]);
    if (!classes || graph->output_count != 1) {
        char shape[256];
        const struct ct_tensor_info *output = &graph->outputs[0];
        return ct__fail(CT_ERROR_FORMAT, scope, "output %s %s of %d: classify has one, [N,classes]",
                        output->name,
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape),
                        graph->output_count);
    }
    usage->stride = 1;
    usage->class_count = (int)classes;
    usage->conf = 0;
    usage->nms.max_count = SURE_CLASSES;
    usage->no_overlaps = true;
    return CT_OK;
}

static void size(const struct ct__usage *usage, int picture_width, int picture_height, int *width,
                 int *height)
{
    (void)picture_width;
    (void)picture_height;
    *width = usage->width ? usage->width : SIDE;
    *height = usage->height ? usage->height : SIDE;
}

// How a number of the output becomes a share of 1: exp(value - most) / sum, or itself.
struct shares {
    bool given;
    float most;
    double sum;
};

static struct shares find_shares(const float *values, int count)
{
    struct shares shares = {.given = true, .most = -INFINITY};
    for (int i = 0; i < count; i++) {
        shares.given = shares.given && values[i] >= 0 && values[i] <= 1.001f;
        shares.most = fmaxf(shares.most, values[i]);
        shares.sum += (double)values[i];
    }
    shares.given = shares.given && fabs(shares.sum - 1) < .02;
    if (shares.given)
        return shares;
    shares.sum = 0;
    for (int i = 0; i < count; i++)
        shares.sum += exp((double)(values[i] - shares.most));
    return shares;
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *output = &outputs[0];
    struct ct__tensor flat = *output;
    while (flat.rank > 2 && flat.dim[flat.rank - 1] == 1)
        flat.rank--;
    if (!ct__output_fits(&flat, 2, 1, (const int64_t[]){usage->class_count}))
        return ct__output_unfit("classify", output, "[N,classes]");
    const float *values = flat.data;
    struct shares shares = find_shares(values, usage->class_count);
    for (int i = 0; i < usage->class_count; i++) {
        double share = exp((double)(values[i] - shares.most)) / shares.sum;
        struct ct__box found = {.x2 = (float)box->canvas_width,
                                .y2 = (float)box->canvas_height,
                                .score = shares.given ? values[i] : (float)share,
                                .class_id = i,
                                .index = i};
        int status = found.score >= usage->conf ? ct__candidate_add(scratch, &found) : CT_OK;
        if (status)
            return status;
    }
    return CT_OK;
}

const struct ct__family ct__family_classify = {
    .name = "classify",
    .help = "classifiers of whole pictures, as ImageNet's: one output [N,classes]",
    .of_picture = true,
    .recognise = recognise,
    .configure = configure,
    .size = size,
    .decode = decode,
};
