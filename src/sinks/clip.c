// SPDX-License-Identifier: Apache-2.0
// One video file under construction. The parts of a stream follow each other on one time line that
// only grows, whatever the times of its inputs do.
#include "sinks/clip.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "media/writer.h"
#include "sinks/names.h"
#include "sinks/pixels.h"

#include <inttypes.h>
#include <string.h>

enum { PICTURE_RATE = 25 };               // of a video made of pictures
static const int64_t longest = 1LL << 60; // 36 years; what is longer is no time

struct ct__clip {
    struct ct__out out;
    char ending[8]; // of the name as it was given, which may be a link
    struct ct__sink_params params;
    struct ct__writer *writer;
    ct_frame *store;
    struct ct__pixels_form form;
    int width, height;
    uint64_t part;
    bool refused; // a picture of this part had another size
    bool broken;  // a write failed: the file is lost
    int64_t part_ns, next_ns, step_ns;
};

int ct__clip_open(struct ct__clip **out, const char *path, const struct ct__sink_params *params)
{
    struct ct__clip *clip = ct__calloc(1, sizeof *clip);
    if (!clip)
        return ct__fail_memory(path);
    int error = ct__out_reserve(&clip->out, path);
    if (error) {
        ct__free(clip);
        return error;
    }
    const char *ending = strrchr(path, '.');
    ct__copy_text(clip->ending, sizeof clip->ending, ending ? ending : "");
    clip->params = *params;
    *out = clip;
    return CT_OK;
}

// Limited range whatever the input has: players are not to be trusted with full range.
static int start(struct ct__clip *clip, const struct ct__sink_item *item)
{
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    const char *path = clip->out.path;
    bool timed = item->rate_num > 0 && item->rate_den > 0;
    struct ct__writer_params params = {
        .width = picture->width,
        .height = picture->height,
        .rate_num = timed ? item->rate_num : PICTURE_RATE,
        .rate_den = timed ? item->rate_den : 1,
        .matrix = ct__picture_matrix(picture),
        .range = CT_RANGE_LIMITED,
        .threads = clip->params.encoder_threads,
        .container = clip->ending,
        .scope = path,
    };
    int error = ct__names_guard(path, item);
    if (!error)
        error = ct__writer_open(&clip->writer, clip->out.temporary ? clip->out.temporary : path,
                                &params);
    if (error)
        return error;
    clip->form =
        (struct ct__pixels_form){CT_FORMAT_I420, params.matrix, params.range, clip->params.draw};
    clip->width = params.width;
    clip->height = params.height;
    clip->part = item->part;
    clip->step_ns = 1000000000LL * params.rate_den / params.rate_num;
    return CT_OK;
}

// The time of an item in the file: a new part begins where the last one ended, and a time that does
// not grow is replaced by the next.
static int64_t place(struct ct__clip *clip, int64_t pts_ns)
{
    int64_t time = clip->next_ns;
    if (pts_ns >= 0 && pts_ns < longest && clip->part_ns + pts_ns > time - clip->step_ns)
        time = clip->part_ns + pts_ns;
    clip->next_ns = time + clip->step_ns;
    return time;
}

static int refuse(struct ct__clip *clip, const struct ct__sink_item *item)
{
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    if (clip->refused)
        return CT_ERROR_INVALID;
    clip->refused = true;
    return ct__fail(CT_ERROR_INVALID, clip->out.path,
                    "frame %" PRIu64 " of %s is %dx%d, but the file began with %dx%d and holds one "
                    "size: give a folder (DIR/), which takes a file for each input",
                    item->result->frame, ct__names_source(item), picture->width, picture->height,
                    clip->width, clip->height);
}

static void enter_part(struct ct__clip *clip, uint64_t part)
{
    if (part == clip->part)
        return;
    clip->part = part;
    clip->part_ns = clip->next_ns;
    clip->refused = false;
}

static int encode(struct ct__clip *clip, const struct ct__sink_item *item)
{
    const struct ct_picture *picture = NULL;
    int error = ct__pixels_take(&clip->store, item, &clip->form, &picture);
    if (error)
        return error;
    error = ct__writer_write(clip->writer, picture, place(clip, item->result->pts_ns));
    clip->broken = error < 0;
    return error ? CT_ERROR_IO : CT_OK;
}

int ct__clip_write(struct ct__clip *clip, const struct ct__sink_item *item)
{
    if (clip->broken)
        return CT_ERROR_IO;
    if (!item->frame)
        return CT_OK;
    int error = clip->writer ? CT_OK : start(clip, item);
    if (error) {
        // What was refused for its content will be refused again; memory may come back.
        clip->broken = error != CT_ERROR_MEMORY;
        return clip->broken ? CT_ERROR_IO : error;
    }
    enter_part(clip, item->part);
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    if (picture->width != clip->width || picture->height != clip->height)
        return refuse(clip, item);
    return encode(clip, item);
}

int ct__clip_close(struct ct__clip **clip, bool complete)
{
    struct ct__clip *closing = *clip;
    *clip = NULL;
    if (!closing)
        return CT_OK;
    int error = CT_OK;
    bool started = closing->writer != NULL;
    if (!started && !closing->broken && complete)
        ct__log(CT_LOG_WARN, closing->out.path, "no picture came: the file is not written");
    if (started)
        error = ct__writer_close(&closing->writer);
    if (started && !closing->broken && !error)
        error = ct__out_commit(&closing->out);
    ct__out_discard(&closing->out);
    ct_frame_unref(&closing->store);
    error = closing->broken ? CT_OK : error; // a write that failed has been told
    ct__free(closing);
    return error;
}
