// SPDX-License-Identifier: Apache-2.0
// A video under construction. The parts of a stream follow each other on one time line that only
// grows, whatever the times of its inputs do; it may be cut into files at even distances.
#include "sinks/clip.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "media/sound.h"
#include "media/writer.h"
#include "sinks/names.h"
#include "sinks/pixels.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { PICTURE_RATE = 25 };               // of a video made of pictures
static const int64_t longest = 1LL << 60; // 36 years; what is longer is no time
static const int64_t live_segment_ns = 300000000000;

struct ct__clip {
    char *path; // as it was given, which may be a link
    struct ct__sink_params params;
    ct_frame *store;
    struct ct__pixels_form form;
    bool broken; // a write failed: the file at hand is lost
    // The file at hand.
    struct ct__out out;
    struct ct__writer *writer;
    unsigned segment;   // its number
    int64_t file_ns;    // where it begins on the time line
    int64_t segment_ns; // where the next one does, at the earliest
    int width, height;  // of all pictures
    // The part at hand.
    uint64_t part;
    bool begun, entered; // there is one; its first picture has come
    bool refused;        // a picture of it had another size
    struct ct__sound *sound;
    int64_t part_ns;         // its beginning on the time line
    int64_t next_ns, end_ns; // where the next picture is due, where the last one ends
    int64_t step_ns;         // of the first part's pictures
};

bool ct__clip_fits(const char *name)
{
    static const char *const endings[] = {".mp4", ".mkv", ".mov", ".webm", NULL};
    const char *const *ending = endings;
    while (*ending && !ct__ends_with(name, *ending))
        ending++;
    return *ending != NULL;
}

static const char *ending_of(const struct ct__clip *clip)
{
    const char *ending = strrchr(clip->path, '.');
    return ending ? ending : "";
}

// Appends what tells the file at hand from the others: its number, or for a live stream, whose
// files must outlive the next start, the time when it begins.
static void put_segment(const struct ct__clip *clip, struct ct__text *name)
{
    int64_t now_ns = ct__wall_ns();
    time_t seconds = (time_t)(now_ns / 1000000000);
    struct tm tm;
    char text[32] = "";
    if (clip->params.live && gmtime_r(&seconds, &tm)) {
        strftime(text, sizeof text, "_%Y%m%dT%H%M%S", &tm);
        ct__text_printf(name, "%s.%03dZ", text, (int)(now_ns / 1000000 % 1000));
    } else {
        ct__text_printf(name, "_%03u", clip->segment);
    }
}

// Reserves the file at hand: the one that was asked for, or "name_000.mp4" and so on.
static int reserve(struct ct__clip *clip)
{
    if (!clip->params.segment_ns)
        return ct__out_reserve(&clip->out, clip->path);
    struct ct__text name = {0};
    const char *ending = ending_of(clip);
    ct__text_append(&name, clip->path, strlen(clip->path) - strlen(ending));
    put_segment(clip, &name);
    ct__text_puts(&name, ending);
    int error = name.failed ? ct__fail_memory(clip->path) : ct__out_reserve(&clip->out, name.data);
    ct__text_finish(&name);
    return error;
}

int ct__clip_open(struct ct__clip **out, const char *path, const struct ct__sink_params *params)
{
    struct ct__clip *clip = ct__calloc(1, sizeof *clip);
    if (!clip)
        return ct__fail_memory(path);
    clip->params = *params;
    if (params->live && !params->segment_ns)
        clip->params.segment_ns = live_segment_ns; // what never ends would never have its name
    clip->path = ct__strdup(path);
    int error = clip->path ? reserve(clip) : ct__fail_memory(path);
    if (error)
        ct__clip_close(&clip, false);
    else
        *out = clip;
    return error;
}

static bool is_timed(const struct ct__sink_item *item)
{
    return item->rate_num > 0 && item->rate_den > 0;
}

// Limited range whatever the input has: players are not to be trusted with full range.
static int open_writer(struct ct__clip *clip, const struct ct__sink_item *item)
{
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    struct ct__writer_params params = {
        .width = picture->width,
        .height = picture->height,
        .rate_num = is_timed(item) ? item->rate_num : PICTURE_RATE,
        .rate_den = is_timed(item) ? item->rate_den : 1,
        .matrix = ct__picture_matrix(picture),
        .range = CT_RANGE_LIMITED,
        .alpha = clip->params.alpha,
        .threads = clip->params.encoder_threads,
        .container = ending_of(clip),
        .sound = clip->sound,
        .scope = clip->out.path,
    };
    int error = ct__names_guard(clip->out.path, item);
    if (!error)
        error = ct__writer_open(
            &clip->writer, clip->out.temporary ? clip->out.temporary : clip->out.path, &params);
    if (error)
        return error;
    clip->form = (struct ct__pixels_form){clip->params.alpha ? CT_FORMAT_RGBA : CT_FORMAT_I420,
                                          params.matrix, params.range, clip->params.draw};
    clip->width = params.width;
    clip->height = params.height;
    return CT_OK;
}

// Goes on with the sound of the part at hand, if there is any.
static void attach_sound(struct ct__clip *clip)
{
    if (!ct__writer_sound(clip->writer, clip->sound, clip->part_ns - clip->file_ns))
        ct__sound_close(&clip->sound);
}

