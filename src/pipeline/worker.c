// SPDX-License-Identifier: Apache-2.0
// A worker fills the inputs of its model, runs it, and has the family read the outputs. A request
// of the runtime belongs to the shapes of its inputs.
#include "pipeline/worker.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/truth.h"
#include "models/family.h"
#include "models/widen.h"
#include "pipeline/carry.h"
#include "runtime/chain.h"

struct ct__worker {
    struct ct__model_inside model;
    struct ct__chain_request *request; // of the canvas size below
    struct ct__prepare *prepare;
    struct ct__scratch scratch;
    struct ct__widener widener;
    struct ct__tensor inputs[CT__MOST_INPUTS]; // the first is the picture
    struct ct__carry carry;
    struct ct__prompts prompts; // of the next pictures; its items are somebody else's
    struct ct__letterbox box;
    const struct ct__tensor *outputs; // of the last run
};

int ct__worker_create(struct ct__worker **out, const ct_model *model)
{
    struct ct__worker *worker = ct__calloc(1, sizeof *worker);
    if (!worker)
        return ct__fail_memory("worker");
    worker->model = ct__model_inside(model);
    int error = ct__prepare_create(&worker->prepare);
    if (error)
        ct__worker_destroy(&worker);
    else
        *out = worker;
    return error;
}

void ct__worker_destroy(struct ct__worker **pointer)
{
    struct ct__worker *worker = pointer ? *pointer : NULL;
    if (!worker)
        return;
    *pointer = NULL;
    ct__chain_request_destroy(&worker->request);
    ct__prepare_destroy(&worker->prepare);
    ct__scratch_finish(&worker->scratch);
    ct__carry_finish(&worker->carry);
    ct__widener_finish(&worker->widener);
    ct__free(worker);
}

static void canvas_size(const struct ct__usage *usage, const struct ct_picture *picture, int *width,
                        int *height)
{
    *width = usage->width ? usage->width : 640;
    *height = usage->height ? usage->height : 640;
    if (usage->family->size && !(usage->width && usage->height))
        usage->family->size(usage, picture->width, picture->height, width, height);
}

// An input in its declared shape, where it is open 1 and then `points`.
static struct ct__tensor smallest(const struct ct_tensor_info *info, int points)
{
    struct ct__tensor tensor = {.rank = info->rank};
    for (int i = 0; i < info->rank; i++)
        tensor.dim[i] = info->dim[i] >= 0 ? info->dim[i] : i ? points : 1;
    return tensor;
}

// The picture's input, with or without a number of pictures before its sides.
static struct ct__tensor canvas(const struct ct__worker *worker, int width, int height)
{
    bool planar = worker->model.usage->input.layout == CT__LAYOUT_NCHW;
    if (worker->model.graph->inputs[0].rank == 3)
        return (struct ct__tensor){.rank = 3, .dim = {height, width, 3}};
    return (struct ct__tensor){
        .rank = 4,
        .dim = {1, planar ? 3 : height, planar ? height : width, planar ? width : 3},
    };
}

// The shapes of the inputs for a picture of this size and what is carried.
static void wish_inputs(const struct ct__worker *worker, int width, int height,
                        struct ct__tensor *inputs)
{
    const struct ct__usage *usage = worker->model.usage;
    const struct ct__graph *graph = worker->model.graph;
    int points = usage->family->points ? usage->family->points(&worker->prompts) : 1;
    inputs[0] = canvas(worker, width, height);
    for (int i = 1; i < graph->input_count; i++) {
        inputs[i] = smallest(&graph->inputs[i], points);
        if (worker->carry.held && usage->family->carry && usage->family->carry(usage, i) >= 0)
            memcpy(inputs[i].dim, worker->carry.tensors[i].dim, sizeof inputs[i].dim);
    }
}

static bool same_shapes(const struct ct__tensor *a, const struct ct__tensor *b, int count)
{
    for (int i = 0; i < count; i++)
        for (int d = 0; d < a[i].rank; d++)
            if (a[i].dim[d] != b[i].dim[d])
                return false;
    return true;
}

