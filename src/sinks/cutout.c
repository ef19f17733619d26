// SPDX-License-Identifier: Apache-2.0
// Cut-outs: pictures without their background. A lane cuts out and encodes what it has looked at;
// what is left to do in order is to store bytes.
#include "filters/cutout.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "image/convert.h"
#include "media/picture.h"
#include "sinks/clip.h"
#include "sinks/cutting.h"
#include "sinks/names.h"
#include "sinks/targets.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char prefix[] = "cutout:";

enum {
    KEPT_BYTES = 4 << 20, // of a buffer's memory between two pictures
    MOST_BACKDROP = 1 << 30,
};

// What the output is.
enum form {
    FORM_PICTURE,  // one file
    FORM_FOLDER,   // a file for each input
    FORM_SEQUENCE, // a picture for each frame, "out/%04d.png"
    FORM_CLIP,     // one file
    FORM_STREAM,   // standard output: one encoded picture, or pixels of all
};

// A thread's memory while it is not at work.
struct bench {
    struct bench *next;
    struct ct__cutout *cutout;
};

struct cutout {
    struct ct__sink base;
    struct ct__sink_params params;
    struct ct_cutout_params cut; // its strings are the copies below
    char *output, *format, *clip_format;
    enum form form;
    const struct ct__encoder *encoder; // of pictures; NULL where there are none
    ct_frame *backdrop;                // or NULL
    pthread_mutex_t lock;
    struct bench *idle; // guarded by it
    struct ct__targets *targets;
    char inner[PATH_MAX]; // the folder, if it is within an input, else ""
    struct ct__text path;
    struct ct__out out;    // of one file or the stream, until it is done
    struct ct__pool *pool; // of frames around the pixels that a clip gets
    struct ct__clip *clip; // the one being written, of `part`
    uint64_t part;
    struct ct__sink_count count; // of a sequence
    uint64_t done_before;
    bool refused; // a second picture was, once, with a message
};

static int match(const char *output)
{
    return strncmp(output, prefix, sizeof prefix - 1) == 0 ? 100 : 0;
}

// ---- opening

// Where the number of a sequence stands: "%d" or "%04d". Returns its length, 0 if there is none.
static size_t find_number(const char *output, const char **at, int *digits)
{
    for (const char *c = output; (c = strchr(c, '%')); c++) {
        size_t length = c[1] == 'd'                                                ? 2
                        : c[1] == '0' && c[2] >= '1' && c[2] <= '9' && c[3] == 'd' ? 4
                                                                                   : 0;
        *at = c;
        *digits = length == 4 ? c[2] - '0' : 1;
        if (length)
            return length;
    }
    return 0;
}

static enum form form_of(const char *output)
{
    const char *at;
    int digits;
    if (strcmp(output, "-") == 0)
        return FORM_STREAM;
    if (ct__names_is_folder(output))
        return FORM_FOLDER;
    if (ct__clip_fits(output))
        return FORM_CLIP;
    return find_number(output, &at, &digits) ? FORM_SEQUENCE : FORM_PICTURE;
}

static bool sounds(const char *output)
{
    enum form form = form_of(output + sizeof prefix - 1);
    return form == FORM_CLIP || form == FORM_FOLDER;
}

static int choose_encoder(struct cutout *self)
{
    bool named = self->form == FORM_PICTURE || self->form == FORM_SEQUENCE;
    const char *name = named ? self->output : self->format;
    self->encoder = self->form == FORM_CLIP ? NULL : ct__encoder_find(name);
    if (self->encoder || self->form == FORM_CLIP)
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, self->output,
                    "%s: a cut-out is written as %s, a clip as .mov or .webm, or into a folder "
                    "(DIR/)",
                    named ? "no such ending" : name, ct__encoder_endings());
}

// Whether something of the background may shine through what is written.
static bool has_alpha(const struct ct_cutout_params *cut)
{
    return !cut->only_mask && !cut->background && !(cut->has_colour && cut->colour[3] == 255);
}

static int check_clip(const struct cutout *self, const char *name)
{
    if (!ct__clip_fits(name))
        return ct__fail(CT_ERROR_INVALID, self->output, "clip format %s: expected .mov or .webm",
                        name);
    if (!self->params.alpha || ct__ends_with(name, ".mov") || ct__ends_with(name, ".webm"))
        return CT_OK;
    return ct__fail(CT_ERROR_INVALID, self->output,
                    "%s cannot hold what is transparent: give .mov or .webm, or a background",
                    strrchr(name, '.'));
}

