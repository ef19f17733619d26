// SPDX-License-Identifier: Apache-2.0
// A model is a shared session, the family that understands it, and what the user wants of it. It is
// constant once opened; all that changes while it runs lives in workers, one per thread.
#include "pipeline/model.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "models/sidecar.h"
#include "models/widen.h"
#include "pipeline/carry.h"
#include "pipeline/worker.h"
#include "runtime/chain.h"

struct ct_model {
    atomic_int references;
    char *path, *labels_path, *classes, *family_name, *backend_name;
    struct ct_model_params params; // its strings are the copies above
    struct ct__chain chain;
    struct ct__wide_graph wide; // as the family sees it
    struct ct__sidecar sidecar;
    struct ct__usage usage;
    struct ct__labels labels;
    bool *wanted;
    struct ct__text preparation;
    struct ct_model_info info;
    pthread_mutex_t lock;      // of the worker below
    struct ct__worker *worker; // for ct_model_run()
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

bool ct__model_matches(const ct_model *model, const char *path,
                       const struct ct_model_params *params)
{
    const struct ct_model_params *own = &model->params;
    return same_text(model->path, path) && same_text(own->backend, params->backend) &&
           same_text(own->family, params->family) && same_text(own->labels, params->labels) &&
           same_text(own->classes, params->classes) && own->conf == params->conf &&
           own->iou == params->iou && own->max_objects == params->max_objects &&
           own->width == params->width && own->height == params->height &&
           own->threads == params->threads;
}

static int check_params(const char *path, const struct ct_model_params *params)
{
    if (!(params->conf >= 0 && params->conf <= 1))
        return ct__fail(CT_ERROR_INVALID, path, "conf = %g: expected 0 to 1", (double)params->conf);
    if (!(params->iou >= 0 && params->iou <= 1))
        return ct__fail(CT_ERROR_INVALID, path, "iou = %g: expected 0 to 1", (double)params->iou);
    if (params->max_objects < 0)
        return ct__fail(CT_ERROR_INVALID, path, "max_objects = %d: expected 0 or more",
                        params->max_objects);
    if (params->threads < 0 || params->threads > 1024)
        return ct__fail(CT_ERROR_INVALID, path, "threads = %d: expected 0 to 1024",
                        params->threads);
    if (params->width < 0 || params->height < 0 || params->width > 16384 || params->height > 16384)
        return ct__fail(CT_ERROR_INVALID, path, "size = %dx%d: expected at most 16384x16384",
                        params->width, params->height);
    return CT_OK;
}

// Copies one optional string of the parameters, so that the caller's may go.
static bool keep(char **copy, const char **param)
{
    if (!*param)
        return true;
    *param = *copy = ct__strdup(*param);
    return *copy != NULL;
}

static int copy_params(ct_model *model, const char *path, const struct ct_model_params *params)
{
    model->params = *params;
    model->path = ct__strdup(path);
    bool ok = model->path && keep(&model->labels_path, &model->params.labels);
    ok = ok && keep(&model->classes, &model->params.classes);
    ok = ok && keep(&model->family_name, &model->params.family);
    ok = ok && keep(&model->backend_name, &model->params.backend);
    return ok ? CT_OK : ct__fail_memory(path);
}

// A side that is a multiple of the stride, the next below or above.
static int multiple(int side, int stride, bool above)
{
    int below = side / stride * stride;
    return below == side || (!above && below > 0) ? below : below + stride;
}

// Sides that the graph leaves open are the user's choice, but the network halves them some times.
static int check_stride(const char *path, const struct ct__usage *usage)
{
    int width = usage->width, height = usage->height, stride = usage->stride;
    if (stride <= 1 || (width % stride == 0 && height % stride == 0))
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, path,
                    "size = %dx%d: sides must be multiples of %d; the nearest are %dx%d and %dx%d",
                    width, height, stride, multiple(width, stride, false),
                    multiple(height, stride, false), multiple(width, stride, true),
                    multiple(height, stride, true));
}

// Puts the wishes of user and sidecar over the family's choices.
static int apply_params(ct_model *model, const struct ct_model_params *params)
{
    struct ct__usage *usage = &model->usage;
    if (params->conf > 0)
        usage->conf = params->conf;
    if (params->iou > 0)
        usage->nms.iou = params->iou;
    if (params->max_objects > 0)
        usage->nms.max_count = params->max_objects;
    if (!params->width && !params->height)
        return CT_OK;
    int width = params->width ? params->width : params->height;
    int height = params->height ? params->height : params->width;
    if ((usage->width && usage->width != width) || (usage->height && usage->height != height))
        return ct__fail(CT_ERROR_INVALID, model->path,
                        "size = %dx%d: the model's input is fixed to %dx%d", width, height,
                        usage->width, usage->height);
    usage->width = width;
    usage->height = height;
    return check_stride(model->path, usage);
}

