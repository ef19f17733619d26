// SPDX-License-Identifier: Apache-2.0
// A clip from its start to its end, again and again, with numbers and times that go on: a camera
// that never ends.
#include "sources/synthetic.h"

#include "base/log.h"
#include "base/mem.h"
#include "sources/sniff.h"

struct loop_options {
    struct ct__synthetic_options common;
    const char *clip;
};

struct loop {
    struct ct__synthetic head;
    struct ct__source_params params;
    const char *path;
    struct ct__source *clip; // NULL once it could not be opened again
    int64_t start_ns;        // of this round
    int64_t last_ns;         // time of the last frame
    bool gave;               // this round has given a frame
};

static int open_clip(struct loop *loop)
{
    loop->gave = false;
    int error = ct__source_open(&loop->clip, loop->path, &loop->params);
    if (!error)
        loop->clip->class->rate(loop->clip, &loop->head.rate_num, &loop->head.rate_den);
    return error;
}

// A frame lasts as long as its rate says.
static int64_t period_ns(const struct loop *loop)
{
    return INT64_C(1000000000) * loop->head.rate_den / loop->head.rate_num;
}

// Reads on behind the end of a round; a clip without a frame is no loop.
static int read_round(struct loop *loop, struct ct__pool *pool, ct_frame **frame)
{
    const char *inner;
    int error = loop->clip->class->read(loop->clip, pool, frame, &inner);
    if (error != CT_ERROR_END || !loop->gave)
        return error;
    ct__source_close(&loop->clip);
    loop->start_ns = loop->last_ns + period_ns(loop);
    error = open_clip(loop);
    return error ? error : loop->clip->class->read(loop->clip, pool, frame, &inner);
}

static int read_loop(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    struct loop *loop = (struct loop *)source;
    *failed = NULL;
    int error = loop->clip ? ct__synthetic_more(&loop->head) : CT_ERROR_END;
    error = error ? error : read_round(loop, pool, frame);
    if (error)
        return error;
    struct ct_frame_info info = *ct_frame_info(*frame);
    if (info.pts_ns == CT_NO_TIME)
        info.pts_ns = loop->gave ? loop->last_ns - loop->start_ns + period_ns(loop) : 0;
    info.number = loop->head.next++;
    info.pts_ns += loop->start_ns;
    loop->last_ns = info.pts_ns;
    loop->gave = true;
    return ct_frame_set_info(*frame, &info);
}

static int begin(struct ct__synthetic *synthetic, const void *opaque,
                 const struct ct__source_params *params)
{
    const struct loop_options *options = opaque;
    struct loop *loop = (struct loop *)synthetic;
    loop->params = *params;
    loop->path = options->clip;
    if (!loop->params.stop)
        loop->params.stop = &synthetic->stopped;
    if (!loop->path)
        return ct__fail(CT_ERROR_INVALID, synthetic->name, "clip: missing: name the clip to loop");
    if (ct__file_kind(loop->path) == CT__FILE_NONE)
        return ct__fail(CT_ERROR_NOT_FOUND, loop->path, "no such file");
    if (ct__file_kind(loop->path) != CT__FILE_CLIP)
        return ct__fail(CT_ERROR_FORMAT, loop->path, "is no clip");
    return open_clip(loop);
}

static void finish(struct ct__synthetic *synthetic)
{
    ct__source_close(&((struct loop *)synthetic)->clip);
}

#define AT(member) offsetof(struct loop_options, member)

static const struct ct__option rows[] = {
    {"clip", 0, CT__OPTION_STRING, AT(clip)},
    {NULL},
};

const struct ct__synthetic_kind ct__synthetic_loop = {
    .name = "loop",
    .rows = rows,
    .size = sizeof(struct loop),
    .options_size = sizeof(struct loop_options),
    .begin = begin,
    .finish = finish,
    .class =
        {
            .name = "loop",
            .help = "a clip again and again",
            .read = read_loop,
            .expected = ct__synthetic_expected,
            .rate = ct__synthetic_rate,
            .interrupt = ct__synthetic_interrupt,
            .close = ct__synthetic_close,
        },
};
