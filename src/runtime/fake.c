// SPDX-License-Identifier: Apache-2.0
// A backend that answers what a small JSON file says, for tests of everything above: shapes,
// values, cost and failures are exact and need no inference library.
//
//   {"chiton_fake": 1,
//    "inputs": [{"name": "images", "type": "float32", "shape": [1, 3, -1, -1]}],
//    "outputs": [{"name": "out", "shape": [1, 10, 85], "fill": 0, "values": [[4, 0.9], [5, 1]]}],
//    "metadata": {"task": "detect"},
//    "mark": {"output": 0, "index": 7, "scale": 1},   that element is scale x the mean of input 0
//    "work_us": 2000,                                 CPU time that a run takes
//    "fail_every": 5}                                 each fifth run of a request fails
//
// or, for a graph that is told the truth of a synthetic source and errs as is said (detector.h):
//
//   {"chiton_fake": 1,
//    "detector": {"noise": 0.02, "miss": 0.05, "false": 0.1, "seed": 1, "delay_us": 0}}
//
// where the delay is waited, as for a device of its own: "work_us" may be beside it.
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "frame/truth.h"
#include "runtime/backend.h"
#include "runtime/detector.h"
#include "runtime/graph.h"

enum { MAX_TENSORS = 64, MAX_ELEMENTS = 1 << 28, MAX_WORK_US = 60 * 1000 * 1000 };

struct model {
    json_t *root;
    struct ct__draft draft;
    json_int_t work_us, fail_every;
    int mark_output; // -1 without a mark
    int64_t mark_index;
    double mark_scale;
    bool detects;
    struct ct__detector detector;
    json_int_t delay_us;
};

struct request {
    const struct model *model;
    const char *scope;
    json_int_t runs;
    struct ct__tensor input; // the first one
    struct ct__tensor truth; // the second one of a detector
    void **input_memory;
    struct ct__tensor *outputs;
};

// Numbers of any type.

static void put(const struct ct__tensor *tensor, int64_t index, double value)
{
    int64_t whole = value > -9e18 && value < 9e18 ? (int64_t)value : 0;
    switch (tensor->type) {
    case CT_TYPE_F32:
        ((float *)tensor->data)[index] = (float)value;
        break;
    case CT_TYPE_F64:
        ((double *)tensor->data)[index] = value;
        break;
    case CT_TYPE_U8:
    case CT_TYPE_BOOL:
        ((uint8_t *)tensor->data)[index] = (uint8_t)whole;
        break;
    case CT_TYPE_I8:
        ((int8_t *)tensor->data)[index] = (int8_t)whole;
        break;
    case CT_TYPE_I16:
    case CT_TYPE_U16:
        ((uint16_t *)tensor->data)[index] = (uint16_t)whole;
        break;
    case CT_TYPE_I32:
    case CT_TYPE_U32:
        ((uint32_t *)tensor->data)[index] = (uint32_t)whole;
        break;
    case CT_TYPE_U64:
    case CT_TYPE_I64:
        ((int64_t *)tensor->data)[index] = whole;
        break;
    default: // parse_type() lets no other pass
        break;
    }
}

// Float and byte inputs only: what pictures become.
static double mean_of(const struct ct__tensor *tensor)
{
    int64_t count = ct__shape_count(tensor->rank, tensor->dim);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += tensor->type == CT_TYPE_F32  ? ((const float *)tensor->data)[i]
               : tensor->type == CT_TYPE_U8 ? ((const uint8_t *)tensor->data)[i]
                                            : 0;
    return count > 0 ? sum / (double)count : 0;
}

// Reading the file. Values stay in the JSON until a request writes them out.

static int fail_range(const char *scope, const char *what, double value, double least, double most)
{
    return ct__fail(CT_ERROR_FORMAT, scope, "%s = %g: expected %g to %g", what, value, least, most);
}

