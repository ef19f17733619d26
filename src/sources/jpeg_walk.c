// SPDX-License-Identifier: Apache-2.0
// Segments say how long they are. Behind the header of a scan come its pixels, in which a byte 0xff
// stands for itself only with a zero behind it.
#include "sources/jpeg_walk.h"

#include <string.h>

enum {
    MARK = 0xff,
    ESCAPED = 0,
    TEM = 0x01,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda
};

static bool is_restart(uint8_t marker)
{
    return marker >= RST0 && marker <= RST7;
}

// To the marker that ends the pixels; false if it has not come.
static bool skip_pixels(struct ct__jpeg_walk *walk, const uint8_t *data, size_t size)
{
    while (size - walk->at >= 2) {
        const uint8_t *mark = memchr(data + walk->at, MARK, size - walk->at - 1);
        if (!mark) {
            walk->at = size - 1;
            return false;
        }
        walk->at = (size_t)(mark - data);
        walk->coded = mark[1] == ESCAPED || is_restart(mark[1]);
        if (!walk->coded)
            return true;
        walk->at += 2;
    }
    return false;
}

// Over one marker and its segment: as ct__jpeg_walk() for it, 2: it goes on.
static int skip_segment(struct ct__jpeg_walk *walk, const uint8_t *data, size_t size)
{
    const uint8_t *at = data + walk->at;
    if (at[0] != MARK || (walk->at == 0) != (at[1] == SOI))
        return -1;
    if (at[1] == MARK) { // any number of them may stand in front of a marker
        walk->at++;
        return 2;
    }
    if (at[1] == SOI || at[1] == EOI || at[1] == TEM || is_restart(at[1])) {
        walk->at += 2;
        return at[1] == EOI ? 1 : 2;
    }
    if (size - walk->at < 4)
        return 0;
    size_t length = 2 + ((size_t)at[2] << 8 | at[3]);
    if (length < 4)
        return -1;
    if (size - walk->at < length)
        return 0;
    walk->at += length;
    walk->coded = at[1] == SOS;
    return 2;
}

int ct__jpeg_walk(struct ct__jpeg_walk *walk, const uint8_t *data, size_t size)
{
    int found = 2;
    while (found == 2 && size - walk->at >= 2) {
        if (walk->coded && !skip_pixels(walk, data, size))
            return 0;
        found = skip_segment(walk, data, size);
    }
    return found == 2 ? 0 : found;
}
