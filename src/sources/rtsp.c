// SPDX-License-Identifier: Apache-2.0
// rtsp: and rtsps:, network cameras.
#include "sources/source.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/url.h"
#include "media/receiver.h"

extern const struct ct__source_class ct__source_rtsp;

struct rtsp {
    struct ct__source head;
    char *name;
    struct ct__receiver *receiver;
};

static int match(const char *input)
{
    return strncmp(input, "rtsp://", 7) == 0 || strncmp(input, "rtsps://", 8) == 0 ? 100 : 0;
}

static void close_rtsp(struct ct__source *source)
{
    struct rtsp *rtsp = (struct rtsp *)source;
    ct__receiver_close(&rtsp->receiver);
    ct__free(rtsp->name);
    ct__free(rtsp);
}

static int open_rtsp(struct ct__source **out, const char *input,
                     const struct ct__source_params *params)
{
    struct rtsp *rtsp = ct__calloc(1, sizeof(*rtsp));
    if (!rtsp)
        return ct__fail_memory("rtsp");
    rtsp->name = ct__url_loggable(input); // results carry it
    rtsp->head = (struct ct__source){&ct__source_rtsp, rtsp->name, .waits = true, .paced = true};
    struct ct__receiver_params receiver = {.video_stream = params->video_stream,
                                           .max_pixels = params->max_pixels,
                                           .stop = params->stop,
                                           .transport = params->transport,
                                           .timeout_ms = params->timeout_ms,
                                           .fps = params->live ? params->fps : 0,
                                           .phase = params->phase};
    int error =
        rtsp->name ? ct__receiver_open(&rtsp->receiver, input, &receiver) : ct__fail_memory("rtsp");
    if (error)
        close_rtsp(&rtsp->head);
    else
        *out = &rtsp->head;
    return error;
}

static int read_rtsp(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    struct rtsp *rtsp = (struct rtsp *)source;
    *failed = NULL;
    int error = ct__receiver_read(rtsp->receiver, pool, frame);
    struct ct__withheld withheld = ct__receiver_withheld(rtsp->receiver);
    source->undecoded = withheld.undecoded;
    source->damaged = withheld.damaged;
    return error;
}

static void want(struct ct__source *source, double fps)
{
    ct__receiver_want(((struct rtsp *)source)->receiver, fps);
}

// A camera has no end.
static double expected(const struct ct__source *source)
{
    (void)source;
    return 0;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    ct__receiver_rate(((const struct rtsp *)source)->receiver, numerator, denominator);
}

static void interrupt(struct ct__source *source)
{
    ct__receiver_interrupt(((struct rtsp *)source)->receiver);
}

const struct ct__source_class ct__source_rtsp = {
    .name = "rtsp",
    .help = "rtsp: and rtsps: addresses, network cameras",
    .match = match,
    .open = open_rtsp,
    .read = read_rtsp,
    .want = want,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_rtsp,
};
