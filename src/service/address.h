// SPDX-License-Identifier: Apache-2.0
// Where a server listens.
#ifndef CT_SERVICE_ADDRESS_H
#define CT_SERVICE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct ct__address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t size;
};

// Reads "127.0.0.1:8080", "[::1]:8080", "localhost:8080". CT_ERROR_INVALID, logged.
int ct__address_read(struct ct__address *address, const char *text);

// Whether only this machine can reach it.
bool ct__address_is_loopback(const struct ct__address *address);

// Whether an address is one of the public internet: not private, shared, loopback, link-local,
// multicast, unspecified, documentation, reserved, nor one of IPv6 that carries one of IPv4
// (mapped, 6to4, Teredo, NAT64).
bool ct__address_is_public(const struct sockaddr *address);

// Writes "127.0.0.1:8080" or "[::1]:8080"; 64 bytes are enough.
void ct__address_write(const struct ct__address *address, char *text, size_t size);

// Opens a socket that listens there; `address` gets the port in use. Returns the descriptor or
// CT_ERROR_IO, logged.
int ct__address_listen(struct ct__address *address);

#endif
