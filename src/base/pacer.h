// SPDX-License-Identifier: Apache-2.0
// Which of a camera's frames are wanted where fewer are looked at than come. Arithmetic on times
// alone.
#ifndef CT_BASE_PACER_H
#define CT_BASE_PACER_H

#include <stdbool.h>
#include <stdint.h>

// Chooses frames so that they lie evenly: times are compared with a grid of the wished rate, and a
// frame that is nearest to a point of the grid is wanted. Zero-initialise.
struct ct__pacer {
    int64_t due_ns;     // the next point of the grid
    int64_t last_ns;    // time of the last frame, wanted or not
    int64_t spacing_ns; // between the source's frames, smoothed
    bool begun;
};

// Whether the frame of this time is wanted at `fps` a second; 0: all are. Call it for each frame in
// order.
bool ct__pacer_wants(struct ct__pacer *pacer, int64_t time_ns, double fps);

#endif
