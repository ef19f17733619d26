// SPDX-License-Identifier: Apache-2.0
// An engine seen over HTTP: pictures, results, state and metrics of its streams for browsers,
// programs and Prometheus, and a page that shows them. docs/http.md lists the addresses.
//
//     ct_service *service = NULL;
//     ct_service_start(&service, engine, NULL);
//     ct_engine_run(engine);
//     ct_service_stop(&service);
#ifndef CHITON_SERVICE_H
#define CHITON_SERVICE_H

#include <chiton/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

// How to serve. Zero means default in every field; strings are copied.
struct ct_service_params {
    // "ADDRESS:PORT": 127.0.0.1:8080, [::1]:8080, 0.0.0.0:80; port 0 takes a free one. Default:
    // 127.0.0.1:8080. An address that others can reach needs a token or TLS.
    const char *listen;
    // File with the secret that requests must carry, as `Authorization: Bearer SECRET` or ?token=;
    // blanks around it do not count. Only /, /healthz and /readyz go without. Default: no token.
    const char *token_file;
    const char *tls_certificate, *tls_key; // PEM files, both or none; default: plain HTTP
    int max_clients; // who look on at once, events and pictures; more are told 503; default 512
    int max_connections_per_address; // default 256
    int timeout_ms; // for a request to arrive, and for a client to take a byte; default 10,000
};

typedef struct ct_service ct_service;

// Starts to serve an engine, which must live until ct_service_stop(); whether it runs yet does not
// matter. One thread is started, whatever the number of clients; while nobody asks it sleeps.
// CT_ERROR_INVALID for an address that is none or may not be open to others, CT_ERROR_IO for one
// that cannot be had, CT_ERROR_UNSUPPORTED for TLS where libmicrohttpd has none. Any thread.
CT_API int ct_service_start(ct_service **out, ct_engine *engine,
                            const struct ct_service_params *params);

// Says what is given at /api/config: the configuration in force, as text; copied. NULL: nothing, as
// in the beginning. CT_ERROR_MEMORY. Any thread.
CT_API int ct_service_set_config(ct_service *service, const char *text);

// Where it can be reached: "http://127.0.0.1:8080". Lives as long as the service. Any thread.
CT_API const char *ct_service_address(const ct_service *service);

// Ends all connections and the thread, and sets the pointer to NULL; accepts NULL. Takes less than
// a second. Not from the engine's callbacks; before ct_engine_destroy().
CT_API void ct_service_stop(ct_service **service);

#ifdef __cplusplus
}
#endif
#endif
