// SPDX-License-Identifier: Apache-2.0
// The fake detector's family: a model that is told what a synthetic source knows and answers with
// boxes. Who runs the model writes the truth; here it is only asked for.
#include "frame/truth.h"
#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"

enum { VALUES = 6, COCO = 80 };

static bool asks_for_truth(const struct ct__graph *graph)
{
    return graph->input_count == 2 && ct__truth_wanted(&graph->inputs[1]);
}

static int recognise(const struct ct__graph *graph)
{
    return asks_for_truth(graph) ? 100 : 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1, 1, 1}};
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    if (!asks_for_truth(graph))
        return ct__fail(CT_ERROR_FORMAT, scope, "has no input for truth");
    usage->class_count = COCO;
    usage->conf = .1f;
    usage->nms = (struct ct__nms){.max_count = 300};
    usage->no_overlaps = true; // who stands behind another is found, too
    return CT_OK;
}

// Without truth nothing is there; the truth of a frame is written over it.
static void fill(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__prompts *prompts, const struct ct__tensor *input)
{
    (void)usage;
    (void)index;
    (void)prompts;
    static const ct_frame nothing;
    ct__truth_write(&nothing, box, input);
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    (void)box;
    const int64_t last[] = {-1, VALUES};
    if (!ct__output_fits(&outputs[0], 3, 2, last) || outputs[0].dim[1] > CT__MAX_ANCHORS)
        return ct__output_unfit("truth", &outputs[0], "[N,boxes,6]");
    const float *row = outputs[0].data;
    for (int i = 0; i < (int)outputs[0].dim[1]; i++, row += VALUES) {
        bool known = row[5] >= 0 && row[5] < (float)usage->class_count;
        if (!(row[4] > usage->conf) || !known)
            continue;
        struct ct__box found = {row[0], row[1], row[2], row[3], row[4], (int32_t)row[5], i};
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

const struct ct__family ct__family_truth = {
    .name = "truth",
    .help = "what a synthetic source knows, through the fake backend's detector",
    .preset_labels = ct__labels_coco,
    .recognise = recognise,
    .configure = configure,
    .fill = fill,
    .decode = decode,
};