// A misspelt key would leave a test without what it asks for.
static int check_keys(const char *scope, json_t *object, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return ct__fail(CT_ERROR_FORMAT, scope, "%s: unknown key", key);
    }
    return CT_OK;
}

// An integer of an object, `preset` without it.
static int read_int(const char *scope, json_t *object, const char *key, json_int_t preset,
                    json_int_t most, json_int_t *value)
{
    json_t *found = json_object_get(object, key);
    *value = found ? json_integer_value(found) : preset;
    if (found && !json_is_integer(found))
        return ct__fail(CT_ERROR_FORMAT, scope, "%s: expected an integer", key);
    if (*value < 0 || *value > most)
        return fail_range(scope, key, (double)*value, 0, (double)most);
    return CT_OK;
}

static int read_type(const char *scope, json_t *object, enum ct_type *type)
{
    json_t *found = json_object_get(object, "type");
    const char *name = found ? json_string_value(found) : "float32";
    for (int i = CT_TYPE_F32; name && i < CT_TYPE_OTHER; i++) {
        *type = (enum ct_type)i;
        if (i != CT_TYPE_F16 && strcmp(ct__type_name(*type), name) == 0)
            return CT_OK;
    }
    return ct__fail(CT_ERROR_FORMAT, scope, "type: %s is not known", name ? name : "what is given");
}

static int read_shape(const char *scope, json_t *object, bool may_be_open,
                      struct ct_tensor_info *info)
{
    json_t *shape = json_object_get(object, "shape");
    if (!json_is_array(shape) || json_array_size(shape) > CT_MAX_RANK)
        return ct__fail(CT_ERROR_FORMAT, scope, "%s: expected a shape of at most %d numbers",
                        info->name, CT_MAX_RANK);
    info->rank = (int)json_array_size(shape);
    int64_t count = 1;
    for (int i = 0; i < info->rank; i++) {
        json_t *dim = json_array_get(shape, (size_t)i);
        json_int_t value = json_integer_value(dim);
        if (!json_is_integer(dim) || value < (may_be_open ? -1 : 0) || value > MAX_ELEMENTS)
            return ct__fail(CT_ERROR_FORMAT, scope, "%s: shape[%d]: expected %d to %d", info->name,
                            i, may_be_open ? -1 : 0, MAX_ELEMENTS);
        info->dim[i] = value;
        count *= value < 0 ? 1 : value;
        if (count > MAX_ELEMENTS)
            return ct__fail(CT_ERROR_FORMAT, scope, "%s: more than %d elements", info->name,
                            MAX_ELEMENTS);
    }
    return CT_OK;
}

static int read_tensor(const char *scope, json_t *object, bool may_be_open,
                       struct ct_tensor_info *info)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    if (!name)
        return ct__fail(CT_ERROR_FORMAT, scope, "an input or output has no name");
    info->name = ct__strdup(name);
    if (!info->name)
        return ct__fail_memory(scope);
    int error = read_type(scope, object, &info->type);
    return error ? error : read_shape(scope, object, may_be_open, info);
}

// Checks the values of an output: pairs of index and number.
static int check_values(const char *scope, json_t *object, const struct ct_tensor_info *info)
{
    json_t *values = json_object_get(object, "values"), *fill = json_object_get(object, "fill");
    int64_t count = ct__shape_count(info->rank, info->dim);
    if ((fill && !json_is_number(fill)) || (values && !json_is_array(values)))
        return ct__fail(CT_ERROR_FORMAT, scope, "%s: expected a number to fill, a list of values",
                        info->name);
    for (size_t i = 0; i < json_array_size(values); i++) {
        json_t *pair = json_array_get(values, i), *index = json_array_get(pair, 0);
        if (json_array_size(pair) != 2 || !json_is_integer(index) ||
            !json_is_number(json_array_get(pair, 1)))
            return ct__fail(CT_ERROR_FORMAT, scope, "%s: values[%zu]: expected [index, value]",
                            info->name, i);
        if (json_integer_value(index) < 0 || json_integer_value(index) >= count)
            return ct__fail(CT_ERROR_FORMAT, scope,
                            "%s: values[%zu]: index %lld: expected 0 to %lld", info->name, i,
                            (long long)json_integer_value(index), (long long)count - 1);
    }
    return CT_OK;
}

