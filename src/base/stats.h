// SPDX-License-Identifier: Apache-2.0
// Histograms of durations with percentiles. Fixed size, no allocation; buckets grow by 1/16 of a
// power of two, so that a percentile is within 3.2 % of the true value. Counters are C11 atomics
// and need no code of their own.
#ifndef CT_BASE_STATS_H
#define CT_BASE_STATS_H

#include <stdint.h>

// 0 ns to 2^43 ns (2.4 hours); the last takes what is longer.
enum { CT__HISTOGRAM_BUCKETS = 16 * 40 };

// Zero-initialise. One writer at a time; copy under the writer's lock to read.
struct ct__histogram {
    uint64_t count;
    int64_t sum_ns, max_ns;
    uint32_t bucket[CT__HISTOGRAM_BUCKETS];
};

// A negative duration counts as 0.
void ct__histogram_add(struct ct__histogram *histogram, int64_t duration_ns);
void ct__histogram_merge(struct ct__histogram *into, const struct ct__histogram *from);

// The duration that `share` (0 to 1) of all do not exceed: the middle of its bucket, at most
// max_ns; 0 if empty.
int64_t ct__histogram_percentile(const struct ct__histogram *histogram, double share);

// How many durations are not above `limit_ns`, as exact as a percentile is.
uint64_t ct__histogram_below(const struct ct__histogram *histogram, int64_t limit_ns);

#endif
