// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

void client_open(struct client *client, const char *address)
{
    const char *colon = strrchr(address, ':');
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&to, sizeof to), 0);
}

void client_close(struct client *client)
{
    close(client->fd);
    free(client->data);
    *client = (struct client){.fd = -1};
}

void client_send(struct client *client, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t sent = send(client->fd, text, length, MSG_NOSIGNAL);
        if (sent < 0) // the server may have heard enough
            return;
        text += sent;
        length -= (size_t)sent;
    }
}

void client_get(struct client *client, const char *path, const char *headers)
{
    char *text = NULL;
    assert_true(asprintf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers) > 0);
    client_send(client, text);
    free(text);
}

// Reads some more; 0 where there is no more.
static int more(struct client *client)
{
    if (client->capacity - client->length < 65536) {
        client->capacity = 2 * client->capacity + 131072;
        client->data = realloc(client->data, client->capacity);
        assert_non_null(client->data);
    }
    ssize_t got = recv(client->fd, client->data + client->length, 65535, 0);
    if (got > 0)
        client->length += (size_t)got;
    client->data[client->length] = 0;
    return got > 0;
}

int client_wait(struct client *client, const char *text)
{
    while (!client->data || !memmem(client->data, client->length, text, strlen(text)))
        if (!more(client))
            return 0;
    return 1;
}

void client_drain(struct client *client)
{
    while (more(client))
        ;
}

char *exchange(const char *address, const char *request)
{
    struct client client;
    client_open(&client, address);
    client_send(&client, request);
    client_drain(&client);
    char *data = client.data;
    client.data = NULL;
    client_close(&client);
    return data;
}

char *fetch(const char *address, const char *path)
{
    char *request = NULL;
    assert_true(asprintf(&request,
                         "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                         path) > 0);
    char *data = exchange(address, request);
    free(request);
    return data;
}