// A request belongs to the shapes of its inputs; models with an open size get another when it
// changes.
static int fit_request(struct ct__worker *worker, int width, int height)
{
    struct ct__tensor wished[CT__MOST_INPUTS] = {0};
    int count = worker->model.graph->input_count;
    wish_inputs(worker, width, height, wished);
    if (worker->request && same_shapes(worker->inputs, wished, count))
        return CT_OK;
    memcpy(worker->inputs, wished, sizeof wished);
    ct__chain_request_destroy(&worker->request);
    ct__prepare_destroy(&worker->prepare);
    int error = ct__prepare_create(&worker->prepare);
    return error ? error
                 : ct__chain_request_create(&worker->request, worker->model.chain, worker->inputs);
}

// The inputs beside the picture: what the family knows, what the source does, or what the last run
// left.
static void fill_inputs(struct ct__worker *worker, const ct_frame *frame)
{
    const struct ct__usage *usage = worker->model.usage;
    const struct ct__graph *graph = worker->model.graph;
    for (int i = 1; i < graph->input_count; i++) {
        usage->family->fill(usage, i, &worker->box, &worker->prompts, &worker->inputs[i]);
        if (ct__truth_wanted(&graph->inputs[i]))
            ct__truth_write(frame, &worker->box, &worker->inputs[i]);
        if (usage->family->carry && usage->family->carry(usage, i) >= 0)
            ct__carry_write(&worker->carry, i, &worker->inputs[i]);
    }
}

void ct__worker_ask(struct ct__worker *worker, const struct ct__prompts *prompts)
{
    worker->prompts = prompts ? *prompts : (struct ct__prompts){0};
}

int ct__worker_prepare(struct ct__worker *worker, const ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    const struct ct_frame_info *info = ct_frame_info(frame);
    const struct ct__usage *usage = worker->model.usage;
    const struct ct__letterbox *last = &worker->box;
    int width, height;
    canvas_size(usage, picture, &width, &height);
    if (info->number == 0 || info->pts_ns == CT_NO_TIME || last->canvas_width != width ||
        last->canvas_height != height)
        worker->carry.held = false;
    int error = ct__prompts_check_within(&worker->prompts, picture->width, picture->height,
                                         worker->model.path);
    error = error ? error : fit_request(worker, width, height);
    if (error)
        return error;
    ct__letterbox_make(&worker->box, usage->fit, picture->width, picture->height, width, height);
    fill_inputs(worker, frame);
    return ct__prepare_run(worker->prepare, picture, &worker->box, &usage->input,
                           worker->inputs[0].data);
}

// Keeps what the next run needs, in the type that it has: before outputs are widened.
static int keep_outputs(struct ct__worker *worker, const struct ct__tensor *outputs)
{
    const struct ct__model_inside *model = &worker->model;
    int error = CT_OK;
    worker->carry.held = false;
    for (int i = 1; i < model->graph->input_count && !error; i++) {
        int output = model->usage->family->carry(model->usage, i);
        if (output >= 0)
            error = ct__carry_keep(&worker->carry, i, &model->graph->inputs[i], &outputs[output],
                                   model->path);
    }
    worker->carry.held = !error;
    return error;
}

int ct__worker_run(struct ct__worker *worker)
{
    const struct ct__model_inside *model = &worker->model;
    const struct ct__tensor *outputs;
    int error = ct__chain_request_run(worker->request, &outputs);
    if (!error && model->usage->family->carry)
        error = keep_outputs(worker, outputs);
    return error ? error
                 : ct__widen(&worker->widener, model->path, outputs, model->graph->output_count,
                             &worker->outputs);
}

int ct__worker_result(struct ct__worker *worker, struct ct__result *result, int64_t *decode_ns,
                      int64_t *nms_ns)
{
    return ct__family_result(worker->model.usage, worker->outputs, &worker->box, &worker->scratch,
                             result, decode_ns, nms_ns);
}
