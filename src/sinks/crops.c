// SPDX-License-Identifier: Apache-2.0
// A picture of each object, cut out along its box: to look at what a model found, or to train the
// next. JPEG, except for what comes from PNG.
#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "sinks/names.h"
#include "sinks/pixels.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LONGEST_LABEL = 40 };

static const char prefix[] = "crops:";

struct crops {
    struct ct__sink base;
    char *folder;
    ct_frame *store;
    struct ct__names names;
    struct ct__text stem, path; // of the input being read, of a crop
    uint64_t part;
};

static int match(const char *output)
{
    return strncmp(output, prefix, strlen(prefix)) == 0 ? 100 : 0;
}

static int close_crops(struct ct__sink *sink, bool complete)
{
    struct crops *self = (struct crops *)sink;
    (void)complete; // each picture is whole already
    ct__names_finish(&self->names);
    ct__text_finish(&self->stem);
    ct__text_finish(&self->path);
    ct_frame_unref(&self->store);
    ct__free(self->folder);
    ct__free(self);
    return CT_OK;
}

static int open_crops(struct ct__sink **out, const char *output,
                      const struct ct__sink_params *params)
{
    (void)params;
    const char *folder = output + strlen(prefix);
    if (!*folder)
        return ct__fail(CT_ERROR_INVALID, output, "names no folder: crops:DIR");
    struct crops *self = ct__calloc(1, sizeof *self);
    if (!self)
        return ct__fail_memory(output);
    self->folder = ct__strdup(folder);
    int error = self->folder ? ct__names_folder(self->folder) : ct__fail_memory(output);
    if (error) {
        close_crops(&self->base, false);
        return error;
    }
    *out = &self->base;
    return CT_OK;
}

// The start of the names of an input's crops, which no other input has.
static int take_stem(struct crops *self, const struct ct__sink_item *item)
{
    if (self->stem.length && self->part == item->part)
        return CT_OK;
    ct__text_clear(&self->stem);
    self->part = item->part;
    return ct__names_take(&self->names, self->folder, ct__names_source(item), "", &self->stem);
}

// "folder/clip_000012_03_person.jpg": frame and place within it sort as they are; letters that a
// file's name should not have are replaced.
static int name_crop(struct crops *self, const struct ct__sink_item *item, int index,
                     const char *ending)
{
    const char *label = item->result->objects[index].label;
    char plain[LONGEST_LABEL + 1];
    ct__copy_text(plain, sizeof plain, label ? label : "");
    for (char *at = plain; *at; at++)
        if ((unsigned char)*at <= ' ' || strchr("/\\:*?\"<>|\177", *at))
            *at = '-';
    ct__text_clear(&self->path);
    ct__text_append(&self->path, self->stem.data, self->stem.length);
    ct__text_printf(&self->path, "_%06" PRIu64 "_%02d%s%s%s", item->result->frame, index,
                    *plain ? "_" : "", plain, ending);
    if (!self->path.failed)
        return CT_OK;
    ct__text_finish(&self->path);
    return ct__fail_memory(self->folder);
}

// The pixels from `from` to `to` along one side, all that the box touches: within the picture, and
// one at least. What is no number cuts at the picture's edge.
static void clamp(float from, float size, int limit, int *first, int *count)
{
    double begin = fmin(fmax(floor((double)from), 0), limit - 1);
    double end = fmin(fmax(ceil((double)from + (double)size), begin + 1), limit);
    *first = (int)begin;
    *count = (int)(end - begin);
}

// A view of the part of an RGB picture that an object has.
static struct ct_picture cut(const struct ct_picture *picture, const struct ct_object *object)
{
    int x, y;
    struct ct_picture view = *picture;
    clamp(object->x, object->width, picture->width, &x, &view.width);
    clamp(object->y, object->height, picture->height, &y, &view.height);
    view.data[0] += y * picture->stride[0] + 3 * x;
    return view;
}

static int write_crop(struct crops *self, const struct ct__sink_item *item, int index,
                      const struct ct_picture *picture)
{
    struct ct__out out = {0};
    const char *ending = ct__ends_with(ct__names_path(item), ".png") ? ".png" : ".jpg";
    struct ct_picture view = cut(picture, &item->result->objects[index]);
    int error = name_crop(self, item, index, ending);
    if (!error)
        error = ct__out_reserve(&out, self->path.data);
    if (!error)
        error = ct__pixels_save(&out, ending, &view);
    return error;
}

static int write_crops(struct ct__sink *sink, const struct ct__sink_item *item)
{
    struct crops *self = (struct crops *)sink;
    const struct ct__pixels_form form = {.format = CT_FORMAT_RGB};
    const struct ct_picture *picture = NULL;
    if (!item->frame || !item->result->count)
        return CT_OK;
    int error = take_stem(self, item);
    if (!error)
        error = ct__pixels_take(&self->store, item, &form, &picture);
    for (int i = 0; !error && i < item->result->count; i++)
        error = write_crop(self, item, i, picture);
    // A frame whose crops cannot be written is no reason to give up the others.
    return error == CT_ERROR_IO ? CT_ERROR_INVALID : error;
}

const struct ct__sink_class ct__sink_crops = {
    .name = "crops",
    .help = "a picture of each object, cut out along its box",
    .forms = "crops:DIR",
    .wants_pixels = true,
    .slow = true,
    .match = match,
    .open = open_crops,
    .write = write_crops,
    .close = close_crops,
};
