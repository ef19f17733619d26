// SPDX-License-Identifier: Apache-2.0
// A request gets its place in the queue with its headers, before its body is taken: so many bodies
// are in memory at most. Who finds no place is told at once.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <chiton/remover.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/api.h"
#include "service/cut.h"
#include "service/door.h"
#include "service/kserve.h"
#include "service/predict.h"
#include "service/roster.h"
#include "service/shelf.h"
#include "service/tally.h"

static const char SCOPE[] = "serve";
static const char REMOVE[] = "/api/remove";

enum { MOST_LANES = 256, GRACE_MS = 2000, LONGEST_WISH = 4096 };

struct ct_remover {
    struct ct__door door;
    struct ct__residents *residents;
    struct ct__jobs *jobs;
    struct ct__shelf shelf;
    struct ct_remover_params params; // all said; its strings are the copies below
    char *folder, *backend;
    atomic_bool draining;
    struct ct__tally cuts, inferences; // the server's thread's alone
};

// What a request asks for, if it is a job.
enum task { NO_TASK = 0, CUT, INFER, DESCRIBE };

// ---- answers

static struct ct__tally *tally_of(ct_remover *remover, enum task task)
{
    return task == CUT ? &remover->cuts : &remover->inferences;
}

static void refuse(ct_remover *remover, struct ct__request *request, enum task task,
                   const struct ct__refusal *refusal)
{
    ct__tally_add(tally_of(remover, task), refusal->status);
    if (refusal->status == 429 || refusal->status == 503)
        ct__answer_header(request, "Retry-After", "1");
    ct__answer_error(request, refusal->status, refusal->code, "%s", refusal->why);
}

static void release(void *job)
{
    ct__job_unref(job);
}

static void answer_whole(struct ct__request *request, struct ct__job *job)
{
    char length[24];
    if (job->answer_header) {
        snprintf(length, sizeof length, "%zu", job->answer_header);
        ct__answer_header(request, "Inference-Header-Content-Length", length);
    }
    ct__answer_data(request, 200, job->type, job->answer.data, job->answer.length, release,
                    ct__job_ref(job));
}

static void answer_job(ct_remover *remover, struct ct__request *request, enum task task,
                       struct ct__job *job)
{
    struct ct__refusal refusal = {0};
    if (ct__job_is_done(job) && job->status == 200) {
        ct__tally_add(tally_of(remover, task), 200);
        answer_whole(request, job);
        return;
    }
    if (ct__job_is_done(job))
        ct__refuse(&refusal, job->status, job->code, "%s", job->why);
    else
        ct__refuse(&refusal, 503, "deadline", "it took longer than %d ms",
                   remover->params.deadline_ms);
    refuse(remover, request, task, &refusal);
}

// ---- jobs

static bool is_post(const struct ct__request *request)
{
    return strcmp(ct__request_method(request), "POST") == 0;
}

static enum task task_of(const struct ct__request *request, struct ct__kserve_ask *ask)
{
    bool post = is_post(request), get = strcmp(ct__request_method(request), "GET") == 0;
    *ask = ct__kserve_read(ct__request_path(request));
    if (strcmp(ct__request_path(request), REMOVE) == 0)
        return post || get ? CUT : NO_TASK;
    if (ask->kind == CT__KSERVE_INFER)
        return post ? INFER : NO_TASK;
    return ask->kind == CT__KSERVE_MODEL && get ? DESCRIBE : NO_TASK;
}

static bool check_task(ct_remover *remover, const struct ct__request *request, enum task task,
                       const struct ct__kserve_ask *ask, struct ct__refusal *refusal)
{
    if (atomic_load(&remover->draining))
        return ct__refuse(refusal, 503, "ending", "this server is about to end");
    if (task == CUT)
        return ct__cut_expects(request, refusal);
    if (!ct__residents_know(remover->residents, ask->model))
        return ct__refuse(refusal, 404, "model", "no model is called %s here", ask->model);
    return task != INFER || ct__predict_expects(request, refusal);
}

