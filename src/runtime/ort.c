// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime, loaded when it is first needed. Runs happen on the caller's thread: with one thread
// a run the library starts none, so nothing can spin or migrate. A run with more threads uses one
// pool of the process, which sleeps instead of spinning while it waits.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <onnxruntime_c_api.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "runtime/backend.h"
#include "runtime/graph.h"
#include "runtime/library.h"
#include "runtime/onnx.h"
#include "runtime/sentence.h"

enum {
    API = 21,                  // what is asked of the library: everything since 1.21 has it
    MAX_TENSORS = 1024,        // inputs or outputs of a graph
    MAX_PAIRS = 4096,          // of metadata
    MAX_FIXED_BYTES = 1 << 30, // a larger output is left to the library
    SENTENCE = 300,            // of the library, in our messages
};

// The library and what all models share: written under `lock`; a model exists only after the
// pointers are set, and they never change again, so that runs read them without it. Nothing of it
// is ever released: the environment has to outlive every session, and the library's own clean-up at
// exit is none of ours.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *named_library;
static char library_path[512], library_version[32];
static const OrtApi *api;
static OrtEnv *environment;
static OrtMemoryInfo *memory_info;
static OrtAllocator *allocator;
static int pool_threads; // of the process's pool, the caller's among them; 0 without a pool

struct model {
    OrtSession *session;
    struct ct__draft draft;
    atomic_bool warned; // of outputs that are not as declared
};

// The arrays hold the inputs first, then the outputs.
struct request {
    struct model *model;
    const char *scope;
    const char **names;
    OrtValue **values;
    void **memory; // of the values; NULL for an output that the library allocates in each run
    struct ct__tensor *outputs;
};

// Logs the library's reason as ours and releases it.
static int fail(OrtStatus *status, int error, const char *scope, const char *what)
{
    char whole[2048], reason[SENTENCE + 1];
    ct__one_line(api->GetErrorMessage(status), whole, sizeof whole);
    ct__cut_place(whole);
    ct__one_line(whole, reason, sizeof reason);
    if (api->GetErrorCode(status) == ORT_NOT_IMPLEMENTED)
        error = CT_ERROR_UNSUPPORTED;
    api->ReleaseStatus(status);
    return ct__fail(error, scope, "%s: %s", what, reason);
}

// Loading the library.

int ct__ort_set_library(const char *path)
{
    int error = CT_OK;
    char *copy = path ? ct__strdup(path) : NULL;
    if (path && !copy)
        return ct__fail_memory(path);
    pthread_mutex_lock(&lock);
    if (api) {
        error = CT_ERROR_INVALID;
    } else {
        char *old = named_library;
        named_library = copy;
        copy = old;
    }
    pthread_mutex_unlock(&lock);
    ct__free(copy);
    if (error)
        return ct__fail(error, path ? path : "onnxruntime", "%s is in use already", library_path);
    return CT_OK;
}

// Loads the library once; `reason` says why it cannot be used. Call it locked.
static int load_library(char *reason, size_t size)
{
    if (api)
        return CT_OK;
    // From 1.29 on the library reports to its maker, from a thread of its own and with files in the
    // home folder, unless this stands before it is loaded.
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    const char *named = named_library ? named_library : getenv("CHITON_ORT_LIBRARY");
    const char *const alone[] = {named, NULL}; // whoever names one wants that one or none
    const char *const search[] = {CT_ORT_LIBRARY, "libonnxruntime.so.1", "libonnxruntime.so", NULL};
    const OrtApiBase *(*get_base)(void);
    void *symbol;
    int error = ct__library_load(named && *named ? alone : search + (*CT_ORT_LIBRARY == '\0'),
                                 "OrtGetApiBase", &symbol, library_path, sizeof library_path);
    if (error) {
        ct__copy_text(reason, size, library_path);
        return error;
    }
    memcpy(&get_base, &symbol, sizeof get_base);
    const OrtApiBase *base = get_base();
    ct__one_line(base->GetVersionString(), library_version, sizeof library_version);
    // An older one would print to the terminal when it is asked for an interface that it has not.
    bool new_enough = ct__version_reaches(library_version, 1, API);
    const OrtApi *found = new_enough ? base->GetApi(API) : NULL;
    if (!found) {
        snprintf(reason, size, "%.200s is version %.40s; 1.%d or newer is needed", library_path,
                 library_version, API);
        return CT_ERROR_UNSUPPORTED;
    }
    api = found;
    return CT_OK;
}

