// SPDX-License-Identifier: Apache-2.0
// A request gets its place in the queue with its headers, before its body is taken: so many bodies
// are in memory at most. Who finds no place is told at once.
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <chiton/remover.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/api.h"
#include "service/door.h"
#include "service/jobs.h"

static const char SCOPE[] = "serve";
static const char PATH[] = "/api/remove";

enum { MOST_LANES = 256, GRACE_MS = 2000 };

// What is answered, for the metrics.
static const int statuses[] = {200, 400, 413, 415, 422, 429, 500, 502, 503};

enum { STATUSES = sizeof statuses / sizeof *statuses };

struct ct_remover {
    struct ct__door door;
    struct ct__residents *residents;
    struct ct__jobs *jobs;
    struct ct_remover_params params; // all said; its strings are the copies below
    char *model, *folder, *backend;
    atomic_bool draining;
    uint64_t answers[STATUSES]; // the server's thread's alone
};

// ---- answers

static void count(ct_remover *remover, int status)
{
    for (int i = 0; i < STATUSES; i++)
        remover->answers[i] += statuses[i] == status;
}

__attribute__((format(printf, 5, 6))) static void refuse(ct_remover *remover,
                                                         struct ct__request *request, int status,
                                                         const char *code, const char *format, ...)
{
    char why[320];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    count(remover, status);
    if (status == 429 || status == 503)
        ct__answer_header(request, "Retry-After", "1");
    ct__answer_error(request, status, code, "%s", why);
}

static void release(void *job)
{
    ct__job_unref(job);
}

static void answer_job(ct_remover *remover, struct ct__request *request, struct ct__job *job)
{
    if (!ct__job_is_done(job)) {
        refuse(remover, request, 503, "deadline", "it took longer than %d ms",
               remover->params.deadline_ms);
    } else if (job->status != 200) {
        refuse(remover, request, job->status, job->code, "%s", job->why);
    } else {
        count(remover, 200);
        ct__answer_data(request, 200, "image/png", job->picture, job->picture_size, release,
                        ct__job_ref(job));
    }
}

// ---- /api/remove

static bool is_post(const struct ct__request *request)
{
    return strcmp(ct__request_method(request), "POST") == 0;
}

static bool is_ours(const struct ct__request *request)
{
    return strcmp(ct__request_path(request), PATH) == 0 &&
           (is_post(request) || strcmp(ct__request_method(request), "GET") == 0);
}

static bool may_enter(ct_remover *remover, struct ct__request *request)
{
    const char *type = ct__request_header(request, "Content-Type");
    if (!ct__door_knows_address(request) ||
        !ct__guard_lets_pass(&remover->door.guard, request, false))
        return false;
    if (atomic_load(&remover->draining))
        refuse(remover, request, 503, "ending", "this server is about to end");
    else if (is_post(request) && !ct__form_is(type))
        refuse(remover, request, 415, "type", "expected a form, multipart/form-data, with a file");
    else if (!is_post(request) && !ct__request_query(request, "url"))
        refuse(remover, request, 422, "url", "url: say where the picture is");
    else
        return true;
    return false;
}

static int64_t admit(void *opaque, struct ct__request *request)
{
    ct_remover *remover = opaque;
    if (!is_ours(request))
        return 0;
    if (!may_enter(remover, request))
        return -1;
    struct ct__job *job = ct__jobs_admit(remover->jobs);
    if (!job) {
        refuse(remover, request, 429, "queue", "%d pictures wait already",
               remover->params.max_queue);
        return -1;
    }
    ct__request_keep(request, &job->waiter);
    return is_post(request) ? remover->params.max_body : 0;
}

// Finds the picture in the body, and reads the fields beside it.
static bool read_form(ct_remover *remover, struct ct__request *request, struct ct__job *job,
                      struct ct__form *form)
{
    const char *type = ct__request_header(request, "Content-Type");
    job->body = ct__request_take_body(request);
    if (job->body.failed) {
        refuse(remover, request, 503, "memory", "out of memory");
        return false;
    }
    const char *body = job->body.data ? job->body.data : "";
    const char *wrong = ct__form_read(form, type, body, job->body.length);
    const struct ct__field_part *file = wrong ? NULL : ct__form_find(form, "file");
    if (wrong)
        refuse(remover, request, 400, "form", "the form is broken: %s", wrong);
    else if (!file)
        refuse(remover, request, 422, "file", "file: the form holds no such field");
    if (!file)
        return false;
    job->data = file->data;
    job->size = file->size;
    return true;
}

static bool read_url(ct_remover *remover, struct ct__request *request, struct ct__job *job)
{
    job->url = ct__strdup(ct__request_query(request, "url"));
    if (!job->url)
        refuse(remover, request, 503, "memory", "out of memory");
    return job->url != NULL;
}

static void begin_job(ct_remover *remover, struct ct__request *request, struct ct__job *job)
{
    char why[256];
    struct ct__form form;
    bool post = is_post(request);
    if (post ? !read_form(remover, request, job, &form) : !read_url(remover, request, job))
        return;
    if (!ct__wish_read(&job->wish, request, post ? &form : NULL, why, sizeof why)) {
        refuse(remover, request, 422, "field", "%s", why);
        return;
    }
    ct__wish_settle_model(&job->wish, remover->params.model);
    ct__job_hand_in(job);
    ct__answer_later(request);
}

