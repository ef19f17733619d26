// SPDX-License-Identifier: Apache-2.0
// From settings to the parameters of streams: what a row cannot check is checked here, and names
// become paths.
#include "config/plan.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/model_path.h"
#include "base/text.h"
#include "config/document.h"
#include "config/place.h"
#include "sinks/sink.h"

enum { FILE_LIMIT = 1 << 22 };

struct maker {
    struct ct__plan *plan;
    struct ct__problems *problems;
    const struct ct_fleet_params *params;
    const char *folder;  // of the file, NULL: the working folder
    const char *outputs; // what names of outputs count from
    bool failed;         // no memory
};

static void *take(struct maker *maker, size_t size)
{
    void *memory = ct__arena_alloc(&maker->plan->arena, size);
    maker->failed |= !memory;
    return memory;
}

static const char *took(struct maker *maker, const char *text)
{
    maker->failed |= !text;
    return text;
}

// The value of section.key, or the section, or the node itself, whichever is there: a place for a
// message. Of a mapping its key's is told.
static const struct ct__yaml_node *place(const struct ct__yaml_node *node, const char *section,
                                         const char *key)
{
    const struct ct__yaml_node *within = section ? ct__yaml_get(node, section) : node;
    const struct ct__yaml_node *value = ct__yaml_get(within, key);
    // What defaults say is the place of a value, but not of the lack of one.
    bool own = within && !(within->origin && !value);
    const struct ct__yaml_node *best = value ? value : own ? within : node;
    return best->kind != CT__YAML_SCALAR && best->key && !best->origin ? best->key : best;
}

// ---- models

static const struct ct__model_settings *model_named(const struct maker *maker, const char *name)
{
    const struct ct__field_list *models = &maker->plan->settings.models;
    for (int i = 0; i < models->count; i++) {
        const struct ct__model_settings *model = ct__field_item(models, ct__model_list, i);
        if (strcmp(model->head.name, name) == 0)
            return model;
    }
    return NULL;
}

// "person,car" of a list.
static const char *join(struct maker *maker, const struct ct__option_list *list)
{
    struct ct__text text = {0};
    if (!list->count)
        return NULL;
    for (int i = 0; i < list->count; i++)
        ct__text_printf(&text, "%s%s", i ? "," : "", list->items[i]);
    const char *own =
        text.failed ? NULL : ct__arena_text(&maker->plan->arena, text.data, text.length);
    ct__text_finish(&text);
    return took(maker, own);
}

// A name that is neither a model of the file nor a file may be misspelt.
static void reject_model(struct maker *maker, const char *name, const char *why,
                         const struct ct__yaml_node *at)
{
    const struct ct_known_model *known = ct_known_model_find(name);
    const struct ct__field_list *models = &maker->plan->settings.models;
    const char **names = take(maker, ((size_t)models->count + 1) * sizeof *names);
    for (int i = 0; names && i < models->count; i++)
        names[i] = ((const struct ct__model_settings *)ct__field_item(models, ct__model_list, i))
                       ->head.name;
    const char *nearest = names ? ct__nearest(name, names) : NULL;
    if (known)
        ct__problem(maker->problems, at,
                    "%s is not here yet: `chiton models pull %s` fetches it (%.1f MB)", name,
                    known->name, (double)(known->bytes + known->decoder.bytes) / 1e6);
    else if (nearest && strcmp(nearest, name) != 0)
        ct__problem(maker->problems, at, "no model %s; did you mean %s?", name, nearest);
    else
        ct__problem(maker->problems, at, "%s: %s", name, why);
}

static void fill_model(struct maker *maker, const struct ct__model_settings *model,
                       struct ct_model_params *params)
{
    *params = (struct ct_model_params){
        .backend = maker->params->backend ? maker->params->backend : "auto",
    };
    if (!model)
        return;
    if (model->backend)
        params->backend = model->backend;
    params->family = model->family;
    params->labels =
        model->labels
            ? took(maker, ct__place_file(maker->folder, model->labels, &maker->plan->arena))
            : NULL;
    params->classes = join(maker, &model->classes);
    params->conf = (float)model->conf;
    params->iou = (float)model->iou;
    params->max_objects = (int)model->max_objects;
    params->threads = (int)model->threads;
    if (model->size)
        ct__parse_size(model->size, &params->width, &params->height);
}

