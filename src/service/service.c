// SPDX-License-Identifier: Apache-2.0
// Which address gives what. A route is a prefix and a suffix; what stands between them is a
// camera's name, which may hold anything, slashes too.
#include <pthread.h>
#include <string.h>

#include <chiton/service.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/api.h"
#include "service/door.h"
#include "service/events.h"
#include "service/page.h"
#include "service/show.h"
#include "service/streams.h"

struct ct_service {
    ct_engine *engine;
    struct ct__door door;
    struct ct__events *events;
    struct ct__pictures *pictures;
    struct ct__usage usage;
    pthread_mutex_t lock; // of what follows
    char *config;         // or NULL
};

// A row answers GET (and HEAD) of prefix + name + suffix; without `named` the prefix is all of it.
struct route {
    const char *prefix, *suffix;
    bool named, open; // open: without a token
    bool onlooker;    // counts as one of max_clients
    void (*handle)(ct_service *service, struct ct__request *request, const char *name);
};

static void page(ct_service *service, struct ct__request *request, const char *name)
{
    (void)service, (void)name;
    ct__page_answer(request);
}

static void health(ct_service *service, struct ct__request *request, const char *name)
{
    (void)service, (void)name;
    ct__api_health(request);
}

static void ready(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    ct__api_ready(service->engine, request);
}

static void metrics(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    ct__api_metrics(service->engine, request);
}

static void streams(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    ct__api_streams(service->engine, request);
}

static void stream(ct_service *service, struct ct__request *request, const char *name)
{
    ct__api_stream(service->engine, request, name);
}

static struct ct__onlookers onlookers(const ct_service *service)
{
    return (struct ct__onlookers){.events = ct__events_clients(service->events),
                                  .pictures = ct__pictures_views(service->pictures)};
}

static void stats(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    ct__api_stats(service->engine, request, &service->usage, onlookers(service));
}

static void events(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    struct ct_stream_info info = {.number = -1};
    struct ct__feed *feed;
    const char *camera = ct__request_query(request, "camera");
    const char *last = ct__request_header(request, "Last-Event-ID");
    if (camera && ct__streams_find(service->engine, camera, &info) != CT_OK)
        ct__answer_error(request, 404, "no_camera", "no camera is called %.128s", camera);
    else if (ct__events_open(service->events, info.number, last, &feed) != CT_OK)
        ct__answer_error(request, 503, "unavailable", "results cannot be watched");
    else
        ct__answer_feed(request, "text/event-stream", feed);
}

static void latest(ct_service *service, struct ct__request *request, const char *name)
{
    ct__show_latest(service->pictures, service->engine, request, name);
}

static void mjpeg(ct_service *service, struct ct__request *request, const char *name)
{
    ct__show_stream(service->pictures, service->engine, request, name);
}

static void config(ct_service *service, struct ct__request *request, const char *name)
{
    (void)name;
    struct ct__text text = {0};
    pthread_mutex_lock(&service->lock);
    if (service->config)
        ct__text_puts(&text, service->config);
    bool is_there = service->config != NULL;
    pthread_mutex_unlock(&service->lock);
    if (is_there)
        ct__answer_text(request, 200, "text/plain; charset=utf-8", &text);
    else
        ct__answer_error(request, 404, "no_config", "this engine has no configuration file");
}

static void schema(ct_service *service, struct ct__request *request, const char *name)
{
    (void)service, (void)name;
    ct__api_schema(request);
}

static const struct route routes[] = {
    {"/", "", .open = true, .handle = page},
    {"/healthz", "", .open = true, .handle = health},
    {"/readyz", "", .open = true, .handle = ready},
    {"/metrics", "", .handle = metrics},
    {"/api/streams", "", .handle = streams},
    {"/api/stats", "", .handle = stats},
    {"/api/config", "", .handle = config},
    {"/api/config/schema.json", "", .handle = schema},
    {"/api/events", "", .onlooker = true, .handle = events},
    {"/api/", "/latest.jpg", .named = true, .onlooker = true, .handle = latest},
    {"/api/", "/mjpeg", .named = true, .onlooker = true, .handle = mjpeg},
    {"/api/streams/", "", .named = true, .handle = stream},
};