static int read_mark(const char *scope, struct model *model)
{
    json_t *mark = json_object_get(model->root, "mark"), *scale = json_object_get(mark, "scale");
    json_int_t output, index;
    model->mark_output = -1;
    if (!mark)
        return CT_OK;
    int error = read_int(scope, mark, "output", 0, model->draft.graph.output_count - 1, &output);
    if (error)
        return error;
    const struct ct_tensor_info *info = &model->draft.outputs[output];
    error = read_int(scope, mark, "index", 0, ct__shape_count(info->rank, info->dim) - 1, &index);
    if (error)
        return error;
    if (model->draft.graph.input_count < 1)
        return ct__fail(CT_ERROR_FORMAT, scope, "mark: there is no input");
    model->mark_output = (int)output;
    model->mark_index = index;
    model->mark_scale = scale ? json_number_value(scale) : 1;
    return CT_OK;
}

// A number of an object, 0 without it.
static int read_share(const char *scope, json_t *object, const char *key, double most,
                      double *value)
{
    json_t *found = json_object_get(object, key);
    *value = json_number_value(found);
    if (found && !json_is_number(found))
        return ct__fail(CT_ERROR_FORMAT, scope, "%s: expected a number", key);
    if (!(*value >= 0 && *value <= most))
        return fail_range(scope, key, *value, 0, most);
    return CT_OK;
}

// A detector brings its own graph.
static int read_detector(const char *scope, struct model *model)
{
    static const char *const known[] = {"noise", "miss", "false", "seed", "delay_us", NULL};
    json_t *detector = json_object_get(model->root, "detector");
    struct ct__detector *to = &model->detector;
    if (!detector)
        return CT_OK;
    if (!json_is_object(detector) || json_object_get(model->root, "inputs") ||
        json_object_get(model->root, "outputs") || json_object_get(model->root, "mark"))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "detector: expected an object, and no inputs, outputs or mark beside it");
    json_int_t seed;
    int error = check_keys(scope, detector, known);
    error = error ? error : read_share(scope, detector, "noise", 1, &to->noise);
    error = error ? error : read_share(scope, detector, "miss", 1, &to->miss);
    error = error ? error : read_share(scope, detector, "false", 100, &to->false_alarms);
    error = error ? error : read_int(scope, detector, "seed", 1, INT32_MAX, &seed);
    error = error ? error : read_int(scope, detector, "delay_us", 0, MAX_WORK_US, &model->delay_us);
    if (error)
        return error;
    to->seed = seed;
    model->detects = true;
    json_t *graph =
        json_pack("{s:[{s:s,s:s,s:[i,i,i,i]},{s:s,s:s,s:[i,i,i]}],s:[{s:s,s:[i,i,i]}]}", "inputs",
                  "name", "image", "type", "uint8", "shape", 1, 3, 32, 32, "name", CT__TRUTH_INPUT,
                  "type", "float64", "shape", 1, CT__TRUTH_ROWS, CT__TRUTH_VALUES, "outputs",
                  "name", "objects", "shape", 1, CT__DETECTOR_BOXES, CT__DETECTOR_VALUES);
    int failed = graph ? json_object_update(model->root, graph) : -1;
    json_decref(graph);
    return failed ? ct__fail_memory(scope) : CT_OK;
}

