// SPDX-License-Identifier: Apache-2.0
// Addresses: what stands before the last @ of the host's part is nobody's business, nor is what
// cameras take as a password behind the question mark.
#include "base/url.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

size_t ct__url_scheme(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '+')
        length++;
    return length > 0 && strncmp(text + length, "://", 3) == 0 ? length + 3 : 0;
}

// Where the host begins in what follows the scheme. A slash in a password ought to be written as
// %2F; where it is not, a port that is no number gives it away.
static const char *host_of(const char *text)
{
    size_t length = strcspn(text, "/?#");
    const char *colon = memchr(text, ':', length);
    bool odd_port = colon && colon + 1 + strspn(colon + 1, "0123456789") != text + length;
    if (odd_port && *text != '[' && !memchr(text, '@', length))
        length = strlen(text);
    const char *at = memrchr(text, '@', length);
    return at ? at + 1 : text;
}

size_t ct__url_host(const char *address, const char **host)
{
    size_t scheme = ct__url_scheme(address);
    *host = scheme ? host_of(address + scheme) : address;
    if (!scheme)
        return 0;
    if (**host == '[')
        return strcspn(++*host, "]");
    return strcspn(*host, ":/?#");
}

static bool is_secret(const char *key, size_t length)
{
    static const char *const words[] = {"pass", "pwd", "token", "auth", "secret", "key"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t at = 0; at + strlen(words[i]) <= length; at++)
            if (strncasecmp(key + at, words[i], strlen(words[i])) == 0)
                return true;
    return false;
}

// Cuts the values of secret keys out of "key=value&key=value".
static void hide_values(char *query)
{
    while (*query) {
        size_t key = strcspn(query, "=&#");
        size_t end = key + strcspn(query + key, "&#");
        if (query[key] == '=' && is_secret(query, key)) {
            memmove(query + key + 1, query + end, strlen(query + end) + 1);
            end = key + 1;
        }
        query += end + (query[end] != 0);
    }
}

char *ct__url_loggable(const char *text)
{
    char *copy = ct__strdup(text);
    size_t scheme = ct__url_scheme(text);
    if (!copy || scheme == 0)
        return copy;
    const char *host = host_of(text + scheme);
    memmove(copy + scheme, host, strlen(host) + 1);
    char *query = strchr(copy, '?');
    if (query)
        hide_values(query + 1);
    return copy;
}
