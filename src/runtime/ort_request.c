// SPDX-License-Identifier: Apache-2.0
// Requests: the tensors of one run at a time, which live as long as the request wherever the graph
// says how large they are.
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "runtime/ort.h"

enum { MAX_FIXED_BYTES = 1 << 30 }; // a larger output is left to the library

// The arrays hold the inputs first, then the outputs.
struct request {
    struct ct__ort_model *model;
    const char *scope;
    const char **names;
    OrtValue **values;
    void **memory; // of the values; NULL for an output that the library allocates in each run
    struct ct__tensor *outputs;
};

static void release_value(OrtValue **value)
{
    if (*value)
        ct__ort.api->ReleaseValue(*value);
    *value = NULL;
}

void ct__ort_close(void *opaque)
{
    struct request *request = opaque;
    const struct ct__graph *graph = &request->model->draft.graph;
    for (int i = 0; i < graph->input_count + graph->output_count; i++) {
        if (request->values)
            release_value(&request->values[i]);
        if (request->memory)
            ct__free(request->memory[i]);
    }
    ct__free(request->names);
    ct__free(request->values);
    ct__free(request->memory);
    ct__free(request->outputs);
    ct__free(request);
}

// Allocates a tensor and puts it into the request as a value.
static int fix_value(struct request *request, int index, struct ct__tensor *tensor)
{
    int error = ct__tensor_alloc(tensor, request->scope);
    if (error)
        return error;
    request->memory[index] = tensor->data;
    size_t size = (size_t)ct__shape_count(tensor->rank, tensor->dim) * ct__type_size(tensor->type);
    OrtStatus *status = ct__ort.api->CreateTensorWithDataAsOrtValue(
        ct__ort.memory_info, tensor->data, size, tensor->dim, (size_t)tensor->rank,
        ct__ort_type_for(tensor->type), &request->values[index]);
    return status ? ct__ort_fail(status, CT_ERROR_BACKEND, request->scope, tensor->name) : CT_OK;
}

// An output whose shape is known before the run is written into our memory: nothing is allocated
// for it in a run. A declared shape of rank 0 may also mean that none is declared.
static int fix_output(struct request *request, int index)
{
    const struct ct__graph *graph = &request->model->draft.graph;
    const struct ct_tensor_info *info = &graph->outputs[index];
    struct ct__tensor *output = &request->outputs[index];
    size_t size = ct__type_size(info->type);
    int64_t count = ct__shape_count(info->rank, info->dim);
    *output = (struct ct__tensor){.name = info->name, .type = info->type, .rank = info->rank};
    if (size == 0 || info->rank == 0 || count <= 0 || count > (int64_t)(MAX_FIXED_BYTES / size))
        return CT_OK;
    memcpy(output->dim, info->dim, sizeof output->dim);
    return fix_value(request, graph->input_count + index, output);
}

static int fill_request(struct request *request, const struct ct__tensor *inputs)
{
    const struct ct__graph *graph = &request->model->draft.graph;
    size_t count = (size_t)graph->input_count + (size_t)graph->output_count;
    int error = CT_OK;
    // One more than needed, so that nothing is asked for zero bytes.
    request->names = ct__calloc(count + 1, sizeof *request->names);
    request->values = ct__calloc(count + 1, sizeof *request->values);
    request->memory = ct__calloc(count + 1, sizeof *request->memory);
    request->outputs = ct__calloc(count + 1, sizeof *request->outputs);
    if (!request->names || !request->values || !request->memory || !request->outputs)
        return ct__fail_memory(request->scope);
    for (int i = 0; !error && i < graph->input_count; i++) {
        struct ct__tensor input = inputs[i];
        request->names[i] = graph->inputs[i].name;
        error = fix_value(request, i, &input);
    }
    for (int i = 0; !error && i < graph->output_count; i++) {
        request->names[graph->input_count + i] = graph->outputs[i].name;
        error = fix_output(request, i);
    }
    return error;
}

