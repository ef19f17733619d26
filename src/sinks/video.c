// SPDX-License-Identifier: Apache-2.0
// Pictures as one video file: all parts of a stream after each other, which must be of one size.
#include "base/log.h"
#include "base/mem.h"
#include "sinks/clip.h"

struct video {
    struct ct__sink base;
    struct ct__clip *clip;
};

static int match(const char *output)
{
    return ct__clip_fits(output) ? 80 : 0;
}

static int open_video(struct ct__sink **out, const char *output,
                      const struct ct__sink_params *params)
{
    struct video *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    int error = ct__clip_open(&self->clip, output, params);
    if (error) {
        ct__free(self);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

static int write_video(struct ct__sink *sink, const struct ct__sink_item *item)
{
    return ct__clip_write(((struct video *)sink)->clip, item);
}

static int close_video(struct ct__sink *sink, bool complete)
{
    struct video *self = (struct video *)sink;
    // What an interrupted run has written is a playable file.
    int error = ct__clip_close(&self->clip, complete);
    ct__free(self);
    return error;
}

const struct ct__sink_class ct__sink_video = {
    .name = "video",
    .help = "the pictures as a video file",
    .forms = ".mp4 .mkv .mov .webm",
    .wants_pixels = true,
    .slow = true,
    .sounds = ct__clip_fits,
    .match = match,
    .open = open_video,
    .write = write_video,
    .close = close_video,
};
