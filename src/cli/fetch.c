// SPDX-License-Identifier: Apache-2.0
// A download goes on where an earlier one ended, whatever the server says about versions: the
// checksum tells in the end whether the pieces belong together, and if they do not, all of it is
// fetched once more.
#include "cli/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"

enum { MOST_REDIRECTS = 10, MOST_CONNECTIONS = 10, WAIT_NS = 100000000 };
enum { PARTIAL_CONTENT = 206, NOT_FOUND = 404, GONE = 410, NO_SUCH_RANGE = 416, BUSY = 503 };

struct transfer {
    const struct ct__fetch *fetch;
    char part[PATH_MAX];
    int fd;       // of the part; its lock says that we are at work on it
    int64_t have; // bytes in the part
    CURL *curl;
    bool begun;   // the answer's first byte has come
    bool resumed; // some bytes come from another connection
    bool too_long, stopped;
    int why; // errno of a failed write
    char reason[CURL_ERROR_SIZE];
};

static int fail_part(const struct transfer *transfer, const char *doing)
{
    return ct__fail(CT_ERROR_IO, transfer->part, "cannot %s: %s", doing, strerror(errno));
}

// Who holds the lock may have finished, and the name may be gone or another file by now.
static bool still_named(const struct transfer *transfer)
{
    struct stat named, opened;
    return stat(transfer->part, &named) == 0 && fstat(transfer->fd, &opened) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

// Waits for the lock; false if asked to stop.
static bool lock(const struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    const struct timespec pause = {.tv_nsec = WAIT_NS};
    bool told = false;
    while (flock(transfer->fd, LOCK_EX | LOCK_NB)) {
        if (!told)
            ct__log(CT_LOG_INFO, fetch->name, "another process is fetching it: waiting");
        told = true;
        if (fetch->progress(fetch->opaque, -1))
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

// Opens the part and makes it ours.
static int open_part(struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    for (;;) {
        transfer->fd = open(transfer->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (transfer->fd < 0)
            return fail_part(transfer, "open");
        bool ours = lock(transfer);
        if (ours && still_named(transfer))
            break;
        close(transfer->fd);
        transfer->fd = -1;
        if (!ours)
            return ct__fail(CT_ERROR_STOPPED, fetch->name, "stopped");
    }
    transfer->have = lseek(transfer->fd, 0, SEEK_END);
    transfer->resumed = transfer->have > 0;
    return transfer->have < 0 ? fail_part(transfer, "read") : CT_OK;
}

static bool start_anew(struct transfer *transfer)
{
    transfer->have = 0;
    transfer->resumed = false;
    return ftruncate(transfer->fd, 0) == 0 && lseek(transfer->fd, 0, SEEK_SET) == 0;
}

static long status_of(const struct transfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// At an answer's first byte: whether it is the rest or, from a server that knows no ranges, all.
static bool begin(struct transfer *transfer)
{
    transfer->begun = true;
    transfer->resumed = transfer->have > 0;
    return status_of(transfer) == PARTIAL_CONTENT || start_anew(transfer);
}

static size_t receive(char *data, size_t one, size_t size, void *opaque)
{
    (void)one;
    struct transfer *transfer = opaque;
    if (!transfer->begun && !begin(transfer)) {
        transfer->why = errno;
        return 0;
    }
    transfer->too_long = (int64_t)size > transfer->fetch->bytes - transfer->have;
    if (transfer->too_long)
        return 0;
    for (size_t at = 0; at < size;) {
        ssize_t put = write(transfer->fd, data + at, size - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            transfer->why = put < 0 ? errno : ENOSPC;
            return 0;
        }
        at += (size_t)put;
        transfer->have += put;
    }
    return size;
}

static int tell(void *opaque, curl_off_t total, curl_off_t got, curl_off_t up, curl_off_t sent)
{
    (void)total, (void)got, (void)up, (void)sent;
    struct transfer *transfer = opaque;
    const struct ct__fetch *fetch = transfer->fetch;
    transfer->stopped = fetch->progress(fetch->opaque, transfer->have);
    return transfer->stopped;
}

// The host of a URL, for messages: the rest may hold a password or a token.
static void host_of(const char *url, char *host, size_t size)
{
    const char *begin = strstr(url, "://");
    begin = begin ? begin + 3 : url;
    size_t length = strcspn(begin, "/?#");
    const char *at = memrchr(begin, '@', length);
    if (at) {
        length -= (size_t)(at + 1 - begin);
        begin = at + 1;
    }
    snprintf(host, size, "%.*s", (int)length, begin);
}

// Says in one sentence what a failed connection means.
static int explain(const struct transfer *transfer, CURLcode code)
{
    const struct ct__fetch *fetch = transfer->fetch;
    char *url = NULL, host[256];
    long status = status_of(transfer);
    curl_easy_getinfo(transfer->curl, CURLINFO_EFFECTIVE_URL, &url);
    host_of(url ? url : fetch->url, host, sizeof host);
    const char *reason = transfer->reason[0] ? transfer->reason : curl_easy_strerror(code);

    if (transfer->stopped)
        return ct__fail(CT_ERROR_STOPPED, fetch->name,
                        "stopped after %lld of %lld bytes: the next pull goes on from there",
                        (long long)transfer->have, (long long)fetch->bytes);
    if (transfer->why)
        return ct__fail(CT_ERROR_IO, transfer->part, "cannot write: %s", strerror(transfer->why));
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return ct__fail(CT_ERROR_IO, fetch->name,
                        "cannot reach %s (%s): is the network there? A copy of the file may be put "
                        "at %s by hand",
                        host, reason, fetch->path);
    case CURLE_HTTP_RETURNED_ERROR:
        return ct__fail(status == NOT_FOUND || status == GONE ? CT_ERROR_NOT_FOUND : CT_ERROR_IO,
                        fetch->name, "%s answers %ld%s", host, status,
                        status == NOT_FOUND ? ": not there"
                        : status == BUSY    ? ": busy, try again later"
                                            : "");
    default:
        return ct__fail(CT_ERROR_IO, fetch->name, "%s: %s; %lld of %lld bytes are here", host,
                        reason, (long long)transfer->have, (long long)fetch->bytes);
    }
}

static CURLcode connect_once(struct transfer *transfer)
{
    char range[32];
    snprintf(range, sizeof range, "%lld-", (long long)transfer->have);
    curl_easy_setopt(transfer->curl, CURLOPT_RANGE, transfer->have ? range : NULL);
    transfer->begun = false;
    transfer->reason[0] = '\0';
    return curl_easy_perform(transfer->curl);
}

// Fetches until all bytes are there; goes on after a break as long as each connection brings some.
// CT_ERROR_LIMIT and CT_ERROR_FORMAT, not told yet: it is another file than the one expected.
static int fetch_rest(struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    CURLcode code = CURLE_OK;
    bool again = true;
    for (int i = 0; i < MOST_CONNECTIONS && again && transfer->have < fetch->bytes; i++) {
        int64_t before = transfer->have;
        code = connect_once(transfer);
        again = code && transfer->have > before && !transfer->stopped && !transfer->why &&
                !transfer->too_long;
    }
    if (transfer->too_long || code == CURLE_FILESIZE_EXCEEDED)
        return CT_ERROR_LIMIT;
    if (transfer->have == fetch->bytes)
        return CT_OK;
    if (transfer->have && code && status_of(transfer) == NO_SUCH_RANGE) {
        transfer->resumed = true;
        return CT_ERROR_FORMAT;
    }
    if (code)
        return explain(transfer, code);
    return ct__fail(CT_ERROR_IO, fetch->name, "the answer ends after %lld of %lld bytes",
                    (long long)transfer->have, (long long)fetch->bytes);
}

// Whether the part is the very file. CT_ERROR_FORMAT if not.
static int check(const struct transfer *transfer, char text[2 * CT__HASH_SIZE + 1])
{
    uint8_t digest[CT__HASH_SIZE];
    int error = ct__hash_file(transfer->part, digest, NULL);
    if (error)
        return error;
    ct__hash_text(digest, text);
    return strcmp(text, transfer->fetch->sha256) == 0 ? CT_OK : CT_ERROR_FORMAT;
}

// One way from what is there to a part that is right, or a reason why not.
static int complete(struct transfer *transfer, char text[2 * CT__HASH_SIZE + 1])
{
    text[0] = '\0';
    transfer->too_long = transfer->have > transfer->fetch->bytes;
    int error = transfer->too_long ? CT_ERROR_LIMIT : fetch_rest(transfer);
    return error ? error : check(transfer, text);
}

static int fetch_checked(struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    char text[2 * CT__HASH_SIZE + 1];
    int error = complete(transfer, text);
    bool other = error == CT_ERROR_FORMAT || error == CT_ERROR_LIMIT;
    if (other && transfer->resumed) {
        ct__log(CT_LOG_INFO, fetch->name, "the pieces do not fit together: fetching all of it");
        if (!start_anew(transfer))
            return fail_part(transfer, "write");
        error = complete(transfer, text);
        other = error == CT_ERROR_FORMAT || error == CT_ERROR_LIMIT;
    }
    if (other)
        unlink(transfer->part);
    if (error == CT_ERROR_FORMAT)
        return ct__fail(error, fetch->name, "refused: its SHA-256 is %s, expected %s", text,
                        fetch->sha256);
    if (error == CT_ERROR_LIMIT)
        return ct__fail(CT_ERROR_FORMAT, fetch->name, "refused: more than the %lld bytes it has",
                        (long long)fetch->bytes);
    return error;
}

static int set_up(struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    bool secure = strncasecmp(fetch->url, "https:", 6) == 0;
    CURL *curl = transfer->curl = curl_easy_init();
    if (!curl)
        return ct__fail_memory(fetch->name);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "chiton");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); // nothing waits for a name server
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)fetch->stall_seconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)fetch->stall_seconds);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)fetch->bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tell);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    if (curl_easy_setopt(curl, CURLOPT_URL, fetch->url))
        return ct__fail_memory(fetch->name);
    return CT_OK;
}

