// SPDX-License-Identifier: Apache-2.0
// One clip: a video file, or what else libav opens by name.
#include "sources/sniff.h"
#include "sources/source.h"

#include "base/log.h"
#include "base/mem.h"
#include "media/reader.h"

extern const struct ct__source_class ct__source_clip;

struct clip {
    struct ct__source head;
    char *name;
    struct ct__reader *reader;
};

// Also the least bad class for what does not exist or is nothing: its reader says so best.
static int match(const char *input)
{
    switch (ct__file_kind(input)) {
    case CT__FILE_CLIP:
        return 90;
    case CT__FILE_NONE:
    case CT__FILE_OTHER:
        return 1;
    default:
        return 0;
    }
}

static void close_clip(struct ct__source *source)
{
    struct clip *clip = (struct clip *)source;
    ct__reader_close(&clip->reader);
    ct__free(clip->name);
    ct__free(clip);
}

static int open_clip(struct ct__source **out, const char *input,
                     const struct ct__source_params *params)
{
    struct clip *clip = ct__calloc(1, sizeof(*clip));
    if (!clip)
        return ct__fail_memory(input);
    clip->name = ct__strdup(input);
    clip->head = (struct ct__source){&ct__source_clip, clip->name};
    struct ct__reader_params reader = {.threads = params->decoder_threads,
                                       .max_pixels = params->max_pixels,
                                       .video_stream = params->video_stream,
                                       .stop = params->stop};
    int error =
        clip->name ? ct__reader_open(&clip->reader, input, &reader) : ct__fail_memory(input);
    if (error)
        close_clip(&clip->head);
    else
        *out = &clip->head;
    return error;
}

static int read_clip(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    *failed = NULL;
    return ct__reader_read(((struct clip *)source)->reader, pool, frame);
}

static double expected(const struct ct__source *source)
{
    return ct__reader_expected(((const struct clip *)source)->reader);
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    ct__reader_rate(((const struct clip *)source)->reader, numerator, denominator);
}

static void interrupt(struct ct__source *source)
{
    ct__reader_interrupt(((struct clip *)source)->reader);
}

const struct ct__source_class ct__source_clip = {
    .name = "clip",
    .help = "a video file or URL",
    .match = match,
    .open = open_clip,
    .read = read_clip,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_clip,
};
