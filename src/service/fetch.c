// SPDX-License-Identifier: Apache-2.0
// libcurl asks before it opens a socket, with the address that the name was resolved to: refused
// here, it cannot be connected to, so that a name that changes its meaning between a check and its
// use gains nothing. Proxies of the environment would connect in our stead: none is used.
#include "service/fetch.h"

#include <stdio.h>
#include <strings.h>

#include <curl/curl.h>

#include <chiton/error.h>

#include "base/clock.h"
#include "service/address.h"

struct transfer {
    const struct ct__fetch *fetch;
    struct ct__text *bytes;
    bool refused, too_large, stopped;
};

static curl_socket_t open_socket(void *opaque, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = opaque;
    bool (*allows)(const struct sockaddr *) = transfer->fetch->allows;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        !(allows ? allows : ct__address_is_public)(&address->addr)) {
        transfer->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take(char *data, size_t size, size_t count, void *opaque)
{
    struct transfer *transfer = opaque;
    size *= count;
    if (transfer->bytes->length + size > transfer->fetch->max_bytes) {
        transfer->too_large = true;
        return 0;
    }
    ct__text_append(transfer->bytes, data, size);
    return transfer->bytes->failed ? 0 : size;
}

static int look(void *opaque, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    struct transfer *transfer = opaque;
    const struct ct__fetch *fetch = transfer->fetch;
    (void)total, (void)now, (void)up_total, (void)up;
    transfer->stopped =
        ct__now_ns() > fetch->until_ns || (fetch->stops && fetch->stops(fetch->opaque));
    return transfer->stopped;
}

static void set_up(CURL *curl, struct transfer *transfer, const char *url, char *reason)
{
    int64_t left_ms = (transfer->fetch->until_ns - ct__now_ns()) / 1000000;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)CT__MOST_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); // nothing waits for a name server
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "chiton");
}

static int explain(const struct transfer *transfer, CURLcode code, const char *reason, char *why,
                   size_t size)
{
    if (transfer->refused) {
        snprintf(why, size, "only addresses of the public internet are asked");
        return CT_ERROR_INVALID;
    }
    if (transfer->too_large) {
        snprintf(why, size, "it has more than %zu bytes", transfer->fetch->max_bytes);
        return CT_ERROR_LIMIT;
    }
    snprintf(why, size, "%s", reason[0] ? reason : curl_easy_strerror(code));
    if (transfer->stopped || code == CURLE_OPERATION_TIMEDOUT)
        return CT_ERROR_STOPPED;
    if (transfer->bytes->failed || code == CURLE_OUT_OF_MEMORY)
        return CT_ERROR_MEMORY;
    bool wrong = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
                 code == CURLE_LOGIN_DENIED || code == CURLE_TOO_MANY_REDIRECTS;
    return wrong ? CT_ERROR_INVALID : CT_ERROR_IO;
}

int ct__fetch_run(const struct ct__fetch *fetch, const char *url, struct ct__text *bytes, char *why,
                  size_t size)
{
    char reason[CURL_ERROR_SIZE] = "";
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0) {
        snprintf(why, size, "expected an address of http or https");
        return CT_ERROR_INVALID;
    }
    struct transfer transfer = {.fetch = fetch, .bytes = bytes};
    CURL *curl = curl_easy_init();
    if (!curl) {
        snprintf(why, size, "out of memory");
        return CT_ERROR_MEMORY;
    }
    set_up(curl, &transfer, url, reason);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return code == CURLE_OK ? CT_OK : explain(&transfer, code, reason, why, size);
}
