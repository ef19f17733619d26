// SPDX-License-Identifier: Apache-2.0
// Which of a camera's frames are wanted where fewer are looked at than come, and how the looks of
// many cameras are spread. Arithmetic on times alone.
#ifndef CT_BASE_PACER_H
#define CT_BASE_PACER_H

#include <stdbool.h>
#include <stdint.h>

// Chooses frames so that they lie evenly: times are compared with a grid of the wished rate, and a
// frame that is nearest to a point of the grid is wanted. The grid lies as the first frame does and
// then moves, by whole frames of the camera, to the points that its phase has on the common clock:
// of cameras that send at the same moment, different frames are looked at. Where all or nearly all
// frames are wanted there is nothing to choose, and it stays. Zero-initialise but for the phase.
struct ct__pacer {
    double phase;       // as ct__pacer_phase()
    int64_t due_ns;     // the next point of the grid
    int64_t last_ns;    // time of the last frame, wanted or not
    int64_t spacing_ns; // between the source's frames, smoothed
    int64_t shift_ns;   // from the frames' times to the common clock, smoothed
    double fps;         // of the last call
    int64_t steady_ns;  // from when on the rate has been the same long enough to move the grid
    bool begun;
};

// Whether the frame of this time is wanted at `fps` a second; 0: all are. `clock_ns` is when it
// came, by the monotonic clock that all share; it may be late by a little more or less each time.
// Call it for each frame in order.
bool ct__pacer_wants(struct ct__pacer *pacer, int64_t time_ns, int64_t clock_ns, double fps);

// How much of its interval what has this number lies behind number 0, 0 to below 1: the first two,
// four, eight numbers are spread evenly, and others nearly so.
double ct__pacer_phase(int number);

// The first point at or after `time_ns` of the grid that all share who have this period and phase.
int64_t ct__pacer_point(int64_t time_ns, double period_ns, double phase);

#endif