static int read_backdrop(struct cutout *self)
{
    const char *path = self->cut.background;
    uint8_t *data = NULL;
    size_t size = 0;
    ct_frame *picture = NULL, *rgb = NULL;
    int error = ct__file_read(path, MOST_BACKDROP, &data, &size);
    if (!error)
        error = ct__picture_decode_whole(data, size, path, INT64_C(1) << 28, NULL, &picture);
    ct__free(data);
    if (error)
        return error;
    const struct ct_picture *pixels = ct_frame_picture(picture);
    error = ct_frame_create(&rgb, CT_FORMAT_RGB, pixels->width, pixels->height);
    error = error ? error : ct__convert(rgb, pixels);
    ct_frame_unref(&picture);
    self->backdrop = rgb;
    return error;
}

// Notes where the folder is, if inputs are found on a way that leads past it.
static void find_inner(struct cutout *self)
{
    char root[PATH_MAX], folder[PATH_MAX];
    const char *const *input = self->params.inputs;
    if (!realpath(self->output, folder))
        return;
    for (; input && *input; input++) {
        size_t length = realpath(*input, root) ? strlen(root) : 0;
        if (length && strncmp(folder, root, length) == 0 && folder[length] == '/')
            ct__copy_text(self->inner, sizeof self->inner, folder);
    }
}

static int open_target(struct cutout *self)
{
    int inputs = self->params.input_count;
    switch (self->form) {
    case FORM_FOLDER: {
        int error = ct__names_folder(self->output);
        find_inner(self);
        return error ? error
                     : ct__targets_create(&self->targets, self->output, self->params.inputs);
    }
    case FORM_CLIP:
        return ct__clip_open(&self->clip, self->output, &self->params);
    case FORM_PICTURE:
        if (inputs > 1)
            return ct__fail(CT_ERROR_INVALID, self->output,
                            "one picture cannot hold %d inputs: give a folder (DIR/)", inputs);
        return ct__out_open(&self->out, self->output);
    case FORM_STREAM:
        return ct__out_open(&self->out, self->output);
    default:
        return CT_OK;
    }
}

static char *copy_or(const char *text, const char *otherwise)
{
    return ct__strdup(text && text[0] ? text : otherwise);
}

static int prepare(struct cutout *self)
{
    if (!self->output || !self->format || !self->clip_format)
        return ct__fail_memory("cutout");
    self->form = form_of(self->output);
    self->params.alpha = has_alpha(&self->cut);
    int error = choose_encoder(self);
    if (!error && self->form == FORM_CLIP)
        error = check_clip(self, self->output);
    if (!error && self->form == FORM_FOLDER)
        error = check_clip(self, self->clip_format);
    if (!error && self->cut.background)
        error = read_backdrop(self);
    if (!error)
        error = ct__pool_create(&self->pool);
    return error ? error : open_target(self);
}

static int close_cutout(struct ct__sink *sink, bool complete)
{
    struct cutout *self = (struct cutout *)sink;
    int error = ct__clip_close(&self->clip, complete);
    if (self->form == FORM_STREAM && self->out.file && !error)
        error = ct__out_commit(&self->out);
    ct__out_discard(&self->out);
    if (self->done_before)
        ct__log(CT_LOG_INFO, self->output, "%llu of the inputs were done before",
                (unsigned long long)self->done_before);
    while (self->idle) {
        struct bench *bench = self->idle;
        self->idle = bench->next;
        ct__cutout_destroy(&bench->cutout);
        ct__free(bench);
    }
    ct__targets_destroy(&self->targets);
    ct__text_finish(&self->path);
    ct_frame_unref(&self->backdrop);
    ct__pool_unref(&self->pool);
    pthread_mutex_destroy(&self->lock);
    ct__free(self->format);
    ct__free(self->clip_format);
    ct__free(self->output);
    ct__free(self);
    return error;
}