// Whether the path is this route's; `name` gets what it names.
static bool matches(const struct route *route, const char *path, char *name, size_t size)
{
    size_t before = strlen(route->prefix), behind = strlen(route->suffix), length = strlen(path);
    if (!route->named)
        return strcmp(path, route->prefix) == 0;
    if (length <= before + behind || length - before - behind >= size ||
        strncmp(path, route->prefix, before) != 0 ||
        strcmp(path + length - behind, route->suffix) != 0)
        return false;
    memcpy(name, path + before, length - before - behind);
    name[length - before - behind] = 0;
    return true;
}

static const struct route *find_route(const char *path, char *name, size_t size)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (matches(&routes[i], path, name, size))
            return &routes[i];
    return NULL;
}

static bool is_full(const ct_service *service)
{
    struct ct__onlookers count = onlookers(service);
    return count.events + count.pictures >= service->door.max_clients;
}

static void route(ct_service *service, struct ct__request *request)
{
    char name[512] = "";
    const struct route *route = find_route(ct__request_path(request), name, sizeof name);
    if (!ct__guard_lets_pass(&service->door.guard, request, route && route->open))
        return;
    if (!route) {
        ct__answer_error(request, 404, "not_found", "nothing is called %.200s",
                         ct__request_path(request));
    } else if (strcmp(ct__request_method(request), "GET") != 0) {
        ct__answer_header(request, "Allow", "GET, HEAD");
        ct__answer_error(request, 405, "method", "%.32s: only GET and HEAD are answered here",
                         ct__request_method(request));
    } else if (route->onlooker && !ct__request_waiter(request) && is_full(service)) {
        ct__answer_header(request, "Retry-After", "5");
        ct__answer_error(request, 503, "clients", "%d clients look on already",
                         service->door.max_clients);
    } else {
        route->handle(service, request, name);
    }
}

static void handle(void *opaque, struct ct__request *request)
{
    if (ct__door_knows_address(request))
        route(opaque, request);
}

static bool tick(void *opaque)
{
    ct_service *service = opaque;
    bool lingers = ct__events_tick(service->events);
    return ct__pictures_tick(service->pictures) || lingers;
}

static void wake(void *opaque)
{
    ct_service *service = opaque;
    ct__http_wake(service->door.http);
}

// ---- begin and end

static int begin(ct_service *service, const struct ct_service_params *params)
{
    struct ct__cores cores;
    const struct ct__http_handler handler = {.handle = handle, .tick = tick, .opaque = service};
    int error = ct__events_create(&service->events, service->engine, wake, service);
    if (!error)
        error = ct__pictures_create(&service->pictures, service->engine, wake, service);
    if (error)
        return error;
    ct__cores_read("", &cores);
    service->usage = (struct ct__usage){
        .since_ns = ct__now_ns(), .cpu_ns = ct__process_cpu_ns(), .cores = cores.usable};
    error = ct__door_open(&service->door, params, &handler);
    return error ? error : ct__http_start(service->door.http);
}

int ct_service_start(ct_service **out, ct_engine *engine, const struct ct_service_params *params)
{
    static const struct ct_service_params defaults = {0};
    if (!out || !engine)
        return ct__fail(CT_ERROR_INVALID, "service",
                        "an engine and a place for the service are needed");
    ct_service *service = ct__calloc(1, sizeof(*service));
    if (!service)
        return ct__fail_memory("service");
    service->engine = engine;
    pthread_mutex_init(&service->lock, NULL);
    int error = begin(service, params ? params : &defaults);
    if (error)
        ct_service_stop(&service);
    else
        *out = service;
    return error;
}

int ct_service_set_config(ct_service *service, const char *text)
{
    char *config = text ? ct__strdup(text) : NULL;
    if (text && !config)
        return ct__fail_memory("service");
    pthread_mutex_lock(&service->lock);
    char *before = service->config;
    service->config = config;
    pthread_mutex_unlock(&service->lock);
    ct__free(before);
    return CT_OK;
}

const char *ct_service_address(const ct_service *service)
{
    return service->door.address;
}

void ct_service_stop(ct_service **service)
{
    if (!service || !*service)
        return;
    // Feeds end first, then what calls from the engine's threads, then what it calls.
    if ((*service)->door.http)
        ct__http_stop((*service)->door.http);
    ct__events_destroy(&(*service)->events);
    ct__pictures_destroy(&(*service)->pictures);
    ct__door_close(&(*service)->door);
    pthread_mutex_destroy(&(*service)->lock);
    ct__free((*service)->config);
    ct__free(*service);
    *service = NULL;
}