// What a model's name means: its file, and how it is opened. `at` is where the name stands.
static const char *find_model(struct maker *maker, const char *name, const struct ct__yaml_node *at,
                              struct ct_model_params *params)
{
    const struct ct__model_settings *model = model_named(maker, name);
    const char *file = model && model->path ? model->path : name;
    const struct ct__model_wish wish = {
        .name = file, .beside = maker->folder, .given = maker->params->model_dir};
    char path[PATH_MAX], why[3 * PATH_MAX];
    fill_model(maker, model, params);
    int error = ct__model_path(&wish, path, why, sizeof why);
    if (error)
        reject_model(maker, file, why,
                     model && model->path ? place(model->head.node, NULL, "path") : at);
    return error ? NULL : took(maker, ct__arena_text(&maker->plan->arena, path, strlen(path)));
}

// ---- a camera

static void set_model(struct maker *maker, const struct ct__camera_settings *camera,
                      struct ct_stream_params *params)
{
    const struct ct__yaml_node *at = place(camera->head.node, "detect", "model");
    if (!camera->detect.enabled)
        return;
    if (!camera->detect.model) {
        ct__problem(maker->problems, at,
                    "%s: no model: say detect: {model: NAME}, or detect: {enabled: false}",
                    camera->head.name);
        return;
    }
    params->model = find_model(maker, camera->detect.model, at, &params->model_params);
    if (camera->detect.conf > 0)
        params->model_params.conf = (float)camera->detect.conf;
    if (camera->detect.classes.count)
        params->model_params.classes = join(maker, &camera->detect.classes);
    params->track = camera->track.enabled;
}

static void set_steps(struct maker *maker, const struct ct__camera_settings *camera,
                      struct ct_stream_params *params)
{
    int count = camera->detect.enabled ? camera->detect.steps.count : 0;
    struct ct_step_params *steps = count ? take(maker, (size_t)count * sizeof *steps) : NULL;
    for (int i = 0; steps && i < count; i++) {
        const struct ct__step_settings *step =
            ct__field_item(&camera->detect.steps, ct__step_list, i);
        const struct ct__yaml_node *at = place(step->head.node, NULL, "model");
        steps[i] = (struct ct_step_params){.name = step->head.name, .fps = step->fps};
        if (step->model)
            steps[i].model = find_model(maker, step->model, at, &steps[i].model_params);
        else
            ct__problem(maker->problems, at, "%s: no model: say model: NAME", step->head.name);
    }
    if (steps && !params->live.enabled)
        ct__problem(maker->problems, place(camera->head.node, "detect", "steps"),
                    "steps: not with realtime: false");
    params->steps = steps;
    params->step_count = steps ? count : 0;
}

static int word_index(const char *word, const char *const *words)
{
    int index = 0;
    while (words[index] && strcmp(words[index], word) != 0)
        index++;
    return index;
}

// In the order of enum ct_transport and enum ct_restart.
static const char *const transports[] = {"auto", "tcp", "udp", NULL};
static const char *const restarts[] = {"always", "on_error", "never", NULL};

static void set_input(struct maker *maker, const struct ct__camera_settings *camera,
                      struct ct__planned *planned)
{
    const struct ct__yaml_node *node = camera->head.node;
    if (!camera->inputs.count) {
        ct__problem(maker->problems, place(node, NULL, "inputs"),
                    "%s: no input: say inputs: [{path: ADDRESS}]", camera->head.name);
        return;
    }
    const struct ct__input_settings *input = ct__field_item(&camera->inputs, ct__input_list, 0);
    if (camera->inputs.count > 1)
        ct__problem(maker->problems, input->head.node->next,
                    "inputs: more than one is not in this version");
    if (!input->path) {
        ct__problem(maker->problems, input->head.node, "%s: an input without path",
                    camera->head.name);
        return;
    }
    planned->input = took(maker, ct__place_input(maker->folder, input->path, &maker->plan->arena));
    planned->params.live = (struct ct_live_params){
        .enabled = input->realtime,
        .fps = camera->detect.fps,
        .rate = input->rate,
        .loop = input->loop,
        .transport = word_index(input->transport, transports),
        .restart = word_index(camera->restart, restarts),
        .every_s = input->every,
        .size = input->size,
        .max_staleness_ms = camera->max_staleness_ms,
        .timeout_ms = input->timeout_ms,
    };
}