static int open_cutout(struct ct__sink **out, const char *output,
                       const struct ct__sink_params *params)
{
    struct cutout *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    pthread_mutex_init(&self->lock, NULL);
    self->params = *params;
    if (params->cutout)
        self->cut = *params->cutout;
    self->output = ct__strdup(output + sizeof prefix - 1);
    self->format = copy_or(self->cut.format, ".png");
    self->clip_format = copy_or(self->cut.clip_format, ".mov");
    int error = prepare(self);
    self->params.inputs = NULL; // borrowed until here, as all strings are
    self->params.cutout = NULL;
    if (error) {
        close_cutout(&self->base, false);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

// ---- on the lanes

static struct bench *take_bench(struct cutout *self)
{
    pthread_mutex_lock(&self->lock);
    struct bench *bench = self->idle;
    if (bench)
        self->idle = bench->next;
    pthread_mutex_unlock(&self->lock);
    if (bench)
        return bench;
    bench = ct__calloc(1, sizeof *bench);
    if (bench && ct__cutout_create(&bench->cutout, &self->cut, self->backdrop))
        ct__free(bench);
    else if (bench)
        return bench;
    ct__fail_memory(self->output);
    return NULL;
}

static void give_bench(struct cutout *self, struct bench *bench)
{
    pthread_mutex_lock(&self->lock);
    bench->next = self->idle;
    self->idle = bench;
    pthread_mutex_unlock(&self->lock);
}

static bool moves(const struct ct__sink_item *item)
{
    return item->rate_num > 0;
}

// Whether an item is to be pixels for an encoder of clips, or for whoever reads standard output.
static bool is_pixels(const struct cutout *self, const struct ct__sink_item *item)
{
    if (self->form == FORM_FOLDER)
        return moves(item);
    return self->form == FORM_CLIP || (self->form == FORM_STREAM && self->cut.raw);
}

// Colours stay straight: the encoder of a clip multiplies alpha in.
static struct ct__cutout_form form_of_pixels(const struct cutout *self)
{
    bool clip = self->form != FORM_STREAM;
    return (struct ct__cutout_form){.channels = 4, .bits = 8, .straight = clip, .spread = clip};
}

static int make_pixels(struct cutout *self, struct ct__cutout *cutout,
                       const struct ct__sink_item *item, struct ct__text *bytes)
{
    const char *scope = ct__names_path(item);
    const struct ct__cutout_form form = form_of_pixels(self);
    struct ct__raster raster;
    int error =
        ct__cutout_run(cutout, item->frame, item->result, &form, item->parallel, scope, &raster);
    if (!error)
        ct__text_append(bytes, (const char *)raster.data,
                        (size_t)raster.stride * (size_t)raster.height);
    return !error && bytes->failed ? ct__fail_memory(scope) : error;
}

static int encode(struct ct__sink *sink, const struct ct__sink_item *item, struct ct__text *bytes)
{
    struct cutout *self = (struct cutout *)sink;
    struct bench *bench = take_bench(self);
    if (!bench)
        return CT_ERROR_MEMORY;
    int error = is_pixels(self, item) ? make_pixels(self, bench->cutout, item, bytes)
                                      : ct__cutting_encode(bytes, bench->cutout, &self->cut,
                                                           self->encoder, item->frame, item->result,
                                                           item->parallel, ct__names_path(item));
    give_bench(self, bench);
    return error;
}

// ---- in order

// An input is done if its output is there and is not older.
static bool is_done(const char *target, const struct stat *source)
{
    struct stat status;
    if (stat(target, &status))
        return false;
    if (status.st_dev == source->st_dev && status.st_ino == source->st_ino)
        return false; // the input itself: told when it would be written
    if (status.st_mtim.tv_sec != source->st_mtim.tv_sec)
        return status.st_mtim.tv_sec > source->st_mtim.tv_sec;
    return status.st_mtim.tv_nsec >= source->st_mtim.tv_nsec;
}

// Whether a file is one of ours: the output may be a folder within the input.
static bool is_ours(const struct cutout *self, const char *path)
{
    char real[PATH_MAX];
    if (!self->inner[0] || !realpath(path, real))
        return false;
    size_t length = strlen(self->inner);
    return strncmp(real, self->inner, length) == 0 && real[length] == '/';
}

static bool wants(struct ct__sink *sink, const char *path)
{
    struct cutout *self = (struct cutout *)sink;
    if (is_ours(self, path))
        return false;
    struct ct__text name = {0};
    struct stat source;
    bool done = false;
    if (self->form != FORM_FOLDER)
        return true;
    const char *const endings[] = {self->format, self->clip_format};
    bool looks = !ct__targets_give(self->targets, path, &name) && !self->cut.overwrite &&
                 stat(path, &source) == 0;
    size_t length = name.length;
    for (int i = 0; i < 2 && looks && !done; i++) {
        name.length = length;
        ct__text_puts(&name, endings[i]);
        done = !name.failed && is_done(name.data, &source);
    }
    ct__text_finish(&name);
    self->done_before += done;
    return !done;
}

static int store(struct ct__out *out, const struct ct__text *bytes)
{
    if (fwrite(bytes->data, 1, bytes->length, out->file) == bytes->length && !fflush(out->file))
        return CT_OK;
    return ct__fail(CT_ERROR_IO, out->path, "cannot be written: %s", strerror(errno));
}

// Stores a whole file under self->path.
static int store_file(struct cutout *self, const struct ct__sink_item *item)
{
    struct ct__out out = {0};
    int error = ct__names_guard(self->path.data, item);
    error = error ? error : ct__out_open(&out, self->path.data);
    error = error ? error : store(&out, item->bytes);
    error = error ? error : ct__out_commit(&out);
    ct__out_discard(&out);
    return error;
}

static int write_single(struct cutout *self, const struct ct__sink_item *item)
{
    if (self->refused)
        return CT_ERROR_INVALID;
    if (self->out.path && !moves(item)) {
        int error = ct__names_guard(self->out.path, item);
        error = error ? error : store(&self->out, item->bytes);
        error = error ? error : ct__out_commit(&self->out);
        ct__out_discard(&self->out);
        return error;
    }
    self->refused = true;
    return ct__fail(
        CT_ERROR_INVALID, self->output, "%s is %s: give a folder (DIR/)%s", ct__names_path(item),
        moves(item) ? "no picture but a clip" : "a second picture, and the file holds one",
        moves(item) ? ", a clip (.mov, .webm) or pictures (DIR/%04d.png)" : "");
}

static int write_sequence(struct cutout *self, const struct ct__sink_item *item)
{
    const char *at = self->output;
    int digits = 1;
    size_t length = find_number(self->output, &at, &digits);
    ct__text_clear(&self->path);
    ct__text_append(&self->path, self->output, (size_t)(at - self->output));
    ct__text_printf(&self->path, "%0*llu%s", digits,
                    (unsigned long long)ct__sink_number(&self->count, item), at + length);
    return self->path.failed ? ct__fail_memory(self->output) : store_file(self, item);
}

static void release(void *opaque)
{
    (void)opaque; // the bytes are the item's
}

// Hands the pixels that a lane made to the clip.
static int feed_clip(struct cutout *self, const struct ct__sink_item *item)
{
    int count = item->result->matte_count > 1 ? item->result->matte_count : 1;
    const struct ct_picture picture = {.format = CT_FORMAT_RGBA,
                                       .width = item->result->width,
                                       .height = item->result->height * count,
                                       .data = {(const uint8_t *)item->bytes->data},
                                       .stride = {(ptrdiff_t)item->result->width * 4}};
    struct ct__sink_item made = *item;
    made.frame = NULL;
    int error = ct__pool_wrap(self->pool, &made.frame, &picture, release, NULL);
    if (!error) {
        made.frame->company = ct__company_ref(item->company);
        error = ct__clip_write(self->clip, &made);
    }
    ct_frame_unref(&made.frame);
    return error;
}

static int write_to_folder(struct cutout *self, const struct ct__sink_item *item)
{
    bool clip = moves(item);
    int error = ct__targets_find(self->targets, ct__names_path(item), &self->path);
    if (error)
        return error;
    ct__text_puts(&self->path, clip ? self->clip_format : self->format);
    if (self->path.failed)
        return ct__fail_memory(self->output);
    if (!clip)
        return store_file(self, item);
    if (!self->clip) {
        error = ct__clip_open(&self->clip, self->path.data, &self->params);
        self->part = item->part;
    }
    return error ? error : feed_clip(self, item);
}

static int write_form(struct cutout *self, const struct ct__sink_item *item)
{
    switch (self->form) {
    case FORM_FOLDER:
        return write_to_folder(self, item);
    case FORM_SEQUENCE:
        return write_sequence(self, item);
    case FORM_CLIP:
        return feed_clip(self, item);
    case FORM_STREAM:
        if (self->cut.raw)
            return store(&self->out, item->bytes);
        return write_single(self, item);
    default:
        return write_single(self, item);
    }
}

static int write_cutout(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct cutout *self = (struct cutout *)sink;
    bool next = self->form == FORM_FOLDER && self->clip && item->part != self->part;
    int closed = next ? ct__clip_close(&self->clip, true) : CT_OK;
    int error = write_form(self, item);
    if (item->bytes->capacity > KEPT_BYTES)
        ct__text_finish(item->bytes);
    error = error ? error : closed;
    // One file of many that cannot be written is no reason to give up the others.
    return error == CT_ERROR_IO && self->form == FORM_FOLDER ? CT_ERROR_INVALID : error;
}

const struct ct__sink_class ct__sink_cutout = {
    .name = "cutout",
    .help = "pictures and clips cut out of their background",
    .forms = "cutout:OUT",
    .wants_pixels = true,
    .wants_mattes = true,
    .sounds = sounds,
    .match = match,
    .open = open_cutout,
    .encode = encode,
    .wants = wants,
    .write = write_cutout,
    .close = close_cutout,
};
