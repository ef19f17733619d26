// SPDX-License-Identifier: Apache-2.0
// Where clients come in: the address, its lock (token, TLS, loopback alone), and the server behind.
#ifndef CT_SERVICE_DOOR_H
#define CT_SERVICE_DOOR_H

#include "service/guard.h"
#include "service/http.h"

#include <chiton/service.h>

// Zero-initialise.
struct ct__door {
    struct ct__guard guard;
    struct ct__http *http;
    int max_clients;
    char address[80]; // "http://127.0.0.1:8080"
};

// Listens as the parameters say; nothing is answered until ct__http_start(). Errors of
// ct_service_start(), after which it is to be closed too.
int ct__door_open(struct ct__door *door, const struct ct_service_params *params,
                  const struct ct__http_handler *handler);

// Stops the server. Harmless on one that is not open.
void ct__door_close(struct ct__door *door);

// Answers a request whose address is too long or broken, and returns false.
bool ct__door_knows_address(struct ct__request *request);

#endif