// ---- outputs

static bool is_output(const char *output)
{
    for (const struct ct__sink_class *const *class = ct__sinks(); *class; class ++)
        if ((*class)->match(output) > 0)
            return true;
    return false;
}

// The camera up to the one that is planned which writes to the same place already, or NULL.
static const char *also_writes(const struct ct__plan *plan, const char *output)
{
    static const char *const shared[] = {"-", "null:", "hash:", NULL};
    if (shared[word_index(output, shared)])
        return NULL;
    for (int i = 0; i <= plan->count; i++)
        for (const char *const *other = plan->cameras[i].params.outputs; other && *other; other++)
            if (strcmp(*other, output) == 0)
                return plan->cameras[i].name;
    return NULL;
}

static void set_outputs(struct maker *maker, const struct ct__camera_settings *camera,
                        struct ct_stream_params *params)
{
    const struct ct__option_list *list = &camera->outputs;
    const struct ct__yaml_node *node = ct__yaml_get(camera->head.node, "outputs");
    const struct ct__yaml_node *item = node && node->kind == CT__YAML_SEQUENCE ? node->first : node;
    const char **outputs = take(maker, ((size_t)list->count + 1) * sizeof *outputs);
    int count = 0;
    params->outputs = outputs;
    for (int i = 0; outputs && i < list->count; i++, item = item->next) {
        if (!*list->items[i] || strcmp(list->items[i], "mjpeg:") == 0)
            continue; // complained about; or what the service has of every camera
        const char *output = took(maker, ct__place_output(maker->outputs, list->items[i],
                                                          camera->head.name, &maker->plan->arena));
        const char *other = output ? also_writes(maker->plan, output) : NULL;
        if (output && !is_output(output))
            ct__problem(maker->problems, item,
                        "outputs = %.64s: no such output; `chiton detect --help` tells which "
                        "there are",
                        list->items[i]);
        else if (other == camera->head.name)
            ct__problem(maker->problems, item, "outputs = %.64s: it is there already",
                        list->items[i]);
        else if (other)
            ct__problem(maker->problems, item,
                        "outputs = %.64s: %s writes there too; {camera} would tell them apart",
                        list->items[i], other);
        outputs[count++] = output;
    }
}

// ---- all of it

static void print(struct maker *maker, const struct ct__camera_settings *camera,
                  struct ct__planned *planned)
{
    struct ct__text text = {0};
    const struct ct_stream_params *params = &planned->params;
    ct__plan_print(ct__camera_list->fields, camera->head.node, &text);
    // Whatever a model's name means is part of what the camera is.
    for (int i = -1; i < params->step_count; i++) {
        const char *name = i < 0 ? camera->detect.model
                                 : ((const struct ct__step_settings *)ct__field_item(
                                        &camera->detect.steps, ct__step_list, i))
                                       ->model;
        const char *path = i < 0 ? params->model : params->steps[i].model;
        const struct ct__model_settings *model = name ? model_named(maker, name) : NULL;
        ct__text_printf(&text, "%s\n", path ? path : "");
        ct__plan_print(ct__model_list->fields, model ? model->head.node : NULL, &text);
    }
    planned->print = took(
        maker, text.failed ? NULL : ct__arena_text(&maker->plan->arena, text.data, text.length));
    ct__text_finish(&text);
}

