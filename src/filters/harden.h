// SPDX-License-Identifier: Apache-2.0
// Makes a mask of a model smooth and hard: what the web's background removers call post-processing.
#ifndef CT_FILTERS_HARDEN_H
#define CT_FILTERS_HARDEN_H

#include <stddef.h>
#include <stdint.h>

// Memory of one thread, used again. Zero-initialise; ct__free(memory) ends it.
struct ct__harden {
    uint8_t *memory;
    size_t room;
};

// Grey opening with a cross of 3 x 3, Gaussian blur of sigma 2 (17 taps, mirrored at the edges,
// each of its two ways rounded down), then 255 from 127 on and 0 below, as SciPy and rembg do it.
// `to` has rows of `width` bytes. CT_ERROR_MEMORY.
int ct__harden_run(struct ct__harden *harden, uint8_t *to, const uint8_t *mask, ptrdiff_t stride,
                   int width, int height);

#endif
