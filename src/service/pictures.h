// SPDX-License-Identifier: Apache-2.0
// The newest picture of streams, for who looks. However many look at one stream at one width, the
// engine is asked once, and not at all while nobody does.
#ifndef CT_SERVICE_PICTURES_H
#define CT_SERVICE_PICTURES_H

#include <chiton/engine.h>

#include "service/http.h"

struct ct__pictures;
struct ct__view; // one that looks

// `wake` is called from the engine's threads when there is a new picture. CT_ERROR_MEMORY.
int ct__pictures_create(struct ct__pictures **out, ct_engine *engine, void (*wake)(void *opaque),
                        void *opaque);
void ct__pictures_destroy(struct ct__pictures **pictures); // no view is left

// Everything below: the server's thread alone.

// Begins to look at a stream; `width` 0 is the picture's own, others are rounded up to one of a
// few. It begins with the newest picture where that is less than a second old. CT_ERROR_NOT_FOUND,
// CT_ERROR_MEMORY.
int ct__view_open(struct ct__pictures *pictures, int stream, int width, struct ct__view **out);
void ct__view_close(struct ct__view **view);

// Whether ct__view_take() would give a picture.
bool ct__view_has_news(const struct ct__view *view);

// A reference to the newest picture that this view has not taken yet, or NULL.
ct_jpeg *ct__view_take(struct ct__view *view);

// Ends watches that nobody has looked through for a few seconds; whether there are any left.
bool ct__pictures_tick(struct ct__pictures *pictures);

// How many views are open.
int ct__pictures_views(const struct ct__pictures *pictures);

#endif