static void plan_camera(struct maker *maker, const struct ct__camera_settings *camera)
{
    struct ct__planned *planned = &maker->plan->cameras[maker->plan->count];
    *planned = (struct ct__planned){.name = camera->head.name, .stream = -1};
    planned->params = (struct ct_stream_params){
        .name = camera->head.name,
        .draw = camera->draw,
        .segment_s = camera->segment,
        .rotate_bytes = camera->rotate.max_bytes,
        .rotate_keep = (int)camera->rotate.keep,
        .results_only = 1,
    };
    if (camera->segment != 0 && camera->segment < 0.001)
        ct__problem(maker->problems, place(camera->head.node, NULL, "segment"),
                    "segment: expected 0.001 to 1000000, or 0");
    set_input(maker, camera, planned);
    set_model(maker, camera, &planned->params);
    set_steps(maker, camera, &planned->params);
    set_outputs(maker, camera, &planned->params);
    print(maker, camera, planned);
    maker->plan->count++;
}

static void plan_engine(struct maker *maker)
{
    const struct ct__settings *settings = &maker->plan->settings;
    struct ct__arena *arena = &maker->plan->arena;
    maker->plan->engine = (struct ct_engine_params){
        .keep_running = 1,
        .lanes = (int)settings->lanes,
        .cpu_budget = settings->cpu_budget,
        .cpus = settings->cpus,
    };
    if (settings->metrics)
        maker->plan->engine.metrics =
            took(maker, ct__place_file(maker->outputs, settings->metrics, arena));
    if (settings->trace)
        maker->plan->engine.trace =
            took(maker, ct__place_file(maker->outputs, settings->trace, arena));
}

static void make_plan(struct maker *maker)
{
    struct ct__plan *plan = maker->plan;
    const struct ct__field_list *cameras = &plan->settings.cameras;
    plan->cameras = take(maker, (size_t)cameras->count * sizeof *plan->cameras + 1);
    plan_engine(maker);
    for (int i = 0; i < cameras->count && !maker->failed; i++) {
        const struct ct__camera_settings *camera = ct__field_item(cameras, ct__camera_list, i);
        if (camera->enabled && camera->head.node->kind != CT__YAML_SEQUENCE)
            plan_camera(maker, camera);
    }
}

static bool read_all(struct maker *maker, const char *path)
{
    struct ct__plan *plan = maker->plan;
    maker->folder = ct__place_of(path, &plan->arena, &maker->failed);
    maker->outputs = maker->params->state_dir ? maker->params->state_dir : maker->folder;
    if (maker->failed || !ct__document_read(&plan->root, ct__fleet_keys, maker->params->sets,
                                            &plan->arena, maker->problems))
        return false;
    if (maker->problems->count && !plan->root->first)
        return true; // no YAML: nothing more can be said
    if (!ct__fields_read(ct__fleet_keys, plan->root, &plan->settings, &plan->arena,
                         maker->problems))
        return false;
    make_plan(maker);
    return !maker->failed;
}

int ct__plan_read(struct ct__plan **out, const char *path, const struct ct_fleet_params *params)
{
    uint8_t *text = NULL;
    struct ct__problems problems = {.file = path, .params = params};
    int error = ct__file_read(path, FILE_LIMIT, &text, &problems.size);
    problems.text = (const char *)text;
    struct ct__plan *plan = error ? NULL : ct__calloc(1, sizeof *plan);
    struct maker maker = {.plan = plan, .problems = &problems, .params = params};
    if (!error && (!plan || !read_all(&maker, path) || problems.failed))
        error = ct__fail_memory(path);
    error = error || !problems.count ? error : CT_ERROR_FORMAT;
    ct__problems_tell(&problems);
    ct__arena_finish(&problems.arena);
    ct__free(text);
    if (error)
        ct__plan_destroy(&plan);
    else
        *out = plan;
    return error;
}

void ct__plan_destroy(struct ct__plan **pointer)
{
    struct ct__plan *plan = *pointer;
    *pointer = NULL;
    if (!plan)
        return;
    ct__arena_finish(&plan->arena);
    ct__free(plan);
}
