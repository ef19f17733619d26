// SPDX-License-Identifier: Apache-2.0
// Standard input ("-") or a FIFO: a picture or a clip, whichever its first bytes are. It is looked
// at by the first read, so that waiting for it can be interrupted.
#include "sources/descriptor.h"
#include "sources/source.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/picture.h"
#include "media/reader.h"

enum { HEAD = 64, FIRST_SIZE = 1 << 16, MAX_BYTES = 1 << 30, SPARE = 64 };

extern const struct ct__source_class ct__source_pipe;

struct pipe {
    struct ct__source head;
    char *path;
    struct ct__source_params params;
    struct ct__descriptor descriptor;
    uint8_t *data; // what was read before it was known what it is, or the whole picture
    size_t size, capacity;
    struct ct__reader *reader; // NULL for a picture
    bool begun;
    atomic_bool stopped;
};

static int match(const char *input)
{
    return ct__descriptor_waits(input) ? 90 : 0; // some devices look like pipes, and are cameras
}

static int open_pipe(struct ct__source **out, const char *input,
                     const struct ct__source_params *params)
{
    struct pipe *pipe = ct__calloc(1, sizeof(*pipe));
    char *path = ct__strdup(input);
    if (!pipe || !path) {
        ct__free(pipe);
        ct__free(path);
        return ct__fail_memory(input);
    }
    pipe->path = path;
    pipe->head = (struct ct__source){&ct__source_pipe, path};
    pipe->params = *params;
    if (!params->stop)
        pipe->params.stop = &pipe->stopped;
    pipe->descriptor = (struct ct__descriptor){-1, path, &pipe->stopped, params->stop};
    *out = &pipe->head;
    return CT_OK;
}

static int grow(struct pipe *pipe)
{
    if (pipe->size >= MAX_BYTES)
        return ct__fail(CT_ERROR_LIMIT, pipe->path, "a picture of more than %d bytes", MAX_BYTES);
    size_t capacity = pipe->capacity ? 2 * pipe->capacity : FIRST_SIZE;
    uint8_t *data = ct__realloc_array(pipe->data, capacity + SPARE, 1);
    if (!data)
        return ct__fail_memory(pipe->path);
    pipe->data = data;
    pipe->capacity = capacity;
    return CT_OK;
}

// Reads until there are `size` bytes or no more come.
static int fill(struct pipe *pipe, size_t size)
{
    size_t count = 1;
    while (pipe->size < size && count > 0) {
        int error = pipe->size == pipe->capacity ? grow(pipe) : CT_OK;
        size_t room = size < pipe->capacity ? size : pipe->capacity;
        if (!error)
            error = ct__descriptor_read(&pipe->descriptor, pipe->data + pipe->size,
                                        room - pipe->size, &count);
        if (error)
            return error;
        pipe->size += count;
    }
    return CT_OK;
}

static int open_reader(struct pipe *pipe)
{
    struct ct__reader_stream stream = {pipe->data, pipe->size, pipe->descriptor.number};
    struct ct__reader_params params = {.threads = pipe->params.decoder_threads,
                                       .max_pixels = pipe->params.max_pixels,
                                       .video_stream = pipe->params.video_stream,
                                       .listeners = pipe->params.listeners,
                                       .stop = pipe->params.stop,
                                       .stream = &stream};
    return ct__reader_open(&pipe->reader, pipe->path, &params);
}

static bool moves(const struct pipe *pipe)
{
    FILE *file = fmemopen(pipe->data, pipe->size, "rb");
    bool clip = file && ct__gif_moves(file);
    if (file)
        fclose(file);
    return clip;
}

// A picture is read as a whole; only then a GIF is known to be a clip.
static int read_picture(struct pipe *pipe, struct ct__pool *pool, ct_frame **frame)
{
    int error = fill(pipe, (size_t)MAX_BYTES + 1);
    if (!error && moves(pipe)) {
        error = open_reader(pipe);
        return error ? error : ct__reader_read(pipe->reader, pool, frame);
    }
    if (!error)
        error = (pipe->params.whole ? ct__picture_decode_whole : ct__picture_decode)(
            pipe->data, pipe->size, pipe->path, pipe->params.max_pixels, pool, frame);
    if (error)
        return error;
    struct ct_frame_info info = {
        .pts_ns = CT_NO_TIME, .capture_ns = ct__now_ns(), .wall_ns = CT_NO_TIME};
    return ct_frame_set_info(*frame, &info);
}

static int begin(struct pipe *pipe, struct ct__pool *pool, ct_frame **frame)
{
    int error = ct__descriptor_open(&pipe->descriptor);
    if (!error)
        error = fill(pipe, HEAD);
    if (error)
        return error;
    if (pipe->size == 0)
        return ct__fail(CT_ERROR_FORMAT, pipe->path, "empty file");
    if (ct__picture_sniff(pipe->data, pipe->size) != CT__PICTURE_NONE)
        return read_picture(pipe, pool, frame);
    error = open_reader(pipe);
    return error ? error : ct__reader_read(pipe->reader, pool, frame);
}

static int read_pipe(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    struct pipe *pipe = (struct pipe *)source;
    *failed = NULL;
    if (ct__descriptor_stopped(&pipe->descriptor))
        return CT_ERROR_STOPPED;
    if (!pipe->begun) {
        pipe->begun = true;
        return begin(pipe, pool, frame);
    }
    return pipe->reader ? ct__reader_read(pipe->reader, pool, frame) : CT_ERROR_END;
}

static double expected(const struct ct__source *source)
{
    const struct pipe *pipe = (const struct pipe *)source;
    return pipe->reader ? ct__reader_expected(pipe->reader) : 0;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    const struct pipe *pipe = (const struct pipe *)source;
    *numerator = 0;
    *denominator = 1;
    if (pipe->reader)
        ct__reader_rate(pipe->reader, numerator, denominator);
}

static void interrupt(struct ct__source *source)
{
    atomic_store(&((struct pipe *)source)->stopped, true);
}

static void close_pipe(struct ct__source *source)
{
    struct pipe *pipe = (struct pipe *)source;
    ct__reader_close(&pipe->reader);
    ct__descriptor_close(&pipe->descriptor);
    ct__free(pipe->data);
    ct__free(pipe->path);
    ct__free(pipe);
}

const struct ct__source_class ct__source_pipe = {
    .name = "pipe",
    .help = "a picture or clip from standard input (-) or a FIFO",
    .match = match,
    .open = open_pipe,
    .read = read_pipe,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_pipe,
};
