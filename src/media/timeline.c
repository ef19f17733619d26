// SPDX-License-Identifier: Apache-2.0
// A time is believed unless it lies further from the last than the clock here allows.
#include "media/timeline.h"

#include <chiton/frame.h>

static const int64_t most_back_ns = INT64_C(1000000000), most_ahead_ns = INT64_C(2000000000);

// Far beyond any clock; sums of such times stay in range.
static const int64_t most_ns = INT64_MAX / 4;

int64_t ct__timeline_place(struct ct__timeline *timeline, int64_t time_ns, int64_t came_ns,
                           bool *jumped)
{
    bool known = time_ns > -most_ns && time_ns < most_ns;
    int64_t passed = timeline->begun ? came_ns - timeline->came_ns : 0;
    int64_t expected = timeline->last_ns + passed;
    *jumped = false;
    if (!timeline->begun && known)
        timeline->shift_ns = -time_ns;
    int64_t here = known ? time_ns + timeline->shift_ns : expected;
    if (here < timeline->last_ns - most_back_ns || here > expected + most_ahead_ns) {
        timeline->shift_ns += expected - here;
        here = expected;
        *jumped = true;
    }
    if (!timeline->begun || here > timeline->last_ns) {
        timeline->last_ns = here;
        timeline->came_ns = came_ns;
    }
    timeline->begun = true;
    return here;
}