// Starts a file with an item that is at this time of the time line. The first one keeps the time
// that its clip has before its first picture. That of a live stream is called by the time when its
// first picture comes, which may be long after it was reserved.
static int start(struct ct__clip *clip, const struct ct__sink_item *item, int64_t time_ns)
{
    if (clip->params.live)
        ct__out_discard(&clip->out);
    int error = clip->out.path ? CT_OK : reserve(clip);
    if (!error)
        error = open_writer(clip, item);
    if (error)
        return error;
    int64_t distance = clip->params.segment_ns;
    clip->file_ns = clip->segment ? time_ns : 0;
    clip->segment_ns = distance ? (time_ns / distance + 1) * distance : INT64_MAX;
    attach_sound(clip);
    return CT_OK;
}

// The time of an item on the time line: a new part begins where the last one ended, and a time that
// does not grow is replaced by the next.
static int64_t place(struct ct__clip *clip, int64_t pts_ns)
{
    int64_t time = clip->next_ns, last = clip->next_ns - clip->step_ns;
    if (pts_ns >= 0 && pts_ns < longest && clip->part_ns + pts_ns > last)
        time = clip->part_ns + pts_ns;
    clip->next_ns = time + clip->step_ns;
    // The last picture is seen as long as the one before it.
    clip->end_ns = last >= clip->part_ns ? 2 * time - last : clip->next_ns;
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

static void note_part(struct ct__clip *clip, const struct ct__sink_item *item)
{
    if (clip->begun && item->part == clip->part)
        return;
    if (!clip->begun)
        clip->step_ns = is_timed(item) ? 1000000000LL * item->rate_den / item->rate_num
                                       : 1000000000LL / PICTURE_RATE;
    clip->part = item->part;
    clip->part_ns = clip->next_ns = clip->end_ns;
    clip->begun = true;
    clip->entered = clip->refused = false;
}

// Changes from the sound of the last part, which ends here, to that of this one.
static int enter_part(struct ct__clip *clip, const struct ct__sink_item *item)
{
    if (clip->entered)
        return CT_OK;
    if (clip->writer)
        ct__writer_sound(clip->writer, NULL, clip->part_ns - clip->file_ns);
    ct__sound_close(&clip->sound);
    int error = CT_OK;
    bool sounds = is_timed(item) && !clip->params.live;
    if (sounds && item->frame->company)
        error = ct__sound_follow(&clip->sound, item->frame, clip->path);
    else if (sounds)
        error = ct__sound_open(&clip->sound, ct__names_path(item), clip->params.video_stream);
    clip->entered = !error;
    if (!error && clip->writer)
        attach_sound(clip);
    return error;
}

// Finishes the file at hand, whose last picture and sound end at this time.
static int finish(struct ct__clip *clip, int64_t end_ns)
{
    ct__writer_sound(clip->writer, NULL, end_ns - clip->file_ns);
    int error = ct__writer_close(&clip->writer);
    if (!clip->broken && !error)
        error = ct__out_commit(&clip->out);
    ct__out_discard(&clip->out);
    return error;
}

// Has a file open for an item that is at this time of the time line: the one at hand, or the next.
// A camera whose size changes gets the next.
static int prepare(struct ct__clip *clip, const struct ct__sink_item *item, int64_t time_ns)
{
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    bool other = picture->width != clip->width || picture->height != clip->height;
    if (clip->writer && (time_ns >= clip->segment_ns || other)) {
        int error = finish(clip, time_ns);
        if (error)
            return error;
        clip->segment++;
    }
    return clip->writer ? CT_OK : start(clip, item, time_ns);
}

static int encode(struct ct__clip *clip, const struct ct__sink_item *item, int64_t time_ns)
{
    const struct ct_picture *picture = NULL;
    int error = ct__pixels_take(&clip->store, item, &clip->form, &picture);
    if (error)
        return error;
    error = ct__writer_write(clip->writer, picture, time_ns - clip->file_ns);
    clip->broken = error < 0;
    return error ? CT_ERROR_IO : CT_OK;
}

int ct__clip_write(struct ct__clip *clip, const struct ct__sink_item *item)
{
    if (clip->broken)
        return CT_ERROR_IO;
    if (!item->frame)
        return CT_OK;
    note_part(clip, item);
    const struct ct_picture *picture = ct_frame_picture(item->frame);
    bool first = clip->width == 0;
    if (!first && !clip->params.live &&
        (picture->width != clip->width || picture->height != clip->height))
        return refuse(clip, item);
    int error = enter_part(clip, item);
    int64_t time_ns = error ? 0 : place(clip, item->result->pts_ns);
    if (!error)
        error = prepare(clip, item, time_ns);
    if (error) {
        // What was refused for its content will be refused again; memory may come back.
        clip->broken = error != CT_ERROR_MEMORY;
        return clip->broken ? CT_ERROR_IO : error;
    }
    return encode(clip, item, time_ns);
}

int ct__clip_close(struct ct__clip **clip, bool complete)
{
    struct ct__clip *closing = *clip;
    *clip = NULL;
    if (!closing)
        return CT_OK;
    int error = CT_OK;
    if (closing->writer)
        error = finish(closing, closing->end_ns);
    else if (!closing->broken && complete)
        ct__log(CT_LOG_WARN, closing->path, "no picture came: the file is not written");
    ct__out_discard(&closing->out);
    ct__sound_close(&closing->sound);
    ct_frame_unref(&closing->store);
    error = closing->broken ? CT_OK : error; // a write that failed has been told
    ct__free(closing->path);
    ct__free(closing);
    return error;
}