static int read_metadata(const char *scope, struct model *model)
{
    const char *key;
    json_t *value;
    int i = 0;
    json_object_foreach(json_object_get(model->root, "metadata"), key, value)
    {
        if (!json_is_string(value))
            return ct__fail(CT_ERROR_FORMAT, scope, "metadata: %s: expected a string", key);
        model->draft.keys[i] = ct__strdup(key);
        model->draft.values[i] = ct__strdup(json_string_value(value));
        if (!model->draft.keys[i] || !model->draft.values[i])
            return ct__fail_memory(scope);
        i++;
    }
    return CT_OK;
}

static int read_model(const char *scope, struct model *model)
{
    json_t *inputs = json_object_get(model->root, "inputs");
    json_t *outputs = json_object_get(model->root, "outputs");
    size_t ins = json_array_size(inputs), outs = json_array_size(outputs);
    if (!json_is_array(inputs) || !json_is_array(outputs) || ins > MAX_TENSORS ||
        outs > MAX_TENSORS)
        return ct__fail(CT_ERROR_FORMAT, scope, "expected lists of at most %d inputs and outputs",
                        MAX_TENSORS);
    size_t pairs = json_object_size(json_object_get(model->root, "metadata"));
    if (ct__draft_init(&model->draft, (int)ins, (int)outs, (int)pairs))
        return ct__fail_memory(scope);
    int error = CT_OK;
    for (size_t i = 0; !error && i < ins; i++)
        error = read_tensor(scope, json_array_get(inputs, i), true, &model->draft.inputs[i]);
    for (size_t i = 0; !error && i < outs; i++) {
        json_t *output = json_array_get(outputs, i);
        error = read_tensor(scope, output, false, &model->draft.outputs[i]);
        if (!error)
            error = check_values(scope, output, &model->draft.outputs[i]);
    }
    if (!error)
        error = read_metadata(scope, model);
    if (!error)
        error = read_mark(scope, model);
    if (!error)
        error = read_int(scope, model->root, "work_us", 0, MAX_WORK_US, &model->work_us);
    if (!error)
        error = read_int(scope, model->root, "fail_every", 0, INT32_MAX, &model->fail_every);
    return error;
}

// Callbacks.

static int probe(char *text, size_t text_size, char *path, size_t path_size)
{
    snprintf(text, text_size, "1");
    snprintf(path, path_size, "built in");
    return CT_OK;
}

static bool accepts(const uint8_t *data, size_t size)
{
    static const char mark[] = "chiton_fake";
    return size > 0 && data[0] == '{' && memmem(data, size, mark, sizeof mark - 1);
}

static void unload(void *opaque)
{
    struct model *model = opaque;
    json_decref(model->root);
    ct__draft_finish(&model->draft);
    ct__free(model);
}

static int load(void **out, const char *scope, const uint8_t *data, size_t size,
                const struct ct__plan *plan)
{
    static const char *const known[] = {"chiton_fake", "inputs",  "outputs",  "metadata", "mark",
                                        "fail_every",  "work_us", "detector", NULL};
    (void)plan;
    json_error_t where;
    struct model *model = ct__calloc(1, sizeof *model);
    if (!model)
        return ct__fail_memory(scope);
    int error = CT_OK;
    model->root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, &where);
    if (!model->root)
        error = ct__fail(CT_ERROR_FORMAT, scope, "line %d, column %d: %s", where.line, where.column,
                         where.text);
    if (!error)
        error = check_keys(scope, model->root, known);
    if (!error)
        error = read_detector(scope, model);
    if (!error)
        error = read_model(scope, model);
    if (error)
        unload(model);
    else
        *out = model;
    return error;
}

static const struct ct__graph *graph(const void *model)
{
    return &((const struct model *)model)->draft.graph;
}

static void close_request(void *opaque)
{
    struct request *request = opaque;
    const struct ct__graph *graph = &request->model->draft.graph;
    for (int i = 0; request->input_memory && i < graph->input_count; i++)
        ct__free(request->input_memory[i]);
    for (int i = 0; request->outputs && i < graph->output_count; i++)
        ct__free(request->outputs[i].data);
    ct__free(request->input_memory);
    ct__free(request->outputs);
    ct__free(request);
}

