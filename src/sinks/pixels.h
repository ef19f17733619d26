// SPDX-License-Identifier: Apache-2.0
// The pixels of a result as an encoder wants them, drawn into or not.
#ifndef CT_SINKS_PIXELS_H
#define CT_SINKS_PIXELS_H

#include "base/file.h"
#include "sinks/sink.h"

// What an encoder wants.
struct ct__pixels_form {
    enum ct_format format;
    enum ct_matrix matrix;
    enum ct_range range;
    bool draw; // the result into the pixels
};

// Points *picture at the item's pixels in this form: its own where nothing is to change, else a
// copy in *store, which is made when size or format change and used again otherwise. Valid until
// the next call with the same store, and as long as the item. item->frame is not NULL.
int ct__pixels_take(ct_frame **store, const struct ct__sink_item *item,
                    const struct ct__pixels_form *form, const struct ct_picture **picture);

// The ending of a name that a picture is written under: within `name`, or NULL.
const char *ct__pixels_ending(const char *name);

// Encodes a picture by `ending` into a reserved file, which then has its name, or is discarded.
int ct__pixels_save(struct ct__out *out, const char *ending, const struct ct_picture *picture);

#endif
