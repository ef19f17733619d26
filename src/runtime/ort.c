// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime, loaded when it is first needed. Runs happen on the caller's thread: with one thread
// a run the library starts none, so nothing can spin or migrate. A run with more threads uses one
// pool of the process, which sleeps instead of spinning while it waits.
#include "runtime/ort.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "runtime/onnx.h"

enum {
    MAX_TENSORS = 1024, // inputs or outputs of a graph
    MAX_PAIRS = 4096,   // of metadata
};

// The folder of the model, where files with further weights lie.
static OrtStatus *set_folder(OrtSessionOptions *options, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int length = !slash ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".");
    return ct__ort.api->AddSessionConfigEntry(
        options, "session.model_external_initializers_file_folder_path", folder);
}

static OrtStatus *create_session(OrtSession **session, const char *scope, const uint8_t *data,
                                 size_t size, int threads)
{
    OrtSessionOptions *options = NULL;
    OrtStatus *status = ct__ort.api->CreateSessionOptions(&options);
    status = status ? status : ct__ort_set_threads(options, threads);
    status = status ? status : ct__ort.api->SetInterOpNumThreads(options, 1);
    status = status ? status : ct__ort.api->SetSessionExecutionMode(options, ORT_SEQUENTIAL);
    status =
        status ? status : ct__ort.api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
    // One block for all tensors of a run, which it would lay out, comes on top of what the first
    // run has left behind: a third of the memory of a model of mattes, and no time gained.
    status = status ? status : ct__ort.api->DisableMemPattern(options);
    status = status ? status : ct__ort.api->SetSessionLogId(options, scope);
    if (!status && data && ct__onnx_beside(data, size))
        status = set_folder(options, scope);
    if (!status && data)
        status =
            ct__ort.api->CreateSessionFromArray(ct__ort.environment, data, size, options, session);
    else if (!status)
        status = ct__ort.api->CreateSession(ct__ort.environment, scope, options, session);
    if (options)
        ct__ort.api->ReleaseSessionOptions(options);
    return status;
}

// What the library calls our types.
static const enum ct_type types[] = {
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT] = CT_TYPE_F32,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16] = CT_TYPE_F16,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE] = CT_TYPE_F64,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8] = CT_TYPE_U8,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8] = CT_TYPE_I8,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32] = CT_TYPE_I32,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64] = CT_TYPE_I64,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL] = CT_TYPE_BOOL,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16] = CT_TYPE_I16,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16] = CT_TYPE_U16,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32] = CT_TYPE_U32,
    [ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64] = CT_TYPE_U64,
};
enum { TYPES = sizeof types / sizeof *types };

static enum ct_type type_of(ONNXTensorElementDataType type)
{
    bool known = (unsigned)type < TYPES && types[type] != CT_TYPE_NONE;
    return known ? types[type] : CT_TYPE_OTHER;
}

ONNXTensorElementDataType ct__ort_type_for(enum ct_type type)
{
    unsigned i = TYPES - 1;
    while (i && types[i] != type)
        i--;
    return (ONNXTensorElementDataType)i;
}

OrtStatus *ct__ort_read_shape(const OrtTensorTypeAndShapeInfo *shape, enum ct_type *type,
                              size_t *rank, int64_t dim[CT_MAX_RANK])
{
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtStatus *status = ct__ort.api->GetTensorElementType(shape, &element);
    status = status ? status : ct__ort.api->GetDimensionsCount(shape, rank);
    if (!status && *rank <= CT_MAX_RANK)
        status = ct__ort.api->GetDimensions(shape, dim, *rank);
    *type = type_of(element);
    return status;
}

static void release_text(void *text)
{
    OrtStatus *status = text ? ct__ort.api->AllocatorFree(ct__ort.allocator, text) : NULL;
    if (status)
        ct__ort.api->ReleaseStatus(status);
}

// A copy of a text of the library, which is released; NULL without memory.
static char *take_text(char *text)
{
    char *copy = ct__strdup(text ? text : "");
    release_text(text);
    return copy;
}

static int describe_shape(const char *scope, struct ct_tensor_info *info, const OrtTypeInfo *type)
{
    const OrtTensorTypeAndShapeInfo *shape = NULL;
    size_t rank = 0;
    OrtStatus *status = ct__ort.api->CastTypeInfoToTensorInfo(type, &shape);
    if (!status && !shape)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "%s is no tensor", info->name);
    status = status ? status : ct__ort_read_shape(shape, &info->type, &rank, info->dim);
    if (status)
        return ct__ort_fail(status, CT_ERROR_FORMAT, scope, info->name);
    if (rank > CT_MAX_RANK)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "%s has %zu dimensions: expected at most %d",
                        info->name, rank, CT_MAX_RANK);
    info->rank = (int)rank;
    for (int i = 0; i < info->rank; i++)
        info->dim[i] = info->dim[i] < 0 ? -1 : info->dim[i];
    return CT_OK;
}

// What the library has for inputs and, under other names, for outputs.
struct side {
    OrtStatus *(ORT_API_CALL *count)(const OrtSession *session, size_t *count);
    OrtStatus *(ORT_API_CALL *name)(const OrtSession *session, size_t index,
                                    OrtAllocator *allocator, char **name);
    OrtStatus *(ORT_API_CALL *type)(const OrtSession *session, size_t index, OrtTypeInfo **type);
};