// What the user leaves open, the sidecar may say.
static struct ct_model_params merge_sidecar(const ct_model *model)
{
    const struct ct__sidecar *sidecar = &model->sidecar;
    struct ct_model_params params = model->params;
    if (!params.family)
        params.family = sidecar->family;
    if (!params.labels && !sidecar->labels.count)
        params.labels = sidecar->labels_path;
    params.conf = params.conf > 0 ? params.conf : sidecar->conf;
    params.iou = params.iou > 0 ? params.iou : sidecar->iou;
    params.max_objects = params.max_objects ? params.max_objects : sidecar->max_objects;
    if (!params.width && !params.height) {
        params.width = sidecar->width;
        params.height = sidecar->height;
    }
    return params;
}

// The list of a sidecar, which must have as many labels as the model has classes.
static int take_list(ct_model *model)
{
    struct ct__labels *list = &model->sidecar.labels;
    int count = model->usage.class_count;
    if (count && list->count != count)
        return ct__fail(CT_ERROR_INVALID, model->sidecar.path,
                        "%d labels: the model has %d classes", list->count, count);
    model->labels = *list;
    *list = (struct ct__labels){0};
    return CT_OK;
}

static int find_labels(ct_model *model, const struct ct__graph *graph, const char *path)
{
    struct ct__usage *usage = &model->usage;
    bool list = !path && model->sidecar.labels.count;
    int error = list ? take_list(model)
                     : ct__labels_find(&model->labels, graph, usage->family, model->path, path,
                                       usage->class_count);
    if (error)
        return error;
    usage->labels = (const char *const *)model->labels.names;
    usage->class_count = model->labels.count; // end-to-end graphs do not say it
    if (!model->classes)
        return CT_OK;
    error = ct__labels_select(&model->labels, model->path, model->classes, &model->wanted);
    usage->wanted = model->wanted;
    return error;
}

static int describe(ct_model *model, const struct ct__graph *graph)
{
    const struct ct__usage *usage = &model->usage;
    ct__sidecar_describe(usage, &model->preparation);
    if (model->preparation.failed)
        return ct__fail_memory(model->path);
    model->info = (struct ct_model_info){
        .path = model->path,
        .family = usage->family->name,
        .backend = ct__session_backend(model->chain.first)->name,
        .width = usage->width,
        .height = usage->height,
        .conf = usage->conf,
        .iou = usage->nms.iou,
        .label_count = usage->class_count,
        .labels = usage->labels,
        .input_count = graph->input_count,
        .output_count = graph->output_count,
        .inputs = graph->inputs,
        .outputs = graph->outputs,
        .metadata_count = graph->metadata_count,
        .metadata_keys = graph->metadata_keys,
        .metadata_values = graph->metadata_values,
        .sidecar = model->sidecar.path,
        .preparation = model->preparation.data,
    };
    return CT_OK;
}

// A worker feeds one picture to the first input, and to the others what the family knows.
static int check_graph(const ct_model *model, const struct ct__graph *graph)
{
    char text[96];
    int most = model->usage.family->fill ? CT__MOST_INPUTS : 1;
    if (graph->input_count < 1 || graph->input_count > most)
        return ct__fail(CT_ERROR_UNSUPPORTED, model->path, "has %d inputs: expected one picture",
                        graph->input_count);
    const struct ct_tensor_info *input = &graph->inputs[0];
    // Of three sides, which but for their family all refuse, none is the number of pictures.
    bool one =
        input->rank == 3 || (input->rank == 4 && (input->dim[0] == 1 || input->dim[0] == -1));
    if (!one || !ct__prepare_knows(input->type))
        return ct__fail(
            CT_ERROR_UNSUPPORTED, model->path,
            "input %s is %s %s: expected one picture of float32, float16, uint8 or int8",
            input->name, ct__type_name(input->type),
            ct__shape_text(input->rank, input->dim, text, sizeof text));
    return CT_OK;
}