static int write_output(struct request *request, int index)
{
    json_t *output =
        json_array_get(json_object_get(request->model->root, "outputs"), (size_t)index);
    json_t *values = json_object_get(output, "values");
    const struct ct_tensor_info *info = &request->model->draft.outputs[index];
    struct ct__tensor *tensor = &request->outputs[index];
    *tensor = (struct ct__tensor){.name = info->name, .type = info->type, .rank = info->rank};
    memcpy(tensor->dim, info->dim, sizeof tensor->dim);
    int error = ct__tensor_alloc(tensor, request->scope);
    if (error)
        return error;
    double fill = json_number_value(json_object_get(output, "fill"));
    int64_t count = fill != 0 ? ct__shape_count(tensor->rank, tensor->dim) : 0;
    for (int64_t i = 0; i < count; i++)
        put(tensor, i, fill);
    for (size_t i = 0; i < json_array_size(values); i++) {
        json_t *pair = json_array_get(values, i);
        put(tensor, json_integer_value(json_array_get(pair, 0)),
            json_number_value(json_array_get(pair, 1)));
    }
    return CT_OK;
}

static int open_request(void **out, void *opaque, const char *scope, struct ct__tensor *inputs)
{
    const struct model *model = opaque;
    int ins = model->draft.graph.input_count, outs = model->draft.graph.output_count;
    struct request *request = ct__calloc(1, sizeof *request);
    if (!request)
        return ct__fail_memory(scope);
    request->model = model;
    request->scope = scope;
    request->input_memory = ct__calloc((size_t)ins + 1, sizeof *request->input_memory);
    request->outputs = ct__calloc((size_t)outs + 1, sizeof *request->outputs);
    int error = request->input_memory && request->outputs ? CT_OK : ct__fail_memory(scope);
    for (int i = 0; !error && i < outs; i++)
        error = write_output(request, i);
    for (int i = 0; !error && i < ins; i++) {
        struct ct__tensor input = inputs[i];
        error = ct__tensor_alloc(&input, scope);
        request->input_memory[i] = input.data;
    }
    if (error) {
        close_request(request);
        return error;
    }
    for (int i = 0; i < ins; i++)
        inputs[i].data = request->input_memory[i];
    if (ins > 0)
        request->input = inputs[0];
    if (model->detects)
        request->truth = inputs[1];
    *out = request;
    return CT_OK;
}

static void wait_us(json_int_t delay_us)
{
    struct timespec left = {(time_t)(delay_us / 1000000), (long)(delay_us % 1000000) * 1000};
    while (nanosleep(&left, &left) && errno == EINTR)
        continue;
}

static int run(void *opaque, struct ct__tensor *outputs)
{
    struct request *request = opaque;
    const struct model *model = request->model;
    int64_t end = ct__thread_cpu_ns() + model->work_us * 1000;
    request->runs++;
    if (model->fail_every && request->runs % model->fail_every == 0)
        return ct__fail(CT_ERROR_BACKEND, request->scope, "run %lld fails as asked",
                        (long long)request->runs);
    while (model->work_us && ct__thread_cpu_ns() < end)
        continue;
    if (model->mark_output >= 0)
        put(&request->outputs[model->mark_output], model->mark_index,
            model->mark_scale * mean_of(&request->input));
    if (model->detects)
        ct__detector_look(&model->detector, &request->truth, &request->outputs[0]);
    if (model->delay_us)
        wait_us(model->delay_us);
    memcpy(outputs, request->outputs, (size_t)model->draft.graph.output_count * sizeof *outputs);
    return CT_OK;
}

const struct ct__backend ct__backend_fake = {
    .name = "fake",
    .help = "answers what a JSON file says, for tests",
    .probe = probe,
    .accepts = accepts,
    .load = load,
    .graph = graph,
    .unload = unload,
    .request = open_request,
    .run = run,
    .close = close_request,
};
