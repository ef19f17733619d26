// SPDX-License-Identifier: Apache-2.0
// Pictures as files: a folder with one file for each input, a picture for a picture and a clip for
// a clip, or one picture under a name of its own. Each file is whole or absent, and none replaces
// the input it was made from.
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "sinks/clip.h"
#include "sinks/names.h"
#include "sinks/pixels.h"

#include <string.h>

struct pictures {
    struct ct__sink base;
    struct ct__sink_params params;
    char *output;    // the folder, or the one file
    ct_frame *store; // pixels on their way to an encoder
    // Of a folder.
    struct ct__names names;
    struct ct__text path;
    struct ct__clip *clip; // the one being written, of `part`
    uint64_t part;
    // Of one file.
    bool single;
    struct ct__out out; // reserved until its picture comes
    bool refused;       // a second picture was, once, with a message
};

static int match(const char *output)
{
    return ct__names_is_folder(output) ? 90 : ct__pixels_ending(output) ? 80 : 0;
}

static int open_single(struct pictures *self, const char *output)
{
    if (self->params.input_count > 1)
        return ct__fail(CT_ERROR_INVALID, output,
                        "one picture cannot hold %d inputs: give a folder (DIR/)",
                        self->params.input_count);
    return ct__out_reserve(&self->out, output);
}

static int close_pictures(struct ct__sink *sink, bool complete)
{
    struct pictures *self = (struct pictures *)sink;
    // Each picture is whole already, and a clip is closed as it is.
    int error = ct__clip_close(&self->clip, complete);
    ct__out_discard(&self->out);
    ct__names_finish(&self->names);
    ct__text_finish(&self->path);
    ct_frame_unref(&self->store);
    ct__free(self->output);
    ct__free(self);
    return error;
}

static int open_pictures(struct ct__sink **out, const char *output,
                         const struct ct__sink_params *params)
{
    struct pictures *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    self->params = *params;
    self->single = !ct__names_is_folder(output);
    self->output = ct__strdup(output);
    int error = CT_OK;
    if (!self->output)
        error = ct__fail_memory(output);
    else
        error = self->single ? open_single(self, output) : ct__names_folder(self->output);
    if (error) {
        close_pictures(&self->base, false);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

// Encodes into a reserved file. JPEG has its own colours: BT.601 in full range.
static int encode(struct pictures *self, struct ct__out *out, const char *ending,
                  const struct ct__sink_item *item)
{
    bool png = ct__ends_with(ending, ".png");
    struct ct__pixels_form form = {
        .format = png ? CT_FORMAT_RGB : CT_FORMAT_I420,
        .matrix = CT_MATRIX_BT601,
        .range = CT_RANGE_FULL,
        .draw = self->params.draw,
    };
    const struct ct_picture *picture = NULL;
    int error = ct__names_guard(out->path, item);
    if (!error)
        error = ct__pixels_take(&self->store, item, &form, &picture);
    if (!error)
        error = ct__pixels_save(out, ending, picture);
    ct__out_discard(out);
    return error;
}

static int write_single(struct pictures *self, const struct ct__sink_item *item)
{
    if (self->refused)
        return CT_ERROR_INVALID;
    if (self->out.path && item->rate_num == 0)
        return encode(self, &self->out, self->output, item);
    self->refused = true;
    if (item->rate_num > 0)
        return ct__fail(CT_ERROR_INVALID, self->output,
                        "%s is no picture but a clip: give a folder (DIR/) or a video file",
                        ct__names_source(item));
    return ct__fail(CT_ERROR_INVALID, self->output,
                    "%s is a second picture, and the file holds one: give a folder (DIR/)",
                    ct__names_source(item));
}

static int write_picture(struct pictures *self, const struct ct__sink_item *item)
{
    const char *source = ct__names_source(item), *ending = ct__pixels_ending(source);
    ending = ending ? ending : ".png";
    struct ct__out out = {0};
    int error = ct__names_take(&self->names, self->output, source, ending, &self->path);
    if (!error)
        error = ct__out_reserve(&out, self->path.data);
    return error ? error : encode(self, &out, ending, item);
}

static int write_clip(struct pictures *self, const struct ct__sink_item *item)
{
    if (!self->clip) {
        int error =
            ct__names_take(&self->names, self->output, ct__names_source(item), ".mp4", &self->path);
        if (!error)
            error = ct__clip_open(&self->clip, self->path.data, &self->params);
        if (error)
            return error;
        self->part = item->part;
    }
    return ct__clip_write(self->clip, item);
}

static int write_pictures(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct pictures *self = (struct pictures *)sink;
    if (!item->frame)
        return CT_OK;
    int closed = self->clip && item->part != self->part ? ct__clip_close(&self->clip, true) : CT_OK;
    int error = CT_OK;
    if (self->single)
        error = write_single(self, item);
    else
        error = item->rate_num > 0 ? write_clip(self, item) : write_picture(self, item);
    error = error ? error : closed;
    // One file of many that cannot be written is no reason to give up the others.
    return error == CT_ERROR_IO && !self->single ? CT_ERROR_INVALID : error;
}

const struct ct__sink_class ct__sink_pictures = {
    .name = "pictures",
    .help = "a picture or a clip for each input in a folder, or one picture",
    .forms = "DIR/ .jpg .jpeg .png",
    .wants_pixels = true,
    .slow = true,
    .sounds = ct__names_is_folder,
    .match = match,
    .open = open_pictures,
    .write = write_pictures,
    .close = close_pictures,
};
