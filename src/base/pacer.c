// SPDX-License-Identifier: Apache-2.0
// Frames nearest to the points of a grid, so that rates which do not divide the camera's come out
// right on average. The grid itself goes by the frames' own times, which are steadier than when
// they come: at a rate that divides the camera's every n-th frame is looked at, whatever shakes.
#include "base/pacer.h"

#include <math.h>
#include <stdlib.h>

#define SECOND 1e9

static const int64_t gap_ns = INT64_C(1000000000), settling_ns = INT64_C(2000000000);
static const double longest_ns = 1e17;

// Halves, then quarters, eighths: the bits of the number in the reverse order, behind the point.
double ct__pacer_phase(int number)
{
    double phase = 0, part = .5;
    for (unsigned left = (unsigned)number; left; left >>= 1, part /= 2)
        phase += left & 1 ? part : 0;
    return phase;
}

int64_t ct__pacer_point(int64_t time_ns, double period_ns, double phase)
{
    return (int64_t)((ceil((double)time_ns / period_ns - phase) + phase) * period_ns);
}

// A gap counts as no spacing: the camera was away.
static void note_spacing(struct ct__pacer *pacer, int64_t time_ns)
{
    int64_t spacing = time_ns - pacer->last_ns, known = pacer->spacing_ns;
    if (pacer->begun && spacing > 0 && (!known || spacing < gap_ns || spacing < 8 * known))
        pacer->spacing_ns += (spacing - known) / (known ? 8 : 1);
    pacer->last_ns = time_ns;
}

// Frames come late by chance, when a network or this machine has no time for them, but never early:
// what comes late hardly counts, or each such while would move the grid there and back.
static void note_clock(struct ct__pacer *pacer, int64_t shift_ns, bool first)
{
    int64_t late = shift_ns - pacer->shift_ns, most = pacer->spacing_ns;
    if (first)
        pacer->shift_ns = shift_ns;
    else
        pacer->shift_ns += late < 0 ? late / 8 : (late < most ? late : most) / 512;
}

// A governor's rates change all the time: its grid is not moved as well.
static void note_rate(struct ct__pacer *pacer, int64_t time_ns, double fps, bool first)
{
    if (first || fps != pacer->fps)
        pacer->steady_ns = first ? time_ns : time_ns + settling_ns;
    pacer->fps = fps;
}

// How far the grid is to move towards where it belongs: whole frames, or it would lie between two,
// of which now the one and now the other is nearer. At a time no more than a quarter of a period.
static int64_t amend(const struct ct__pacer *pacer, int64_t period)
{
    int64_t here = pacer->due_ns + pacer->shift_ns, spacing = pacer->spacing_ns;
    int64_t away = ct__pacer_point(here - period / 2, (double)period, pacer->phase) - here;
    if (!spacing || llabs(away) * 8 <= spacing * 5)
        return 0;
    int64_t frames = (llabs(away) + spacing / 2) / spacing, most = period / 4 / spacing;
    frames = frames <= most ? frames : most > 1 ? most : 1;
    return away > 0 ? frames * spacing : -frames * spacing;
}

bool ct__pacer_wants(struct ct__pacer *pacer, int64_t time_ns, int64_t clock_ns, double fps)
{
    bool first = !pacer->begun || time_ns < pacer->last_ns;
    note_spacing(pacer, time_ns);
    note_clock(pacer, clock_ns - time_ns, first);
    note_rate(pacer, time_ns, fps, first);
    pacer->begun = true;
    if (fps <= 0)
        return true;
    int64_t period = (int64_t)fmin(SECOND / fps, longest_ns);
    int64_t half = pacer->spacing_ns / 2 < period / 2 ? pacer->spacing_ns / 2 : period / 2;
    if (first || pacer->due_ns > time_ns + 2 * period)
        pacer->due_ns = time_ns; // a new camera, or a new rate
    if (time_ns + half < pacer->due_ns)
        return false;
    pacer->due_ns += period;
    if (pacer->due_ns + half < time_ns) // frames were missing: the grid begins anew
        pacer->due_ns = time_ns + period;
    if (time_ns >= pacer->steady_ns)
        pacer->due_ns += amend(pacer, period);
    return true;
}