static int describe_tensor(const char *scope, const OrtSession *session, const struct side *side,
                           int index, struct ct_tensor_info *info)
{
    char *name = NULL;
    OrtTypeInfo *type = NULL;
    OrtStatus *status = side->name(session, (size_t)index, ct__ort.allocator, &name);
    status = status ? status : side->type(session, (size_t)index, &type);
    info->name = take_text(name);
    int error = status        ? ct__ort_fail(status, CT_ERROR_FORMAT, scope, "broken description")
                : !info->name ? ct__fail_memory(scope)
                              : describe_shape(scope, info, type);
    if (type)
        ct__ort.api->ReleaseTypeInfo(type);
    return error;
}

static int describe_pairs(const char *scope, const OrtModelMetadata *metadata, char **keys,
                          struct ct__draft *draft)
{
    for (int i = 0; i < draft->graph.metadata_count; i++) {
        char *value = NULL;
        OrtStatus *status = ct__ort.api->ModelMetadataLookupCustomMetadataMap(
            metadata, ct__ort.allocator, keys[i], &value);
        if (status)
            return ct__ort_fail(status, CT_ERROR_FORMAT, scope, "broken metadata");
        draft->keys[i] = ct__strdup(keys[i]);
        draft->values[i] = take_text(value);
        if (!draft->keys[i] || !draft->values[i])
            return ct__fail_memory(scope);
    }
    return CT_OK;
}

// Fills the description for so many pairs of metadata.
static int describe_all(const char *scope, struct ct__ort_model *model,
                        const OrtModelMetadata *metadata, char **keys, int64_t pairs)
{
    const struct side inputs = {ct__ort.api->SessionGetInputCount, ct__ort.api->SessionGetInputName,
                                ct__ort.api->SessionGetInputTypeInfo};
    const struct side outputs = {ct__ort.api->SessionGetOutputCount,
                                 ct__ort.api->SessionGetOutputName,
                                 ct__ort.api->SessionGetOutputTypeInfo};
    size_t ins = 0, outs = 0;
    OrtStatus *status = inputs.count(model->session, &ins);
    status = status ? status : outputs.count(model->session, &outs);
    if (status)
        return ct__ort_fail(status, CT_ERROR_FORMAT, scope, "broken description");
    if (ins > MAX_TENSORS || outs > MAX_TENSORS || pairs > MAX_PAIRS)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope,
                        "%zu inputs, %zu outputs, %lld pairs of metadata: too many", ins, outs,
                        (long long)pairs);
    if (ct__draft_init(&model->draft, (int)ins, (int)outs, (int)pairs))
        return ct__fail_memory(scope);
    int error = CT_OK;
    for (int i = 0; !error && i < (int)ins; i++)
        error = describe_tensor(scope, model->session, &inputs, i, &model->draft.inputs[i]);
    for (int i = 0; !error && i < (int)outs; i++)
        error = describe_tensor(scope, model->session, &outputs, i, &model->draft.outputs[i]);
    return error ? error : describe_pairs(scope, metadata, keys, &model->draft);
}

static int describe(const char *scope, struct ct__ort_model *model)
{
    OrtModelMetadata *metadata = NULL;
    char **keys = NULL;
    int64_t pairs = 0;
    OrtStatus *status = ct__ort.api->SessionGetModelMetadata(model->session, &metadata);
    status = status ? status
                    : ct__ort.api->ModelMetadataGetCustomMetadataMapKeys(
                          metadata, ct__ort.allocator, &keys, &pairs);
    int error = status ? ct__ort_fail(status, CT_ERROR_FORMAT, scope, "broken metadata")
                       : describe_all(scope, model, metadata, keys, pairs);
    for (int64_t i = 0; i < pairs; i++)
        release_text(keys[i]);
    release_text(keys);
    if (metadata)
        ct__ort.api->ReleaseModelMetadata(metadata);
    return error;
}

static void unload(void *opaque)
{
    struct ct__ort_model *model = opaque;
    if (model->session)
        ct__ort.api->ReleaseSession(model->session);
    ct__draft_finish(&model->draft);
    ct__free(model);
}

static int load(void **out, const char *scope, const uint8_t *data, size_t size,
                const struct ct__plan *plan)
{
    int error = ct__ort_prepare(scope, plan->threads);
    if (error)
        return error;
    struct ct__ort_model *model = ct__calloc(1, sizeof *model);
    if (!model)
        return ct__fail_memory(scope);
    OrtStatus *status = create_session(&model->session, scope, data, size, plan->threads);
    error = status ? ct__ort_fail(status, CT_ERROR_FORMAT, scope, "broken or unknown model")
                   : describe(scope, model);
    if (error)
        unload(model);
    else
        *out = model;
    return error;
}

static const struct ct__graph *graph(const void *model)
{
    return &((const struct ct__ort_model *)model)->draft.graph;
}

const struct ct__backend ct__backend_ort = {
    .name = "ort",
    .help = "ONNX Runtime on the processor",
    .probe = ct__ort_probe,
    .accepts = ct__onnx_accepts,
    .beside = ct__onnx_beside,
    .load = load,
    .reads_files = true,
    .graph = graph,
    .unload = unload,
    .request = ct__ort_request,
    .run = ct__ort_run,
    .close = ct__ort_close,
};