// A place in the queue for a request that may have one; NULL when it is answered already.
static struct ct__job *admit_job(ct_remover *remover, struct ct__request *request, enum task task,
                                 const struct ct__kserve_ask *ask)
{
    struct ct__refusal refusal = {0};
    if (!ct__door_knows_address(request) ||
        !ct__guard_lets_pass(&remover->door.guard, request, false))
        return NULL;
    bool good = check_task(remover, request, task, ask, &refusal);
    struct ct__job *job = good ? ct__jobs_admit(remover->jobs) : NULL;
    if (good && !job)
        ct__refuse(&refusal, 429, "queue", "%d requests wait already", remover->params.max_queue);
    if (!job)
        refuse(remover, request, task, &refusal);
    return job;
}

static int64_t admit(void *opaque, struct ct__request *request)
{
    ct_remover *remover = opaque;
    struct ct__kserve_ask ask;
    enum task task = task_of(request, &ask);
    if (task == NO_TASK)
        return ask.kind == CT__KSERVE_INDEX ? LONGEST_WISH : 0;
    struct ct__job *job = admit_job(remover, request, task, &ask);
    if (!job)
        return -1;
    memcpy(job->model, ask.model, sizeof job->model);
    ct__request_keep(request, &job->waiter);
    return is_post(request) ? remover->params.max_body : 0;
}

static bool read_job(ct_remover *remover, struct ct__request *request, enum task task,
                     struct ct__job *job, struct ct__refusal *refusal)
{
    if (task == INFER)
        return ct__predict_read(job, request, refusal);
    if (task == CUT)
        return ct__cut_read(job, request, remover->shelf.models[0].name, refusal);
    job->work = ct__predict_describe;
    return true;
}

static void begin_job(ct_remover *remover, struct ct__request *request, enum task task,
                      struct ct__job *job)
{
    struct ct__refusal refusal = {0};
    if (!read_job(remover, request, task, job, &refusal)) {
        refuse(remover, request, task, &refusal);
        return;
    }
    ct__job_hand_in(job);
    ct__answer_later(request);
}

static void serve_job(ct_remover *remover, struct ct__request *request, struct ct__job *job)
{
    struct ct__kserve_ask ask;
    enum task task = task_of(request, &ask);
    if (!job->handed_in)
        begin_job(remover, request, task, job);
    else if (ct__job_is_done(job) || ct__job_is_late(job))
        answer_job(remover, request, task, job);
    else
        ct__answer_later(request);
}

// ---- the other addresses

static void answer_ready(ct_remover *remover, struct ct__request *request)
{
    if (atomic_load(&remover->draining)) {
        ct__answer_header(request, "Retry-After", "1");
        ct__answer_error(request, 503, "ending", "this server is about to end");
    } else {
        ct__api_word(request, "ready");
    }
}

static void put_head(struct ct__text *text, const char *name, const char *type, const char *help)
{
    ct__text_printf(text, "# HELP chiton_serve_%s %s\n# TYPE chiton_serve_%s %s\n", name, help,
                    name, type);
}

static void answer_metrics(ct_remover *remover, struct ct__request *request)
{
    struct ct__text text = {0};
    struct ct__jobs_state state = ct__jobs_state(remover->jobs);
    ct__tally_write(&remover->cuts, "remove", &text);
    ct__tally_write(&remover->inferences, "infer", &text);
    put_head(&text, "waiting", "gauge", "Requests that wait for a thread.");
    ct__text_printf(&text, "chiton_serve_waiting %d\n", state.waiting);
    put_head(&text, "working", "gauge", "Requests in work.");
    ct__text_printf(&text, "chiton_serve_working %d\n", state.working);
    put_head(&text, "work_seconds", "summary", "Time that requests were in work.");
    ct__text_printf(&text, "chiton_serve_work_seconds_sum %.6f\n", (double)state.work_ns / 1e9);
    ct__text_printf(&text, "chiton_serve_work_seconds_count %llu\n",
                    (unsigned long long)state.done);
    put_head(&text, "models", "gauge", "Models in memory.");
    ct__text_printf(&text, "chiton_serve_models %d\n", ct__residents_count(remover->residents));
    ct__roster_write_metrics(remover->residents, &text);
    ct__answer_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}

static void answer_models(ct_remover *remover, struct ct__request *request)
{
    struct ct__text text = {0};
    ct__roster_write(remover->residents, &text);
    ct__answer_text(request, 200, "application/json", &text);
}

static void answer_health(ct_remover *remover, struct ct__request *request)
{
    (void)remover;
    ct__api_health(request);
}

