// SPDX-License-Identifier: Apache-2.0
// An address as libav's I/O opens it, with an end to every wait.
#include "media/link.h"

#include <libavutil/opt.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/av.h"

struct ct__link {
    struct ct__link_params params;
    AVIOContext *io;
    uint8_t *type; // libav's memory, or NULL
    int64_t deadline_ns;
};

static bool stopped(const struct ct__link *link)
{
    const struct ct__link_params *params = &link->params;
    return (params->stop && atomic_load(params->stop)) ||
           (params->outer_stop && atomic_load(params->outer_stop));
}

static bool late(const struct ct__link *link)
{
    return ct__now_ns() > link->deadline_ns;
}

static int interrupt_callback(void *link)
{
    return stopped(link) || late(link);
}

static int explain(const struct ct__link *link, int error, const char *doing)
{
    char reason[128];
    if (stopped(link))
        return CT_ERROR_STOPPED;
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(link->params.scope);
    if (late(link))
        return ct__fail(CT_ERROR_IO, link->params.scope, "%s: nothing came in time", doing);
    return ct__fail(error == AVERROR_HTTP_NOT_FOUND ? CT_ERROR_NOT_FOUND : CT_ERROR_IO,
                    link->params.scope, "%s: %s", doing,
                    ct__av_reason(error, reason, sizeof reason));
}

static int open_io(struct ct__link *link, const char *address)
{
    AVIOInterruptCB interrupt = {interrupt_callback, link};
    AVDictionary *options = NULL;
    int error = av_dict_set(&options, "protocol_whitelist", "http,https,httpproxy,tcp,tls", 0);
    if (error >= 0)
        error = av_dict_set(&options, "seekable", "0", 0);
    if (error >= 0)
        error = avio_open2(&link->io, address, AVIO_FLAG_READ, &interrupt, &options);
    av_dict_free(&options);
    return error < 0 ? explain(link, error, "cannot be opened") : CT_OK;
}

int ct__link_open(struct ct__link **out, const char *address, const struct ct__link_params *params,
                  int64_t deadline_ns)
{
    struct ct__link *link = ct__calloc(1, sizeof *link);
    if (!link)
        return ct__fail_memory(params->scope);
    link->params = *params;
    link->deadline_ns = deadline_ns;
    ct__av_begin();
    const struct ct__resolve_params resolve = {params->scope, params->stop, params->outer_stop,
                                               deadline_ns};
    int error = ct__av_resolve(address, &resolve);
    error = error ? error : open_io(link, address);
    if (error) {
        ct__link_close(&link);
        return error;
    }
    if (av_opt_get(link->io, "mime_type", AV_OPT_SEARCH_CHILDREN, &link->type) < 0)
        link->type = NULL;
    *out = link;
    return CT_OK;
}

const char *ct__link_type(const struct ct__link *link)
{
    return link->type ? (const char *)link->type : "";
}

int ct__link_read(struct ct__link *link, void *to, size_t size, size_t *count, int64_t deadline_ns)
{
    link->deadline_ns = deadline_ns;
    int got = avio_read_partial(link->io, to, size < INT_MAX ? (int)size : INT_MAX);
    if (got < 0 && got != AVERROR_EOF)
        return explain(link, got, "cannot be read");
    *count = got > 0 ? (size_t)got : 0;
    return CT_OK;
}

void ct__link_close(struct ct__link **link)
{
    struct ct__link *closing = *link;
    *link = NULL;
    if (!closing)
        return;
    avio_closep(&closing->io);
    av_free(closing->type);
    ct__free(closing);
}