// The name appears in one step, when its bytes are on the disk.
static int put_in_place(const struct transfer *transfer)
{
    const struct ct__fetch *fetch = transfer->fetch;
    if (fsync(transfer->fd) || rename(transfer->part, fetch->path))
        return ct__fail(CT_ERROR_IO, fetch->path, "cannot write: %s", strerror(errno));
    return CT_OK;
}

static int make_folder_above(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 0, path);
    return folder[0] ? ct__folder_make(folder) : CT_OK;
}

int ct__fetch_file(const struct ct__fetch *fetch)
{
    struct transfer transfer = {.fetch = fetch, .fd = -1};
    int length = snprintf(transfer.part, sizeof transfer.part, "%s.part", fetch->path);
    if (length >= (int)sizeof transfer.part)
        return ct__fail(CT_ERROR_LIMIT, fetch->name, "path too long: %s", fetch->path);
    int error = make_folder_above(fetch->path);
    if (!error)
        error = open_part(&transfer);
    // Whoever held the lock before may have fetched all of it.
    bool done = !error && access(fetch->path, F_OK) == 0;
    if (done)
        unlink(transfer.part);
    if (!error && !done)
        error = set_up(&transfer);
    if (!error && !done)
        error = fetch_checked(&transfer);
    if (!error && !done)
        error = put_in_place(&transfer);
    if (transfer.curl)
        curl_easy_cleanup(transfer.curl);
    if (error && transfer.fd >= 0 && transfer.have == 0)
        unlink(transfer.part);
    if (transfer.fd >= 0)
        close(transfer.fd);
    return error;
}
