// SPDX-License-Identifier: Apache-2.0
// Log-linear buckets: one for each of 0 to 15 ns, then 16 for every power of two, so that a bucket
// is at most 1/16 of its least value wide and its middle at most 1/32 off.
#include <math.h>

#include "base/stats.h"

enum { STEPS = 16, STEP_BITS = 4 };

static int bucket_of(uint64_t duration_ns)
{
    if (duration_ns < STEPS)
        return (int)duration_ns;
    int octave = 63 - __builtin_clzll(duration_ns) - STEP_BITS;
    int bucket = STEPS * (octave + 1) + (int)((duration_ns >> octave) - STEPS);
    return bucket < CT__HISTOGRAM_BUCKETS ? bucket : CT__HISTOGRAM_BUCKETS - 1;
}

static int64_t middle_of(int bucket)
{
    if (bucket < STEPS)
        return bucket;
    int octave = bucket / STEPS - 1;
    int64_t least = (int64_t)(STEPS + bucket % STEPS) << octave;
    return least + ((INT64_C(1) << octave) >> 1);
}

void ct__histogram_add(struct ct__histogram *histogram, int64_t duration_ns)
{
    if (duration_ns < 0)
        duration_ns = 0;
    histogram->count++;
    histogram->sum_ns += duration_ns;
    if (duration_ns > histogram->max_ns)
        histogram->max_ns = duration_ns;
    histogram->bucket[bucket_of((uint64_t)duration_ns)]++;
}

void ct__histogram_merge(struct ct__histogram *into, const struct ct__histogram *from)
{
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    for (int i = 0; i < CT__HISTOGRAM_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

int64_t ct__histogram_percentile(const struct ct__histogram *histogram, double share)
{
    double rank = ceil(share * (double)histogram->count);
    uint64_t seen = 0;
    for (int i = 0; i < CT__HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen > 0 && (double)seen >= rank) {
            int64_t middle = middle_of(i);
            return middle < histogram->max_ns ? middle : histogram->max_ns;
        }
    }
    return histogram->max_ns;
}

uint64_t ct__histogram_below(const struct ct__histogram *histogram, int64_t limit_ns)
{
    uint64_t count = 0;
    for (int i = 0; i < CT__HISTOGRAM_BUCKETS && middle_of(i) <= limit_ns; i++)
        count += histogram->bucket[i];
    return count;
}
