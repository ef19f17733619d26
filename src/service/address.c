// SPDX-License-Identifier: Apache-2.0
// Addresses are numbers: a name would have to be looked up, and may mean several.
#include "service/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <chiton/error.h>

#include "base/log.h"
#include "base/text.h"

enum { WAITING = 128 }; // connections that were not accepted yet

static int refuse(const char *text)
{
    return ct__fail(CT_ERROR_INVALID, "listen",
                    "%s: expected ADDRESS:PORT, as in 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80",
                    text);
}

// The host part, without brackets; false if it is too long for an address.
static bool copy_host(char *host, size_t size, const char *text, const char *colon)
{
    size_t length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= size)
        return false;
    memcpy(host, text, length);
    host[length] = 0;
    return true;
}

int ct__address_read(struct ct__address *address, const char *text)
{
    char host[INET6_ADDRSTRLEN];
    int64_t port;
    const char *colon = strrchr(text, ':');
    if (!colon || !copy_host(host, sizeof host, text, colon) || !ct__parse_int(colon + 1, &port) ||
        port < 0 || port > 65535)
        return refuse(text);
    const char *number = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, number, &address->socket.v4.sin_addr) == 1) {
        address->socket.v4.sin_family = AF_INET;
        address->socket.v4.sin_port = htons((uint16_t)port);
        address->size = sizeof address->socket.v4;
        return CT_OK;
    }
    if (text[0] != '[' || inet_pton(AF_INET6, number, &address->socket.v6.sin6_addr) != 1)
        return refuse(text);
    address->socket.v6.sin6_family = AF_INET6;
    address->socket.v6.sin6_port = htons((uint16_t)port);
    address->size = sizeof address->socket.v6;
    return CT_OK;
}

bool ct__address_is_loopback(const struct ct__address *address)
{
    if (address->socket.any.sa_family == AF_INET)
        return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *host = &address->socket.v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(host) || (IN6_IS_ADDR_V4MAPPED(host) && host->s6_addr[12] == 127);
}

// What IANA's registries of special addresses hold back of IPv4, and the class D and E behind it.
static const struct {
    uint32_t network;
    int bits;
} special[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
};

static bool is_public_v4(uint32_t host)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if ((host ^ special[i].network) >> (32 - special[i].bits) == 0)
            return false;
    return true;
}

// Only 2000::/3 is given out; of it 2001::/23 (Teredo and others), 2001:db8::/32, 2002::/16 (6to4)
// and 3fff::/20 are special.
static bool is_public_v6(const uint8_t *host)
{
    unsigned first = (unsigned)host[0] << 8 | host[1], second = (unsigned)host[2] << 8 | host[3];
    return host[0] >> 5 == 1 && first != 0x2002 && !(first == 0x2001 && second < 0x200) &&
           !(first == 0x2001 && second == 0xdb8) && !(first == 0x3fff && second < 0x1000);
}

bool ct__address_is_public(const struct sockaddr *address)
{
    const void *any = address;
    if (address->sa_family == AF_INET)
        return is_public_v4(ntohl(((const struct sockaddr_in *)any)->sin_addr.s_addr));
    return address->sa_family == AF_INET6 &&
           is_public_v6(((const struct sockaddr_in6 *)any)->sin6_addr.s6_addr);
}

void ct__address_write(const struct ct__address *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    bool four = address->socket.any.sa_family == AF_INET;
    const void *number = four ? (const void *)&address->socket.v4.sin_addr
                              : (const void *)&address->socket.v6.sin6_addr;
    inet_ntop(address->socket.any.sa_family, number, host, sizeof host);
    unsigned port = ntohs(four ? address->socket.v4.sin_port : address->socket.v6.sin6_port);
    snprintf(text, size, four ? "%s:%u" : "[%s]:%u", host, port);
}

int ct__address_listen(struct ct__address *address)
{
    int yes = 1;
    char text[64];
    ct__address_write(address, text, sizeof text);
    int fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd >= 0 && bind(fd, &address->socket.any, address->size) == 0 && listen(fd, WAITING) == 0 &&
        getsockname(fd, &address->socket.any, &address->size) == 0)
        return fd;
    int error = ct__fail(CT_ERROR_IO, "listen", "%s: %s", text, strerror(errno));
    if (fd >= 0)
        close(fd);
    return error;
}
