// SPDX-License-Identifier: Apache-2.0
// Frames nearest to the points of a grid, so that rates which do not divide the camera's come out
// right on average.
#include "base/pacer.h"

#define SECOND 1e9

// A gap counts as no spacing: the camera was away.
static void note_spacing(struct ct__pacer *pacer, int64_t time_ns)
{
    int64_t spacing = time_ns - pacer->last_ns;
    if (pacer->begun && spacing > 0 && spacing < INT64_C(1000000000))
        pacer->spacing_ns += (spacing - pacer->spacing_ns) / (pacer->spacing_ns ? 8 : 1);
    pacer->last_ns = time_ns;
}

bool ct__pacer_wants(struct ct__pacer *pacer, int64_t time_ns, double fps)
{
    bool first = !pacer->begun || time_ns < pacer->last_ns;
    note_spacing(pacer, time_ns);
    pacer->begun = true;
    if (fps <= 0)
        return true;
    int64_t period = (int64_t)(SECOND / fps);
    int64_t half = pacer->spacing_ns / 2 < period / 2 ? pacer->spacing_ns / 2 : period / 2;
    if (first || pacer->due_ns > time_ns + 2 * period)
        pacer->due_ns = time_ns; // a new camera, or a new rate
    if (time_ns + half < pacer->due_ns)
        return false;
    pacer->due_ns += period;
    if (pacer->due_ns + half < time_ns) // frames were missing: the grid begins anew
        pacer->due_ns = time_ns + period;
    return true;
}
