// SPDX-License-Identifier: Apache-2.0
// The arithmetic of schedules.
#include "pipeline/schedule.h"

#define SECOND 1e9

static const int64_t window_ns = INT64_C(2000000000);

// ---- which stream

void ct__turn_begin(struct ct__turn *turn, double now)
{
    turn->start = turn->finish > now ? turn->finish : now;
}

double ct__turn_serve(struct ct__turn *turn, double rate)
{
    turn->finish = turn->start + 1 / (rate > 0 ? rate : 1);
    return turn->start;
}

// ---- how often

void ct__meter_add(struct ct__meter *meter, int64_t now_ns, uint64_t events)
{
    int64_t age = now_ns - meter->begin_ns[1];
    if (age >= window_ns) {
        // What lies further back than a window is forgotten.
        bool joins = age < 2 * window_ns;
        meter->begin_ns[0] = joins ? meter->begin_ns[1] : now_ns;
        meter->count[0] = joins ? meter->count[1] : 0;
        meter->begin_ns[1] = now_ns;
        meter->count[1] = 0;
    }
    meter->count[1] += events;
}

double ct__meter_rate(const struct ct__meter *meter, int64_t now_ns)
{
    int64_t span = now_ns - meter->begin_ns[0];
    if (now_ns - meter->begin_ns[1] >= 2 * window_ns || span <= 0)
        return 0;
    // The first event opens the window and is no interval.
    uint64_t events = meter->count[0] + meter->count[1];
    bool opened = !meter->count[0];
    return (double)(events - (opened && events)) * SECOND / (double)span;
}

// ---- how much

enum { LEAST_PERCENT = 2 };

void ct__governor_look(struct ct__governor *governor, int64_t wall_ns, int64_t cpu_ns)
{
    int64_t wall = wall_ns - governor->wall_ns, cpu = cpu_ns - governor->cpu_ns;
    bool first = !governor->wall_ns;
    governor->wall_ns = wall_ns;
    governor->cpu_ns = cpu_ns;
    if (governor->budget <= 0 || first || wall <= 0)
        return;
    // A little below the budget, down at once and up slowly: what decoding costs does not follow.
    double used = 100 * (double)cpu / (double)wall, aim = .97 * governor->budget;
    double change = used > 0 ? aim / used : 2;
    change = change < .5 ? .5 : change > 1.05 ? 1.05 : change;
    governor->share *= change;
    if (governor->share > 1)
        governor->share = 1;
    if (governor->share < LEAST_PERCENT / 100.)
        governor->share = LEAST_PERCENT / 100.;
}
