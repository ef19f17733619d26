// SPDX-License-Identifier: Apache-2.0
// A client that says exactly what a test wants to be said, and keeps what comes.
#ifndef TESTS_SERVICE_CLIENT_H
#define TESTS_SERVICE_CLIENT_H

#include <stddef.h>

struct client {
    int fd;
    char *data; // all that came, ended by a zero
    size_t length, capacity;
};

// Connects to an "http://ADDRESS:PORT" of 127.0.0.1.
void client_open(struct client *client, const char *address);
void client_close(struct client *client);

void client_send(struct client *client, const char *text);

// Sends "GET path" with the headers that a client needs and those of `headers` ("A: b\r\n").
void client_get(struct client *client, const char *path, const char *headers);

// Reads until `text` has come, or the other side has closed; whether it has come.
int client_wait(struct client *client, const char *text);

// Reads until the other side closes.
void client_drain(struct client *client);

// A whole exchange on a connection of its own: what came, header and body, to be freed.
char *fetch(const char *address, const char *path);
char *exchange(const char *address, const char *request);

#endif
