// SPDX-License-Identifier: Apache-2.0
// Pictures that are made here, so that trackers and schedulers can be tested without a camera:
// "synthetic:KIND?key=value&key=value". The same name gives the same frames on every run.
#ifndef CT_SOURCES_SYNTHETIC_H
#define CT_SOURCES_SYNTHETIC_H

#include "base/option.h"
#include "sources/source.h"

// Common head of every kind, made by the class, which finds the kind.
struct ct__synthetic {
    struct ct__source head;
    char *name, *text;      // as written; cut into options, whose strings point into it
    int rate_num, rate_den; // frames a second
    uint64_t frames;        // ends after so many; 0: never
    uint64_t next;          // number of the next frame
    atomic_bool stopped;
};

// The options of every kind begin with these; a kind that makes its pictures has all of them,
// another `frames` alone.
struct ct__synthetic_options {
    int64_t frames;
    const char *size;
    double rate;
    int64_t seed;
};

struct ct__synthetic_kind {
    const char *name;              // "walkers"
    bool makes_pictures;           // of a size, at a rate, by a seed
    const struct ct__option *rows; // of `options`, beside the common ones
    size_t size, options_size;     // of the source, and of its options
    struct ct__source_class class; // all but match and open
    // Strings of the options live as long as the source, `params` for the call.
    int (*begin)(struct ct__synthetic *synthetic, const void *options,
                 const struct ct__source_params *params);
    void (*finish)(struct ct__synthetic *synthetic); // accepts what begin() left
};

extern const struct ct__synthetic_kind ct__synthetic_walkers;
extern const struct ct__synthetic_kind ct__synthetic_pan;
extern const struct ct__synthetic_kind ct__synthetic_loop;

// For the classes of kinds.
double ct__synthetic_expected(const struct ct__source *source);
void ct__synthetic_rate(const struct ct__source *source, int *numerator, int *denominator);
void ct__synthetic_interrupt(struct ct__source *source);
void ct__synthetic_close(struct ct__source *source);

// Whether there is a next frame: CT_OK, CT_ERROR_END or CT_ERROR_STOPPED.
int ct__synthetic_more(const struct ct__synthetic *synthetic);

// Numbers and times the next frame by the nominal rate and counts it.
int ct__synthetic_stamp(struct ct__synthetic *synthetic, ct_frame *frame);

// "1280x720" to two numbers of 16 or more; CT_ERROR_INVALID, CT_ERROR_LIMIT above max_pixels.
int ct__synthetic_size(const struct ct__synthetic *synthetic, const char *text, int64_t max_pixels,
                       int *width, int *height);

#endif