int ct__ort_request(void **out, void *model, const char *scope, struct ct__tensor *inputs)
{
    struct request *request = ct__calloc(1, sizeof *request);
    if (!request)
        return ct__fail_memory(scope);
    request->model = model;
    request->scope = scope;
    int error = fill_request(request, inputs);
    if (error) {
        ct__ort_close(request);
        return error;
    }
    for (int i = 0; i < request->model->draft.graph.input_count; i++)
        inputs[i].data = request->memory[i];
    *out = request;
    return CT_OK;
}

static OrtStatus *try_run(struct request *request)
{
    const struct ct__graph *graph = &request->model->draft.graph;
    int ins = graph->input_count, outs = graph->output_count;
    for (int i = ins; i < ins + outs; i++) {
        if (!request->memory[i])
            release_value(&request->values[i]);
    }
    return ct__ort.api->Run(request->model->session, NULL, request->names,
                            (const OrtValue *const *)request->values, (size_t)ins,
                            request->names + ins, (size_t)outs, request->values + ins);
}

// Leaves the outputs to the library from now on; false if they were already.
static bool release_fixed(struct request *request)
{
    const struct ct__graph *graph = &request->model->draft.graph;
    bool any = false;
    for (int i = graph->input_count; i < graph->input_count + graph->output_count; i++) {
        if (!request->memory[i])
            continue;
        release_value(&request->values[i]);
        ct__free(request->memory[i]);
        request->memory[i] = NULL;
        any = true;
    }
    return any;
}

// A graph may declare a shape that it does not keep, which the library notices when it is to write
// into memory of the declared shape: such a model is run again without.
static OrtStatus *run_again(struct request *request, OrtStatus *first)
{
    if (!release_fixed(request))
        return first;
    OrtStatus *second = try_run(request);
    if (!second && !atomic_exchange(&request->model->warned, true))
        ct__log(CT_LOG_WARN, request->scope,
                "the model's outputs are not as it declares them: each run allocates them anew");
    ct__ort.api->ReleaseStatus(first);
    return second;
}

// Reads what the library allocated for an output.
static OrtStatus *read_output(const OrtValue *value, struct ct__tensor *output, size_t *rank)
{
    OrtTensorTypeAndShapeInfo *shape = NULL;
    OrtStatus *status = ct__ort.api->GetTensorTypeAndShape(value, &shape);
    status = status ? status : ct__ort_read_shape(shape, &output->type, rank, output->dim);
    if (shape)
        ct__ort.api->ReleaseTensorTypeAndShapeInfo(shape);
    // Elements of other types are objects of the library, no numbers.
    output->data = NULL;
    if (!status && output->type != CT_TYPE_OTHER)
        status = ct__ort.api->GetTensorMutableData((OrtValue *)value, &output->data);
    return status;
}

// Takes an output that the library allocated.
static int take_output(struct request *request, const OrtValue *value, struct ct__tensor *output)
{
    int is_tensor = 0;
    size_t rank = 0;
    OrtStatus *status = value ? ct__ort.api->IsTensor(value, &is_tensor) : NULL;
    if (!status && !is_tensor)
        return ct__fail(CT_ERROR_BACKEND, request->scope, "no tensor came out of %s", output->name);
    status = status ? status : read_output(value, output, &rank);
    if (status)
        return ct__ort_fail(status, CT_ERROR_BACKEND, request->scope, output->name);
    if (rank > CT_MAX_RANK)
        return ct__fail(CT_ERROR_BACKEND, request->scope, "%s came with %zu dimensions",
                        output->name, rank);
    output->rank = (int)rank;
    return CT_OK;
}

int ct__ort_run(void *opaque, struct ct__tensor *outputs)
{
    struct request *request = opaque;
    const struct ct__graph *graph = &request->model->draft.graph;
    int ins = graph->input_count, outs = graph->output_count, error = CT_OK;
    OrtStatus *status = try_run(request);
    if (status)
        status = run_again(request, status);
    if (status)
        return ct__ort_fail(status, CT_ERROR_BACKEND, request->scope, "the run failed");
    for (int i = 0; !error && i < outs; i++) {
        if (!request->memory[ins + i])
            error = take_output(request, request->values[ins + i], &request->outputs[i]);
    }
    if (!error)
        memcpy(outputs, request->outputs, (size_t)outs * sizeof *outputs);
    return error;
}