// Addresses that are answered at once; `open` ones to everybody.
static const struct page {
    const char *path;
    bool open;
    void (*answer)(ct_remover *remover, struct ct__request *request);
} pages[] = {
    {"/healthz", true, answer_health},
    {"/readyz", true, answer_ready},
    {"/metrics", false, answer_metrics},
    {"/api/models", false, answer_models},
};

static const struct page *find_page(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, path) == 0)
            return &pages[i];
    return NULL;
}

static void answer_method(struct ct__request *request, const char *allowed)
{
    ct__answer_header(request, "Allow", allowed);
    ct__answer_error(request, 405, "method", "%.32s is not answered here",
                     ct__request_method(request));
}

static bool is_open(const char *path, const struct ct__kserve_ask *ask)
{
    const struct page *page = find_page(path);
    return (page && page->open) || ask->kind == CT__KSERVE_LIVE || ask->kind == CT__KSERVE_READY;
}

// What is a job by another method has come here because of its method.
static void route(ct_remover *remover, struct ct__request *request)
{
    const char *path = ct__request_path(request), *method = ct__request_method(request);
    const struct ct__kserve_ask ask = ct__kserve_read(path);
    const struct page *page = find_page(path);
    const char *wanted = page ? "GET" : ct__kserve_method(ask.kind);
    if (!ct__door_knows_address(request) ||
        !ct__guard_lets_pass(&remover->door.guard, request, is_open(path, &ask)))
        return;
    if (strcmp(path, REMOVE) == 0)
        answer_method(request, "GET, HEAD, POST");
    else if (!page && ask.kind == CT__KSERVE_NONE)
        ct__answer_error(request, 404, "not_found", "nothing is called %.200s", path);
    else if (strcmp(method, wanted) != 0)
        answer_method(request, strcmp(wanted, "GET") == 0 ? "GET, HEAD" : wanted);
    else if (page)
        page->answer(remover, request);
    else
        ct__kserve_answer(&ask, request, remover->residents, atomic_load(&remover->draining));
}

static void handle(void *opaque, struct ct__request *request)
{
    struct ct__job *job = (struct ct__job *)ct__request_waiter(request);
    if (job)
        serve_job(opaque, request, job);
    else
        route(opaque, request);
}

static bool tick(void *opaque)
{
    ct_remover *remover = opaque;
    if (ct__residents_are_stale(remover->residents))
        ct__jobs_trim(remover->jobs);
    return remover->params.idle_unload_s > 0 && ct__residents_count(remover->residents) > 0;
}

static void wake(void *opaque)
{
    ct_remover *remover = opaque;
    ct__http_wake(remover->door.http);
}

// ---- begin and end

static int check(const struct ct_remover_params *params)
{
    const struct {
        const char *name;
        int64_t value, least, most;
    } limits[] = {
        {"threads", params->threads, 0, MOST_LANES},
        {"lanes", params->lanes, 0, MOST_LANES},
        {"max_queue", params->max_queue, 0, 1000000},
        {"max_body", params->max_body, 0, INT32_MAX},
        {"max_pixels", params->max_pixels, 0, INT64_MAX},
        {"max_tensors", params->max_tensors, 0, INT64_MAX},
        {"deadline_ms", params->deadline_ms, 0, 1000000000},
        {"idle_unload_s", params->idle_unload_s, -1, INT32_MAX},
        {"model_count", params->model_count, 0, params->models ? INT32_MAX : 0},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i].value < limits[i].least || limits[i].value > limits[i].most)
            return ct__fail(CT_ERROR_INVALID, SCOPE, "%s = %lld: expected %lld to %lld",
                            limits[i].name, (long long)limits[i].value, (long long)limits[i].least,
                            (long long)limits[i].most);
    return CT_OK;
}

static int or_else(int value, int preset)
{
    return value ? value : preset;
}

// All that was left open gets its default.
static void fill_in(struct ct_remover_params *params)
{
    struct ct__cores cores;
    ct__cores_read("", &cores);
    params->threads = or_else(params->threads, 1);
    int lanes = (int)cores.usable / params->threads;
    params->lanes = or_else(params->lanes, lanes > 0 ? lanes : 1);
    params->max_queue = or_else(params->max_queue, 64);
    params->max_body = params->max_body ? params->max_body : 33554432;
    params->max_pixels = params->max_pixels ? params->max_pixels : 67108864;
    params->max_tensors = params->max_tensors ? params->max_tensors : 268435456;
    params->deadline_ms = or_else(params->deadline_ms, 60000);
    params->idle_unload_s = or_else(params->idle_unload_s, 300);
}