static void serve_job(ct_remover *remover, struct ct__request *request, struct ct__job *job)
{
    if (!job->handed_in)
        begin_job(remover, request, job);
    else if (ct__job_is_done(job) || ct__job_is_late(job))
        answer_job(remover, request, job);
    else
        ct__answer_later(request);
}

// ---- the other addresses

static void ready(ct_remover *remover, struct ct__request *request)
{
    if (atomic_load(&remover->draining)) {
        ct__answer_header(request, "Retry-After", "1");
        ct__answer_error(request, 503, "ending", "this server is about to end");
    } else {
        ct__api_word(request, "ready");
    }
}

static void metric(struct ct__text *text, const char *name, const char *type, const char *help)
{
    ct__text_printf(text, "# HELP chiton_remove_%s %s\n# TYPE chiton_remove_%s %s\n", name, help,
                    name, type);
}

static void metrics(ct_remover *remover, struct ct__request *request)
{
    struct ct__text text = {0};
    struct ct__jobs_state state = ct__jobs_state(remover->jobs);
    metric(&text, "requests_total", "counter", "Requests answered, by status.");
    for (int i = 0; i < STATUSES; i++)
        ct__text_printf(&text, "chiton_remove_requests_total{status=\"%d\"} %llu\n", statuses[i],
                        (unsigned long long)remover->answers[i]);
    metric(&text, "waiting", "gauge", "Pictures that wait for a thread.");
    ct__text_printf(&text, "chiton_remove_waiting %d\n", state.waiting);
    metric(&text, "working", "gauge", "Pictures in work.");
    ct__text_printf(&text, "chiton_remove_working %d\n", state.working);
    metric(&text, "work_seconds", "summary", "Time that pictures were in work.");
    ct__text_printf(&text, "chiton_remove_work_seconds_sum %.6f\n", (double)state.work_ns / 1e9);
    ct__text_printf(&text, "chiton_remove_work_seconds_count %llu\n",
                    (unsigned long long)state.done);
    metric(&text, "models", "gauge", "Models in memory.");
    ct__text_printf(&text, "chiton_remove_models %d\n", ct__residents_count(remover->residents));
    ct__answer_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}

static void route(ct_remover *remover, struct ct__request *request)
{
    const char *path = ct__request_path(request);
    bool alive = strcmp(path, "/healthz") == 0, open = alive || strcmp(path, "/readyz") == 0;
    if (!ct__door_knows_address(request) ||
        !ct__guard_lets_pass(&remover->door.guard, request, open))
        return;
    bool known = open || strcmp(path, "/metrics") == 0, removes = strcmp(path, PATH) == 0;
    if (!known && !removes) {
        ct__answer_error(request, 404, "not_found", "nothing is called %.200s", path);
    } else if (removes || strcmp(ct__request_method(request), "GET") != 0) {
        ct__answer_header(request, "Allow", removes ? "GET, HEAD, POST" : "GET, HEAD");
        ct__answer_error(request, 405, "method", "%.32s is not answered here",
                         ct__request_method(request));
    } else if (alive) {
        ct__api_health(request);
    } else if (open) {
        ready(remover, request);
    } else {
        metrics(remover, request);
    }
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
    if (params->threads < 0 || params->threads > MOST_LANES || params->lanes < 0 ||
        params->lanes > MOST_LANES || params->max_queue < 0 || params->max_queue > 1000000 ||
        params->max_body < 0 || params->max_body > INT32_MAX || params->max_pixels < 0 ||
        params->deadline_ms < 0 || params->idle_unload_s < -1)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "a limit is out of range");
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
    params->deadline_ms = or_else(params->deadline_ms, 60000);
    params->idle_unload_s = or_else(params->idle_unload_s, 300);
}

static int copy(char **to, const char *from, const char *preset)
{
    const char *text = from && from[0] ? from : preset;
    *to = text ? ct__strdup(text) : NULL;
    return text && !*to ? ct__fail_memory(SCOPE) : CT_OK;
}

static int copy_strings(ct_remover *remover, const struct ct_remover_params *params)
{
    int error = copy(&remover->model, params->model, "u2netp");
    error = error ? error : copy(&remover->folder, params->model_folder, NULL);
    error = error ? error : copy(&remover->backend, params->backend, NULL);
    remover->params.model = remover->model;
    remover->params.model_folder = remover->folder;
    remover->params.backend = remover->backend;
    return error;
}

// The model that most will want is there before the first asks.
static int create_residents(ct_remover *remover)
{
    const struct ct_remover_params *params = &remover->params;
    const struct ct__residents_params residents = {
        .folder = params->model_folder,
        .open = {.backend = params->backend, .threads = params->threads},
        .idle_ns = params->idle_unload_s > 0 ? params->idle_unload_s * INT64_C(1000000000) : 0,
    };
    struct ct__seat *seat = NULL;
    int error = ct__residents_create(&remover->residents, &residents);
    error = error ? error : ct__residents_take(remover->residents, params->model, &seat);
    if (seat)
        ct__residents_give(remover->residents, seat);
    return error;
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
    ct__free(remover->model);
    ct__free(remover->folder);
    ct__free(remover->backend);
    ct__free(remover);
}
