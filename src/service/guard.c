// SPDX-License-Identifier: Apache-2.0
// A page of any site can send requests to this machine, and with a name of its own that resolves to
// 127.0.0.1 it could even read the answers. So a loopback server answers loopback's names alone,
// and nobody's pages but its own.
#include "service/guard.h"

#include <string.h>
#include <strings.h>

#include <chiton/error.h>

#include "base/file.h"
#include "base/mem.h"

int ct__guard_read_token(struct ct__guard *guard, const char *path)
{
    return ct__file_read_word(path, &guard->token);
}

void ct__guard_finish(struct ct__guard *guard)
{
    ct__free(guard->token);
    guard->token = NULL;
}

// Takes as long whatever is wrong with the guess, but for its length.
static bool is_secret(const char *secret, const char *guess)
{
    unsigned char differs = 0;
    size_t length = strlen(secret);
    if (strlen(guess) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        differs |= (unsigned char)(secret[i] ^ guess[i]);
    return differs == 0;
}

static bool has_token(const struct ct__guard *guard, const struct ct__request *request)
{
    const char *header = ct__request_header(request, "Authorization");
    const char *query = ct__request_query(request, "token");
    if (header && strncasecmp(header, "Bearer ", 7) == 0)
        return is_secret(guard->token, header + 7);
    return query && is_secret(guard->token, query);
}

// Whether a Host header names this machine as nobody else can: "localhost:8080", "127.0.0.2",
// "[::1]:8080".
static bool is_local_name(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(host, names[i], length) == 0 && (!host[length] || host[length] == ':'))
            return true;
    }
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.:") == strlen(host);
}

// What a browser says about the page behind a request. Somebody who follows a link is no page.
static bool is_foreign(const struct ct__request *request)
{
    const char *site = ct__request_header(request, "Sec-Fetch-Site");
    const char *mode = ct__request_header(request, "Sec-Fetch-Mode");
    return site && strcmp(site, "cross-site") == 0 && !(mode && strcmp(mode, "navigate") == 0);
}

bool ct__guard_lets_pass(const struct ct__guard *guard, struct ct__request *request, bool open)
{
    const char *host = ct__request_header(request, "Host");
    if (guard->loopback && host && !is_local_name(host)) {
        ct__answer_error(request, 403, "host", "this server is for localhost, not for %.64s", host);
        return false;
    }
    if (is_foreign(request)) {
        ct__answer_error(request, 403, "cross_site", "not for pages of other sites");
        return false;
    }
    if (open || !guard->token || has_token(guard, request))
        return true;
    ct__answer_header(request, "WWW-Authenticate", "Bearer");
    ct__answer_error(request, 401, "token", "say the token: Authorization: Bearer TOKEN");
    return false;
}
