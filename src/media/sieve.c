// SPDX-License-Identifier: Apache-2.0
// The stream is measured from key picture to key picture, two seconds at least: the largest gap
// that is left when only layers up to each are kept. The schedule that looks at frames wants one in
// each of its steps, wherever they begin, so that the largest gap counts and not the mean.
#include "media/sieve.h"

#include <stdlib.h>
#include <string.h>

static const int64_t window_ns = INT64_C(2000000000), longest_ns = INT64_C(10000000000);

// Clocks of cameras differ a little; what is kept is given up later than it is taken.
static const double enough = 1.02, still_enough = 1.1;

enum { ALL = CT__LAYERS - 1 };

// `kept`: the depth that is held on to as long as it will do.
static void choose(struct ct__sieve *sieve, int kept)
{
    int best = 0;
    if (sieve->fps < 0)
        best = -1;
    else if (sieve->fps == 0)
        best = ALL;
    for (; best >= 0 && best < ALL; best++) {
        double slack = best == kept ? still_enough : enough;
        if (sieve->gap_ns[best] && (double)sieve->gap_ns[best] * sieve->fps <= slack * 1e9)
            break;
    }
    sieve->target = best;
}

void ct__sieve_init(struct ct__sieve *sieve, double fps, double phase)
{
    *sieve = (struct ct__sieve){.fps = fps, .depth = ALL, .target = ALL, .pacer.phase = phase};
    choose(sieve, ALL);
}

void ct__sieve_want(struct ct__sieve *sieve, double fps)
{
    sieve->fps = fps;
    choose(sieve, ALL);
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = ((const struct ct__sieve_picture *)a)->time_ns;
    int64_t right = ((const struct ct__sieve_picture *)b)->time_ns;
    return (left > right) - (left < right);
}

// The largest gap between pictures up to a layer; 0 if there are not two.
static int64_t measure_gap(const struct ct__sieve *sieve, int layer)
{
    const struct ct__sieve_picture *last = NULL;
    int64_t gap = 0;
    for (const struct ct__sieve_picture *at = sieve->pictures; at < sieve->pictures + sieve->count;
         at++) {
        if (at->layer > layer)
            continue;
        if (last && at->time_ns - last->time_ns > gap)
            gap = at->time_ns - last->time_ns;
        last = at;
    }
    return gap;
}

// Without a key picture at its end a window tells nothing of key pictures.
static void close_window(struct ct__sieve *sieve, bool at_key)
{
    qsort(sieve->pictures, (size_t)sieve->count, sizeof(*sieve->pictures), compare_times);
    for (int layer = 0; layer < CT__LAYERS; layer++)
        sieve->gap_ns[layer] = layer == 0 && !at_key ? 0 : measure_gap(sieve, layer);
    sieve->count = 0;
    choose(sieve, sieve->target);
}

// A stream that jumps in time is measured anew.
static void measure(struct ct__sieve *sieve, int layer, int64_t time_ns)
{
    int64_t age = sieve->count ? time_ns - sieve->pictures[0].time_ns : 0;
    bool key = layer == CT__LAYER_KEY;
    if (!sieve->count && !key)
        return;
    if (age < -window_ns || age > 2 * longest_ns)
        sieve->count = 0;
    sieve->pictures[sieve->count++] = (struct ct__sieve_picture){time_ns, layer};
    bool full = sieve->count == CT__SIEVE_PICTURES;
    // The first time something is better than nothing until the next key picture.
    int64_t most = sieve->gap_ns[ALL] ? longest_ns : window_ns;
    if ((key && age >= window_ns) || age >= most || full) {
        close_window(sieve, key);
        if (key)
            sieve->pictures[sieve->count++] = (struct ct__sieve_picture){time_ns, layer};
    }
}

// Decoding less is possible at any time, and more where all that is added are pictures of one
// layer that build on nothing but what was decoded.
static void move(struct ct__sieve *sieve, int layer)
{
    int next = sieve->depth + 1;
    bool leaves = sieve->depth > 0 && next % 2 == 0 && sieve->target >= next &&
                  (sieve->target == next || sieve->top <= next);
    sieve->top = layer > sieve->top ? layer : sieve->top;
    if (layer == CT__LAYER_KEY || sieve->target < sieve->depth || leaves)
        sieve->depth = sieve->target;
}

bool ct__sieve_pass(struct ct__sieve *sieve, int layer, int64_t time_ns, int64_t came_ns)
{
    measure(sieve, layer, time_ns);
    move(sieve, layer);
    if (layer > sieve->depth)
        return false;
    // Of key pictures that come more often than they are wanted those nearest to the looks.
    return sieve->depth > CT__LAYER_KEY ||
           ct__pacer_wants(&sieve->pacer, time_ns, came_ns, sieve->fps);
}

bool ct__sieve_single(const struct ct__sieve *sieve)
{
    return sieve->depth == CT__LAYER_KEY;
}