static int probe(char *text, size_t text_size, char *path, size_t path_size)
{
    pthread_mutex_lock(&lock);
    int error = load_library(text, text_size);
    if (!error) {
        ct__copy_text(text, text_size, library_version);
        ct__copy_text(path, path_size, library_path);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

// The environment: messages and threads.

// What matters comes back as the status of a call and is logged from there; the rest is for
// developers.
static void ORT_API_CALL receive_message(void *opaque, OrtLoggingLevel severity,
                                         const char *category, const char *id, const char *place,
                                         const char *message)
{
    (void)opaque, (void)severity, (void)category, (void)place;
    char line[SENTENCE + 1];
    ct__one_line(message, line, sizeof line);
    ct__log(CT_LOG_DEBUG, id && *id ? id : "onnxruntime", "%s", line);
}

struct worker {
    pthread_t thread;
    OrtThreadWorkerFn work;
    void *argument;
};

static void *worker_main(void *opaque)
{
    struct worker *worker = opaque;
    worker->work(worker->argument);
    return NULL;
}

// NULL makes the library report an error.
static OrtCustomThreadHandle start_worker(void *opaque, OrtThreadWorkerFn work, void *argument)
{
    (void)opaque;
    struct worker *worker = ct__calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    worker->work = work;
    worker->argument = argument;
    if (ct__thread_start(&worker->thread, "ct-pool", worker_main, worker))
        ct__free(worker), worker = NULL;
    return (OrtCustomThreadHandle)worker;
}

static void join_worker(OrtCustomThreadHandle handle)
{
    struct worker *worker = (struct worker *)handle;
    pthread_join(worker->thread, NULL);
    ct__free(worker);
}

static OrtStatus *create_pooled(int threads)
{
    OrtThreadingOptions *options = NULL;
    OrtStatus *status = api->CreateThreadingOptions(&options);
    status = status ? status : api->SetGlobalIntraOpNumThreads(options, threads);
    status = status ? status : api->SetGlobalInterOpNumThreads(options, 1);
    status = status ? status : api->SetGlobalSpinControl(options, 0);
    status = status ? status : api->SetGlobalCustomCreateThreadFn(options, start_worker);
    status = status ? status : api->SetGlobalCustomJoinThreadFn(options, join_worker);
    status = status ? status
                    : api->CreateEnvWithCustomLoggerAndGlobalThreadPools(receive_message, NULL,
                                                                         ORT_LOGGING_LEVEL_WARNING,
                                                                         "", options, &environment);
    if (options)
        api->ReleaseThreadingOptions(options);
    if (!status)
        pool_threads = threads;
    return status;
}

// Makes what all models share, the first time; the pool only if that first plan wants one. Call it
// locked.
static int prepare_environment(const char *scope, int threads)
{
    char reason[SENTENCE + 1];
    if (load_library(reason, sizeof reason))
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no ONNX Runtime: %s", reason);
    OrtStatus *status = NULL;
    if (!environment)
        status = threads > 1
                     ? create_pooled(threads)
                     : api->CreateEnvWithCustomLogger(receive_message, NULL,
                                                      ORT_LOGGING_LEVEL_WARNING, "", &environment);
    if (!status && !memory_info)
        status = api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory_info);
    if (!status && !allocator)
        status = api->GetAllocatorWithDefaultOptions(&allocator);
    return status ? fail(status, CT_ERROR_BACKEND, scope, "ONNX Runtime does not start") : CT_OK;
}

// Loading a model.

static OrtStatus *set_threads(OrtSessionOptions *options, int threads)
{
    if (threads > 1 && threads == pool_threads)
        return api->DisablePerSessionThreads(options);
    OrtStatus *status = api->SetIntraOpNumThreads(options, threads);
    if (status || threads == 1)
        return status;
    // The environment is there already, without a pool or with one of another size, and cannot be
    // made anew while sessions use it: this one has threads of its own, asleep between runs like
    // the others.
    status = api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0");
    status = status ? status : api->SessionOptionsSetCustomCreateThreadFn(options, start_worker);
    status = status ? status : api->SessionOptionsSetCustomJoinThreadFn(options, join_worker);
    return status;
}

// The folder of the model, where files with further weights lie.
static OrtStatus *set_folder(OrtSessionOptions *options, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int length = !slash ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", length, slash ? path : ".");
    return api->AddSessionConfigEntry(
        options, "session.model_external_initializers_file_folder_path", folder);
}

static OrtStatus *create_session(OrtSession **session, const char *scope, const uint8_t *data,
                                 size_t size, int threads)
{
    OrtSessionOptions *options = NULL;
    OrtStatus *status = api->CreateSessionOptions(&options);
    status = status ? status : set_threads(options, threads);
    status = status ? status : api->SetInterOpNumThreads(options, 1);
    status = status ? status : api->SetSessionExecutionMode(options, ORT_SEQUENTIAL);
    status = status ? status : api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
    // One block for all tensors of a run, which it would lay out, comes on top of what the first
    // run has left behind: a third of the memory of a model of mattes, and no time gained.
    status = status ? status : api->DisableMemPattern(options);
    status = status ? status : api->SetSessionLogId(options, scope);
    if (!status && ct__onnx_beside(data, size))
        status = set_folder(options, scope);
    status =
        status ? status : api->CreateSessionFromArray(environment, data, size, options, session);
    if (options)
        api->ReleaseSessionOptions(options);
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

static ONNXTensorElementDataType type_for(enum ct_type type)
{
    unsigned i = TYPES - 1;
    while (i && types[i] != type)
        i--;
    return (ONNXTensorElementDataType)i;
}

// Reads type and shape; a rank above CT_MAX_RANK is given as it is, without dimensions.
static OrtStatus *read_shape(const OrtTensorTypeAndShapeInfo *shape, enum ct_type *type,
                             size_t *rank, int64_t dim[CT_MAX_RANK])
{
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    OrtStatus *status = api->GetTensorElementType(shape, &element);
    status = status ? status : api->GetDimensionsCount(shape, rank);
    if (!status && *rank <= CT_MAX_RANK)
        status = api->GetDimensions(shape, dim, *rank);
    *type = type_of(element);
    return status;
}

static void release_text(void *text)
{
    OrtStatus *status = text ? api->AllocatorFree(allocator, text) : NULL;
    if (status)
        api->ReleaseStatus(status);
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
    OrtStatus *status = api->CastTypeInfoToTensorInfo(type, &shape);
    if (!status && !shape)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "%s is no tensor", info->name);
    status = status ? status : read_shape(shape, &info->type, &rank, info->dim);
    if (status)
        return fail(status, CT_ERROR_FORMAT, scope, info->name);
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
    OrtStatus *status = side->name(session, (size_t)index, allocator, &name);
    status = status ? status : side->type(session, (size_t)index, &type);
    info->name = take_text(name);
    int error = status        ? fail(status, CT_ERROR_FORMAT, scope, "broken description")
                : !info->name ? ct__fail_memory(scope)
                              : describe_shape(scope, info, type);
    if (type)
        api->ReleaseTypeInfo(type);
    return error;
}

static int describe_pairs(const char *scope, const OrtModelMetadata *metadata, char **keys,
                          struct ct__draft *draft)
{
    for (int i = 0; i < draft->graph.metadata_count; i++) {
        char *value = NULL;
        OrtStatus *status =
            api->ModelMetadataLookupCustomMetadataMap(metadata, allocator, keys[i], &value);
        if (status)
            return fail(status, CT_ERROR_FORMAT, scope, "broken metadata");
        draft->keys[i] = ct__strdup(keys[i]);
        draft->values[i] = take_text(value);
        if (!draft->keys[i] || !draft->values[i])
            return ct__fail_memory(scope);
    }
    return CT_OK;
}

// Fills the description for so many pairs of metadata.
static int describe_all(const char *scope, struct model *model, const OrtModelMetadata *metadata,
                        char **keys, int64_t pairs)
{
    const struct side inputs = {api->SessionGetInputCount, api->SessionGetInputName,
                                api->SessionGetInputTypeInfo};
    const struct side outputs = {api->SessionGetOutputCount, api->SessionGetOutputName,
                                 api->SessionGetOutputTypeInfo};
    size_t ins = 0, outs = 0;
    OrtStatus *status = inputs.count(model->session, &ins);
    status = status ? status : outputs.count(model->session, &outs);
    if (status)
        return fail(status, CT_ERROR_FORMAT, scope, "broken description");
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

static int describe(const char *scope, struct model *model)
{
    OrtModelMetadata *metadata = NULL;
    char **keys = NULL;
    int64_t pairs = 0;
    OrtStatus *status = api->SessionGetModelMetadata(model->session, &metadata);
    status = status
                 ? status
                 : api->ModelMetadataGetCustomMetadataMapKeys(metadata, allocator, &keys, &pairs);
    int error = status ? fail(status, CT_ERROR_FORMAT, scope, "broken metadata")
                       : describe_all(scope, model, metadata, keys, pairs);
    for (int64_t i = 0; i < pairs; i++)
        release_text(keys[i]);
    release_text(keys);
    if (metadata)
        api->ReleaseModelMetadata(metadata);
    return error;
}

static void unload(void *opaque)
{
    struct model *model = opaque;
    if (model->session)
        api->ReleaseSession(model->session);
    ct__draft_finish(&model->draft);
    ct__free(model);
}

static int load(void **out, const char *scope, const uint8_t *data, size_t size,
                const struct ct__plan *plan)
{
    pthread_mutex_lock(&lock);
    int error = prepare_environment(scope, plan->threads);
    pthread_mutex_unlock(&lock);
    if (error)
        return error;
    struct model *model = ct__calloc(1, sizeof *model);
    if (!model)
        return ct__fail_memory(scope);
    OrtStatus *status = create_session(&model->session, scope, data, size, plan->threads);
    error = status ? fail(status, CT_ERROR_FORMAT, scope, "broken or unknown model")
                   : describe(scope, model);
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

// Requests.

static void release_value(OrtValue **value)
{
    if (*value)
        api->ReleaseValue(*value);
    *value = NULL;
}

static void close_request(void *opaque)
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
    OrtStatus *status = api->CreateTensorWithDataAsOrtValue(
        memory_info, tensor->data, size, tensor->dim, (size_t)tensor->rank, type_for(tensor->type),
        &request->values[index]);
    return status ? fail(status, CT_ERROR_BACKEND, request->scope, tensor->name) : CT_OK;
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

static int open_request(void **out, void *model, const char *scope, struct ct__tensor *inputs)
{
    struct request *request = ct__calloc(1, sizeof *request);
    if (!request)
        return ct__fail_memory(scope);
    request->model = model;
    request->scope = scope;
    int error = fill_request(request, inputs);
    if (error) {
        close_request(request);
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
    return api->Run(request->model->session, NULL, request->names,
                    (const OrtValue *const *)request->values, (size_t)ins, request->names + ins,
                    (size_t)outs, request->values + ins);
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
    api->ReleaseStatus(first);
    return second;
}

// Reads what the library allocated for an output.
static OrtStatus *read_output(const OrtValue *value, struct ct__tensor *output, size_t *rank)
{
    OrtTensorTypeAndShapeInfo *shape = NULL;
    OrtStatus *status = api->GetTensorTypeAndShape(value, &shape);
    status = status ? status : read_shape(shape, &output->type, rank, output->dim);
    if (shape)
        api->ReleaseTensorTypeAndShapeInfo(shape);
    // Elements of other types are objects of the library, no numbers.
    output->data = NULL;
    if (!status && output->type != CT_TYPE_OTHER)
        status = api->GetTensorMutableData((OrtValue *)value, &output->data);
    return status;
}

// Takes an output that the library allocated.
static int take_output(struct request *request, const OrtValue *value, struct ct__tensor *output)
{
    int is_tensor = 0;
    size_t rank = 0;
    OrtStatus *status = value ? api->IsTensor(value, &is_tensor) : NULL;
    if (!status && !is_tensor)
        return ct__fail(CT_ERROR_BACKEND, request->scope, "no tensor came out of %s", output->name);
    status = status ? status : read_output(value, output, &rank);
    if (status)
        return fail(status, CT_ERROR_BACKEND, request->scope, output->name);
    if (rank > CT_MAX_RANK)
        return ct__fail(CT_ERROR_BACKEND, request->scope, "%s came with %zu dimensions",
                        output->name, rank);
    output->rank = (int)rank;
    return CT_OK;
}

static int run(void *opaque, struct ct__tensor *outputs)
{
    struct request *request = opaque;
    const struct ct__graph *graph = &request->model->draft.graph;
    int ins = graph->input_count, outs = graph->output_count, error = CT_OK;
    OrtStatus *status = try_run(request);
    if (status)
        status = run_again(request, status);
    if (status)
        return fail(status, CT_ERROR_BACKEND, request->scope, "the run failed");
    for (int i = 0; !error && i < outs; i++) {
        if (!request->memory[ins + i])
            error = take_output(request, request->values[ins + i], &request->outputs[i]);
    }
    if (!error)
        memcpy(outputs, request->outputs, (size_t)outs * sizeof *outputs);
    return error;
}

const struct ct__backend ct__backend_ort = {
    .name = "ort",
    .help = "ONNX Runtime on the processor",
    .probe = probe,
    .accepts = ct__onnx_accepts,
    .beside = ct__onnx_beside,
    .load = load,
    .graph = graph,
    .unload = unload,
    .request = open_request,
    .run = run,
    .close = close_request,
};