static int copy(char **to, const char *from)
{
    *to = from && from[0] ? ct__strdup(from) : NULL;
    return from && from[0] && !*to ? ct__fail_memory(SCOPE) : CT_OK;
}

static int copy_strings(ct_remover *remover, const struct ct_remover_params *params)
{
    static const char *const preset[] = {"u2netp"};
    bool named = params->model_count > 0;
    int error = copy(&remover->folder, params->model_folder);
    error = error ? error : copy(&remover->backend, params->backend);
    remover->params.models = NULL;
    remover->params.model_folder = remover->folder;
    remover->params.backend = remover->backend;
    return error ? error
                 : ct__shelf_fill(&remover->shelf, named ? params->models : preset,
                                  named ? params->model_count : 1, remover->folder);
}

// The models that most will want are there before the first asks.
static int load(ct_remover *remover)
{
    int error = CT_OK;
    for (int i = 0; i < remover->shelf.count && !error; i++) {
        struct ct__seat *seat = NULL;
        error = ct__residents_take(remover->residents, remover->shelf.models[i].name, &seat);
        if (seat)
            ct__residents_give(remover->residents, seat);
    }
    return error;
}

static int create_residents(ct_remover *remover)
{
    const struct ct_remover_params *params = &remover->params;
    const struct ct__residents_params residents = {
        .folder = params->model_folder,
        .given = remover->shelf.models,
        .given_count = remover->shelf.count,
        .backend = params->backend,
        .threads = params->threads,
        .idle_ns = params->idle_unload_s > 0 ? params->idle_unload_s * INT64_C(1000000000) : 0,
    };
    int error = ct__residents_create(&remover->residents, &residents);
    return error ? error : load(remover);
}

static int begin(ct_remover *remover, const struct ct_remover_params *params)
{
    const struct ct__http_handler handler = {
        .admit = admit, .handle = handle, .tick = tick, .opaque = remover};
    remover->params = *params;
    fill_in(&remover->params);
    int error = copy_strings(remover, params);
    error = error ? error : create_residents(remover);
    error = error ? error : ct__door_open(&remover->door, &params->service, &handler);
    const struct ct__jobs_params jobs = {
        .lanes = remover->params.lanes,
        .max_queue = remover->params.max_queue,
        .deadline_ns = remover->params.deadline_ms * INT64_C(1000000),
        .max_pixels = remover->params.max_pixels,
        .max_bytes = (size_t)remover->params.max_body,
        .max_tensors = (size_t)remover->params.max_tensors,
        .residents = remover->residents,
        .wake = wake,
        .opaque = remover,
    };
    error = error ? error : ct__jobs_create(&remover->jobs, &jobs);
    return error ? error : ct__http_start(remover->door.http);
}

int ct_remover_start(ct_remover **out, const struct ct_remover_params *params)
{
    static const struct ct_remover_params defaults = {0};
    params = params ? params : &defaults;
    int error = out ? check(params) : ct__fail(CT_ERROR_INVALID, SCOPE, "no place for the remover");
    if (error)
        return error;
    ct_remover *remover = ct__calloc(1, sizeof *remover);
    if (!remover)
        return ct__fail_memory(SCOPE);
    error = begin(remover, params);
    if (error)
        ct_remover_stop(&remover);
    else
        *out = remover;
    return error;
}

const char *ct_remover_address(const ct_remover *remover)
{
    return remover->door.address;
}

void ct_remover_stop(ct_remover **pointer)
{
    ct_remover *remover = pointer ? *pointer : NULL;
    if (!remover)
        return;
    *pointer = NULL;
    atomic_store(&remover->draining, true);
    if (remover->jobs)
        ct__jobs_drain(remover->jobs, (remover->params.deadline_ms + GRACE_MS) * INT64_C(1000000));
    if (remover->door.http)
        ct__http_stop(remover->door.http);
    ct__jobs_destroy(&remover->jobs);
    ct__door_close(&remover->door);
    ct__residents_destroy(&remover->residents);
    ct__shelf_finish(&remover->shelf);
    ct__free(remover->folder);
    ct__free(remover->backend);
    ct__free(remover);
}
