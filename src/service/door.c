// SPDX-License-Identifier: Apache-2.0
// An address that others can reach is not opened without a lock.
#include "service/door.h"

#include <stdio.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "service/address.h"

enum {
    LONGEST_PEM = 1048576,
    SPARE_CONNECTIONS = 64, // for questions while all clients are there
};

static int check(const struct ct_service_params *params, const struct ct__address *address)
{
    char text[64];
    if (!params->tls_certificate != !params->tls_key)
        return ct__fail(CT_ERROR_INVALID, "tls",
                        "a certificate and its key go together: %s is missing",
                        params->tls_key ? "the certificate" : "the key");
    if (params->max_clients < 0 || params->max_connections_per_address < 0 ||
        params->timeout_ms < 0)
        return ct__fail(CT_ERROR_INVALID, "listen",
                        "max_clients = %d, max_connections_per_address = %d, timeout_ms = %d: "
                        "expected 0 or more",
                        params->max_clients, params->max_connections_per_address,
                        params->timeout_ms);
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
static int create_http(struct ct__door *door, const struct ct_service_params *params, int socket,
                       const char *certificate, const char *key,
                       const struct ct__http_handler *handler)
{
    const struct ct__http_params http = {
        .socket = socket,
        .certificate = certificate,
        .key = key,
        .max_connections = door->max_clients + SPARE_CONNECTIONS,
        .max_connections_per_address =
            params->max_connections_per_address ? params->max_connections_per_address : 256,
        .timeout_ms = params->timeout_ms ? params->timeout_ms : 10000,
        .handler = *handler,
    };
    return ct__http_create(&door->http, &http);
}

static int listen_on(struct ct__door *door, const struct ct_service_params *params,
                     struct ct__address *address, const struct ct__http_handler *handler)
{
    char *certificate = NULL, *key = NULL, where[64];
    int error = read_pem(params->tls_certificate, &certificate);
    if (!error)
        error = read_pem(params->tls_key, &key);
    int socket = error ? error : ct__address_listen(address);
    error = socket < 0 ? socket : create_http(door, params, socket, certificate, key, handler);
    ct__free(certificate);
    ct__free(key);
    ct__address_write(address, where, sizeof where);
    snprintf(door->address, sizeof door->address, "http%s://%s", params->tls_certificate ? "s" : "",
             where);
    return error;
}

int ct__door_open(struct ct__door *door, const struct ct_service_params *params,
                  const struct ct__http_handler *handler)
{
    struct ct__address address;
    int error = ct__address_read(&address, params->listen ? params->listen : "127.0.0.1:8080");
    if (!error)
        error = check(params, &address);
    if (!error && params->token_file)
        error = ct__guard_read_token(&door->guard, params->token_file);
    if (error)
        return error;
    door->guard.loopback = ct__address_is_loopback(&address);
    door->max_clients = params->max_clients ? params->max_clients : 512;
    return listen_on(door, params, &address, handler);
}

void ct__door_close(struct ct__door *door)
{
    ct__http_destroy(&door->http);
    ct__guard_finish(&door->guard);
}

bool ct__door_knows_address(struct ct__request *request)
{
    if (ct__request_is_long(request))
        ct__answer_error(request, 414, "uri", "the address is too long");
    else if (ct__request_is_broken(request))
        ct__answer_error(request, 400, "uri", "the address holds a zero byte");
    else
        return true;
    return false;
}
