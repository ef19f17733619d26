// SPDX-License-Identifier: Apache-2.0
// One still picture in a file: a source of one frame.
#include "sources/sniff.h"
#include "sources/source.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/picture.h"

#define MAX_BYTES ((size_t)1 << 30)

extern const struct ct__source_class ct__source_picture;

struct picture {
    struct ct__source head;
    char *path;
    int64_t max_pixels;
    bool whole;
    atomic_bool stopped;
    bool given;
};

static int match(const char *input)
{
    return ct__file_kind(input) == CT__FILE_PICTURE ? 90 : 0;
}

static int open_picture(struct ct__source **out, const char *input,
                        const struct ct__source_params *params)
{
    struct picture *picture = ct__calloc(1, sizeof(*picture));
    char *path = ct__strdup(input);
    if (!picture || !path) {
        ct__free(picture);
        ct__free(path);
        return ct__fail_memory(input);
    }
    picture->path = path;
    picture->head = (struct ct__source){&ct__source_picture, path};
    picture->max_pixels = params->max_pixels;
    picture->whole = params->whole;
    *out = &picture->head;
    return CT_OK;
}

static int read_picture(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                        const char **failed)
{
    struct picture *picture = (struct picture *)source;
    uint8_t *data = NULL;
    size_t size = 0;
    *failed = NULL;
    if (atomic_load(&picture->stopped))
        return CT_ERROR_STOPPED;
    if (picture->given)
        return CT_ERROR_END;
    picture->given = true;
    int error = ct__file_read(picture->path, MAX_BYTES, &data, &size);
    if (!error)
        error = (picture->whole ? ct__picture_decode_whole : ct__picture_decode)(
            data, size, picture->path, picture->max_pixels, pool, frame);
    ct__free(data);
    if (error)
        return error;
    struct ct_frame_info info = {
        .pts_ns = CT_NO_TIME, .capture_ns = ct__now_ns(), .wall_ns = CT_NO_TIME};
    return ct_frame_set_info(*frame, &info);
}

static double expected(const struct ct__source *source)
{
    (void)source;
    return 1;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    (void)source;
    *numerator = 0;
    *denominator = 1;
}

static void interrupt(struct ct__source *source)
{
    atomic_store(&((struct picture *)source)->stopped, true);
}

static void close_picture(struct ct__source *source)
{
    struct picture *picture = (struct picture *)source;
    ct__free(picture->path);
    ct__free(picture);
}

const struct ct__source_class ct__source_picture = {
    .name = "picture",
    .help = "a still picture, known by its content",
    .match = match,
    .open = open_picture,
    .read = read_picture,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_picture,
};
