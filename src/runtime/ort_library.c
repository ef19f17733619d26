// SPDX-License-Identifier: Apache-2.0
// The library itself: loading it, its messages, its threads, and the environment of all models.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"
#include "runtime/library.h"
#include "runtime/ort.h"
#include "runtime/sentence.h"

enum {
    API = 21,       // what is asked of the library: everything since 1.21 has it
    SENTENCE = 300, // of the library, in our messages
};

struct ct__ort ct__ort;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // ct__ort is written under it, and these
static char *named_library;
static char library_path[512], library_version[32];

int ct__ort_fail(OrtStatus *status, int error, const char *scope, const char *what)
{
    char whole[2048], reason[SENTENCE + 1];
    ct__one_line(ct__ort.api->GetErrorMessage(status), whole, sizeof whole);
    ct__cut_place(whole);
    ct__one_line(whole, reason, sizeof reason);
    if (ct__ort.api->GetErrorCode(status) == ORT_NOT_IMPLEMENTED)
        error = CT_ERROR_UNSUPPORTED;
    ct__ort.api->ReleaseStatus(status);
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
    if (ct__ort.api) {
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
    if (ct__ort.api)
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
    ct__ort.api = found;
    return CT_OK;
}

int ct__ort_probe(char *text, size_t text_size, char *path, size_t path_size)
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
    OrtStatus *status = ct__ort.api->CreateThreadingOptions(&options);
    status = status ? status : ct__ort.api->SetGlobalIntraOpNumThreads(options, threads);
    status = status ? status : ct__ort.api->SetGlobalInterOpNumThreads(options, 1);
    status = status ? status : ct__ort.api->SetGlobalSpinControl(options, 0);
    status = status ? status : ct__ort.api->SetGlobalCustomCreateThreadFn(options, start_worker);
    status = status ? status : ct__ort.api->SetGlobalCustomJoinThreadFn(options, join_worker);
    status = status ? status
                    : ct__ort.api->CreateEnvWithCustomLoggerAndGlobalThreadPools(
                          receive_message, NULL, ORT_LOGGING_LEVEL_WARNING, "", options,
                          &ct__ort.environment);
    if (options)
        ct__ort.api->ReleaseThreadingOptions(options);
    if (!status)
        ct__ort.pool_threads = threads;
    return status;
}

// Makes what all models share, the first time; the pool only if that first plan wants one. Call it
// locked.
static int prepare(const char *scope, int threads)
{
    char reason[SENTENCE + 1];
    if (load_library(reason, sizeof reason))
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no ONNX Runtime: %s", reason);
    OrtStatus *status = NULL;
    if (!ct__ort.environment)
        status = threads > 1 ? create_pooled(threads)
                             : ct__ort.api->CreateEnvWithCustomLogger(receive_message, NULL,
                                                                      ORT_LOGGING_LEVEL_WARNING, "",
                                                                      &ct__ort.environment);
    if (!status && !ct__ort.memory_info)
        status = ct__ort.api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault,
                                                  &ct__ort.memory_info);
    if (!status && !ct__ort.allocator)
        status = ct__ort.api->GetAllocatorWithDefaultOptions(&ct__ort.allocator);
    return status ? ct__ort_fail(status, CT_ERROR_BACKEND, scope, "ONNX Runtime does not start")
                  : CT_OK;
}

int ct__ort_prepare(const char *scope, int threads)
{
    pthread_mutex_lock(&lock);
    int error = prepare(scope, threads);
    pthread_mutex_unlock(&lock);
    return error;
}

OrtStatus *ct__ort_set_threads(OrtSessionOptions *options, int threads)
{
    if (threads > 1 && threads == ct__ort.pool_threads)
        return ct__ort.api->DisablePerSessionThreads(options);
    OrtStatus *status = ct__ort.api->SetIntraOpNumThreads(options, threads);
    if (status || threads == 1)
        return status;
    // The environment is there already, without a pool or with one of another size, and cannot be
    // made anew while sessions use it: this one has threads of its own, asleep between runs like
    // the others.
    status = ct__ort.api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0");
    status =
        status ? status : ct__ort.api->SessionOptionsSetCustomCreateThreadFn(options, start_worker);
    status =
        status ? status : ct__ort.api->SessionOptionsSetCustomJoinThreadFn(options, join_worker);
    return status;
}
