// SPDX-License-Identifier: Apache-2.0
// The pixels of a result as an encoder wants them. A frame may be shared with other sinks and is
// never drawn into: it is copied, in the encoder's format at once, and only if something must
// change.
#include "sinks/pixels.h"

#include "base/log.h"
#include "filters/draw.h"
#include "frame/format.h"
#include "image/convert.h"
#include "media/picture.h"

#include <string.h>

static bool fits(const struct ct_picture *picture, const struct ct__pixels_form *form)
{
    if (picture->format != form->format)
        return false;
    return !ct__format_info(form->format)->yuv || (ct__picture_matrix(picture) == form->matrix &&
                                                   ct__picture_range(picture) == form->range);
}

static int make_store(ct_frame **store, const struct ct_picture *like,
                      const struct ct__pixels_form *form)
{
    if (*store) {
        const struct ct_picture *old = ct_frame_picture(*store);
        if (old->format == form->format && old->width == like->width && old->height == like->height)
            return CT_OK;
        ct_frame_unref(store);
    }
    return ct_frame_create(store, form->format, like->width, like->height);
}

int ct__pixels_take(ct_frame **store, const struct ct__sink_item *item,
                    const struct ct__pixels_form *form, const struct ct_picture **picture)
{
    const struct ct_picture *source = ct_frame_picture(item->frame);
    bool something = item->result->count > 0 || item->result->class_count > 0;
    bool draw = form->draw && something;
    if (!draw && fits(source, form)) {
        *picture = source;
        return CT_OK;
    }
    int error = make_store(store, source, form);
    if (!error)
        error = ct_frame_set_colour(*store, form->matrix, form->range);
    if (!error)
        error = ct__convert(*store, source);
    if (!error && draw)
        error = ct__draw_result(*store, item->result);
    if (!error)
        *picture = ct_frame_picture(*store);
    return error;
}

const char *ct__pixels_ending(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ct__ends_with(name, endings[i]))
            return name + strlen(name) - strlen(endings[i]);
    return NULL;
}

int ct__pixels_save(struct ct__out *out, const char *ending, const struct ct_picture *picture)
{
    const char *path = out->temporary ? out->temporary : out->path;
    int error = ct__picture_write(path, out->path, ending, picture);
    if (!error)
        error = ct__out_commit(out);
    ct__out_discard(out);
    return error;
}
