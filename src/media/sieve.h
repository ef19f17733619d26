// SPDX-License-Identifier: Apache-2.0
// Which pictures of a live stream are worth decoding when fewer are wanted than come. Only layers
// are left out on which nothing that is kept builds, and only those without which the wish can be
// met: what is kept has no gap larger than the wished spacing. Plain numbers, no libav.
#ifndef CT_MEDIA_SIEVE_H
#define CT_MEDIA_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pacer.h"
#include "media/layer.h"

enum { CT__SIEVE_PICTURES = 512 };

struct ct__sieve_picture {
    int64_t time_ns;
    int layer;
};

// Plain memory of its owner; zero is one that lets all through. One thread at a time.
struct ct__sieve {
    double fps;                 // wanted; 0: all, negative: none
    int depth;                  // layers up to it are decoded; -1: none
    int target;                 // what depth is to be as soon as that breaks nothing
    int64_t gap_ns[CT__LAYERS]; // largest between pictures up to a layer; 0: not known
    int top;                    // the last layer that ever came
    struct ct__pacer pacer;     // of single key pictures
    int count;
    struct ct__sieve_picture pictures[CT__SIEVE_PICTURES]; // since a key picture, to be measured
};

// `phase`: where the looks at this stream lie beside those at others, as ct__pacer_phase().
void ct__sieve_init(struct ct__sieve *sieve, double fps, double phase);
void ct__sieve_want(struct ct__sieve *sieve, double fps);

// Whether to decode this picture; every picture that comes is told, in the order of decoding, by
// its time of presentation and when it came. After a picture that was not decoded in layer 0 or 1
// nothing but ct__sieve_pass() itself says when decoding goes on: at a key picture.
bool ct__sieve_pass(struct ct__sieve *sieve, int layer, int64_t time_ns, int64_t came_ns);

// Whether key pictures alone are decoded, each for itself.
bool ct__sieve_single(const struct ct__sieve *sieve);

#endif
