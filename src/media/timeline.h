// SPDX-License-Identifier: Apache-2.0
// Times of a live stream. Cameras begin anywhere, leave times out and jump when their clock is set;
// what comes out starts at 0 and goes on as time did here.
#ifndef CT_MEDIA_TIMELINE_H
#define CT_MEDIA_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

// Plain memory of its owner, zero at first.
struct ct__timeline {
    int64_t shift_ns; // from the camera's times to ours
    int64_t last_ns;  // the largest time so far
    int64_t came_ns;  // when it came, by the monotonic clock
    bool begun;
};

// The time of a picture that says `time_ns` (CT_NO_TIME: nothing) and came at `came_ns`. Pictures
// may be a second out of order. *jumped: a new count of time has begun, whose first picture follows
// the last as it came.
int64_t ct__timeline_place(struct ct__timeline *timeline, int64_t time_ns, int64_t came_ns,
                           bool *jumped);

#endif
