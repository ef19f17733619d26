// SPDX-License-Identifier: Apache-2.0
// Finds the end of a JPEG while its bytes come: by its segments, so that a thumbnail inside is not
// taken for it.
#ifndef CT_SOURCES_JPEG_WALK_H
#define CT_SOURCES_JPEG_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Zero at first.
struct ct__jpeg_walk {
    size_t at;  // all before it has been looked at
    bool coded; // it is within coded pixels
};

// Goes on with all bytes that have come so far. 1: the picture is whole and ends at walk->at; 0:
// more are needed; -1: this is no JPEG, or a broken one.
int ct__jpeg_walk(struct ct__jpeg_walk *walk, const uint8_t *data, size_t size);

#endif
