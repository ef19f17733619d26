// SPDX-License-Identifier: Apache-2.0
// Which address gives what. A route is a prefix and a suffix; what stands between them is a
// camera's name, which may hold anything, slashes too.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <chiton/service.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/address.h"
#include "service/api.h"
#include "service/events.h"
#include "service/guard.h"
#include "service/http.h"
#include "service/page.h"
#include "service/show.h"
#include "service/streams.h"

enum {
    LONGEST_PEM = 1048576,
    SPARE_CONNECTIONS = 64, // for questions while all clients are there
};

struct ct_service {
    ct_engine *engine;
    struct ct__http *http;
    struct ct__guard guard;
    struct ct__events *events;
    struct ct__pictures *pictures;
    struct ct__usage usage;
    int max_clients;
    char address[80];
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
    return count.events + count.pictures >= service->max_clients;
}

static void route(ct_service *service, struct ct__request *request)
{
    char name[512] = "";
    const struct route *route = find_route(ct__request_path(request), name, sizeof name);
    if (!ct__guard_lets_pass(&service->guard, request, route && route->open))
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
                         service->max_clients);
    } else {
        route->handle(service, request, name);
    }
}

static void handle(void *opaque, struct ct__request *request)
{
    if (ct__request_is_long(request))
        ct__answer_error(request, 414, "uri", "the address is too long");
    else if (ct__request_is_broken(request))
        ct__answer_error(request, 400, "uri", "the address holds a zero byte");
    else
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
    ct__http_wake(service->http);
}

// ---- begin and end

static int check(const struct ct_service_params *params, const struct ct__address *address)
{
    char text[64];
    if (!params->tls_certificate != !params->tls_key)
        return ct__fail(CT_ERROR_INVALID, "tls",
                        "a certificate and its key go together: %s is missing",
                        params->tls_key ? "the certificate" : "the key");
    if (params->max_clients < 0 || params->max_connections_per_address < 0 ||
        params->timeout_ms < 0)
        return ct__fail(CT_ERROR_INVALID, "listen", "limits are numbers from 0");
    if (ct__address_is_loopback(address) || params->token_file || params->tls_certificate)
        return CT_OK;
    ct__address_write(address, text, sizeof text);
    return ct__fail(CT_ERROR_INVALID, "listen",
                    "%s can be reached by others: give it a token or TLS, or listen on 127.0.0.1",
                    text);
}

static int read_pem(const char *path, char **text)
{
    uint8_t *data = NULL;
    size_t size;
    int error = path ? ct__file_read(path, LONGEST_PEM, &data, &size) : CT_OK;
    *text = (char *)data;
    return error;
}

// Takes the socket.
static int create_http(ct_service *service, const struct ct_service_params *params, int socket,
                       const char *certificate, const char *key)
{
    const struct ct__http_params http = {
        .socket = socket,
        .certificate = certificate,
        .key = key,
        .max_connections = service->max_clients + SPARE_CONNECTIONS,
        .max_connections_per_address =
            params->max_connections_per_address ? params->max_connections_per_address : 256,
        .timeout_ms = params->timeout_ms ? params->timeout_ms : 10000,
        .handler = {.handle = handle, .tick = tick, .opaque = service},
    };
    return ct__http_create(&service->http, &http);
}

static int listen_on(ct_service *service, const struct ct_service_params *params,
                     struct ct__address *address)
{
    char *certificate = NULL, *key = NULL, where[64];
    int error = read_pem(params->tls_certificate, &certificate);
    if (!error)
        error = read_pem(params->tls_key, &key);
    int socket = error ? error : ct__address_listen(address);
    error = socket < 0 ? socket : create_http(service, params, socket, certificate, key);
    ct__free(certificate);
    ct__free(key);
    ct__address_write(address, where, sizeof where);
    snprintf(service->address, sizeof service->address, "http%s://%s",
             params->tls_certificate ? "s" : "", where);
    return error;
}

static int begin(ct_service *service, const struct ct_service_params *params)
{
    struct ct__address address;
    struct ct__cores cores;
    int error = ct__address_read(&address, params->listen ? params->listen : "127.0.0.1:8080");
    if (!error)
        error = check(params, &address);
    if (!error && params->token_file)
        error = ct__guard_read_token(&service->guard, params->token_file);
    if (!error)
        error = ct__events_create(&service->events, service->engine, wake, service);
    if (!error)
        error = ct__pictures_create(&service->pictures, service->engine, wake, service);
    if (error)
        return error;
    ct__cores_read("", &cores);
    service->usage = (struct ct__usage){
        .since_ns = ct__now_ns(), .cpu_ns = ct__process_cpu_ns(), .cores = cores.usable};
    service->guard.loopback = ct__address_is_loopback(&address);
    service->max_clients = params->max_clients ? params->max_clients : 512;
    error = listen_on(service, params, &address);
    return error ? error : ct__http_start(service->http);
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
    return service->address;
}

void ct_service_stop(ct_service **service)
{
    if (!service || !*service)
        return;
    // Feeds end first, then what calls from the engine's threads, then what it calls.
    if ((*service)->http)
        ct__http_stop((*service)->http);
    ct__events_destroy(&(*service)->events);
    ct__pictures_destroy(&(*service)->pictures);
    ct__http_destroy(&(*service)->http);
    ct__guard_finish(&(*service)->guard);
    pthread_mutex_destroy(&(*service)->lock);
    ct__free((*service)->config);
    ct__free(*service);
    *service = NULL;
}
