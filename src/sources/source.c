// SPDX-License-Identifier: Apache-2.0
// Opening inputs: one by the class that fits it best, several as a playlist.
#include "sources/source.h"
#include "sources/playlist.h"

#include "base/log.h"

static const struct ct__source_params defaults;
extern const struct ct__source_class ct__source_raw;

int ct__source_open(struct ct__source **out, const char *input,
                    const struct ct__source_params *params)
{
    const struct ct__source_class *best = NULL;
    int best_fit = 0;
    // Pixels without a header look like nothing: only a person can say that they are some.
    if (params && params->raw.format && !ct__folder_matches(input))
        return ct__source_raw.open(out, input, params);
    for (const struct ct__source_class *const *class = ct__sources(); *class; class ++) {
        int fit = (*class)->match(input);
        if (fit > best_fit) {
            best = *class;
            best_fit = fit;
        }
    }
    if (!best)
        return ct__fail(CT_ERROR_NOT_FOUND, input, "no such file");
    return best->open(out, input, params ? params : &defaults);
}

int ct__source_open_list(struct ct__source **out, const char *const *inputs,
                         const struct ct__source_params *params)
{
    struct ct__playlist *playlist = NULL;
    if (!inputs[0])
        return ct__fail(CT_ERROR_INVALID, "source", "no input was named");
    int error = ct__playlist_create(&playlist, inputs[0], params ? params : &defaults);
    if (error)
        return error;
    if (!error && params && params->watch)
        error = ct__playlist_watch(playlist, inputs[0]);
    for (; !error && *inputs; inputs++)
        error = ct__playlist_insert(playlist, *inputs, ct__file_kind(*inputs));
    struct ct__source *source = ct__playlist_source(playlist);
    if (error)
        ct__source_close(&source);
    else
        *out = source;
    return error;
}

void ct__source_close(struct ct__source **source)
{
    struct ct__source *closing = *source;
    *source = NULL;
    if (closing)
        closing->class->close(closing);
}