static int open_model(ct_model *model)
{
    struct ct__plan plan = {.threads = model->params.threads > 1 ? model->params.threads : 1};
    int error = ct__chain_open(&model->chain, model->path, model->params.backend, &plan);
    if (error)
        return error;
    error = ct__wide_graph_make(&model->wide, &model->chain.graph, model->path);
    if (error)
        return error;
    const struct ct__graph *graph = &model->wide.graph;
    struct ct__usage *usage = &model->usage;
    error = ct__sidecar_find(&model->sidecar, model->path);
    const struct ct_model_params params = merge_sidecar(model);
    error = error ? error : ct__family_find(graph, model->path, params.family, &usage->family);
    error = error ? error : usage->family->configure(graph, model->path, usage);
    error = error ? error : ct__sidecar_apply(&model->sidecar, graph, usage);
    error = error ? error : check_graph(model, graph);
    error = error ? error : apply_params(model, &params);
    error = error ? error : find_labels(model, graph, params.labels);
    return error ? error : describe(model, &model->chain.graph);
}

int ct_model_open(ct_model **out, const char *path, const struct ct_model_params *params)
{
    static const struct ct_model_params defaults;
    params = params ? params : &defaults;
    if (!out || !path || !*path)
        return ct__fail(CT_ERROR_INVALID, "model", "no path given");
    int error = check_params(path, params);
    if (error)
        return error;
    ct_model *model = ct__calloc(1, sizeof *model);
    if (!model)
        return ct__fail_memory(path);
    atomic_init(&model->references, 1);
    pthread_mutex_init(&model->lock, NULL);
    error = copy_params(model, path, params);
    error = error ? error : open_model(model);
    if (error)
        ct_model_close(&model);
    else
        *out = model;
    return error;
}

ct_model *ct__model_ref(ct_model *model)
{
    atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
    return model;
}

struct ct__model_inside ct__model_inside(const ct_model *model)
{
    return (struct ct__model_inside){model->path, &model->usage, &model->wide.graph, &model->chain};
}

bool ct__model_carries(const ct_model *model)
{
    return model->usage.family->carry != NULL;
}

bool ct__model_makes_mattes(const ct_model *model)
{
    return model->usage.family->matte != NULL;
}

int ct__model_check_prompts(const ct_model *model, const struct ct__prompts *prompts)
{
    const struct ct__family *family = model->usage.family;
    if (prompts->count && !family->points)
        return ct__fail(CT_ERROR_INVALID, model->path,
                        "is of the family %s, which takes no points and boxes: sam does",
                        family->name);
    return ct__prompts_check(prompts, model->path);
}

void ct_model_close(ct_model **pointer)
{
    ct_model *model = pointer ? *pointer : NULL;
    if (!model)
        return;
    *pointer = NULL;
    if (atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) > 1)
        return;
    ct__worker_destroy(&model->worker);
    ct__wide_graph_finish(&model->wide);
    ct__sidecar_finish(&model->sidecar);
    ct__text_finish(&model->preparation);
    ct__chain_close(&model->chain);
    ct__labels_finish(&model->labels);
    pthread_mutex_destroy(&model->lock);
    ct__free(model->wanted);
    ct__free(model->path);
    ct__free(model->labels_path);
    ct__free(model->classes);
    ct__free(model->family_name);
    ct__free(model->backend_name);
    ct__free(model);
}

const struct ct_model_info *ct_model_info(const ct_model *model)
{
    return &model->info;
}

int ct_model_run(ct_model *model, ct_frame *frame, struct ct_result **out)
{
    return ct_model_run_prompted(model, frame, NULL, 0, out);
}

int ct_model_run_prompted(ct_model *model, ct_frame *frame, const struct ct_prompt *items,
                          int count, struct ct_result **out)
{
    const struct ct__prompts prompts = {items, count};
    if (!model || !frame || !out)
        return ct__fail(CT_ERROR_INVALID, "model", "model, frame and result are required");
    int error = ct__model_check_prompts(model, &prompts);
    if (error)
        return error;
    const struct ct_picture *picture = ct_frame_picture(frame);
    const struct ct_frame_info *info = ct_frame_info(frame);
    struct ct__result result = {.view = {.source = "",
                                         .frame = info->number,
                                         .pts_ns = info->pts_ns,
                                         .wall_ns = info->wall_ns,
                                         .width = picture->width,
                                         .height = picture->height}};
    pthread_mutex_lock(&model->lock);
    error = model->worker ? CT_OK : ct__worker_create(&model->worker, model);
    if (!error)
        ct__worker_ask(model->worker, &prompts);
    error = error ? error : ct__worker_prepare(model->worker, frame);
    error = error ? error : ct__worker_run(model->worker);
    error = error ? error : ct__worker_result(model->worker, &result, NULL, NULL);
    pthread_mutex_unlock(&model->lock);
    struct ct_result *copy = NULL;
    error = error ? error : ct__result_copy(&copy, &(size_t){0}, &result.view);
    ct__result_finish(&result);
    if (!error)
        *out = copy;
    return error;
}
