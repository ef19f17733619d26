// SPDX-License-Identifier: Apache-2.0
// Pillow's arithmetic, in doubles and in its order, since a weight that is rounded otherwise moves
// bytes.
#include "image/weights.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/kernels.h"

static const double lobes = 3, pi = 3.14159265358979323846;

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * pi) / (x * pi);
}

static double lanczos(double x)
{
    return x >= -lobes && x < lobes ? sinc(x) * sinc(x / lobes) : 0;
}

static double triangle(double x)
{
    return fmax(0, 1 - fabs(x));
}

// How far a filter reaches to either side.
static double support_of(enum ct__filter filter)
{
    return filter == CT__FILTER_TRIANGLE ? 1 : lobes;
}

// The samples under the filter of one output.
struct span {
    enum ct__filter filter;
    double centre, step; // step: of the filter's argument from a sample to the next
    int first, count;
};

static struct span span_at(enum ct__filter filter, int from, int to, int i)
{
    double scale = (double)from / to, wide = scale < 1 ? 1 : scale;
    struct span span = {.filter = filter, .centre = (i + .5) * scale, .step = 1 / wide};
    int first = (int)(span.centre - support_of(filter) * wide + .5);
    int end = (int)(span.centre + support_of(filter) * wide + .5);
    span.first = first < 0 ? 0 : first;
    span.count = (end > from ? from : end) - span.first;
    return span;
}

static double weight_at(const struct span *span, int i)
{
    double x = (i + span->first - span->centre + .5) * span->step;
    return span->filter == CT__FILTER_TRIANGLE ? triangle(x) : lanczos(x);
}

static int32_t rounded(double weight)
{
    double scaled = weight * (1 << CT__WEIGHT_BITS);
    return (int32_t)(scaled < 0 ? scaled - .5 : scaled + .5);
}

// Stores the weight of sample `i` of an output's groups in two halves, where the kernel has it.
static void store(int16_t *groups, int i, int32_t weight)
{
    int16_t *group = groups + i / 4 * 8 + (i & 1) * 4 + (i >> 1 & 1);
    group[0] = (int16_t)(weight >> CT__WEIGHT_LOW_BITS);
    group[2] = (int16_t)(weight & ((1 << CT__WEIGHT_LOW_BITS) - 1));
}

static void fill(struct ct__weights *weights, int i)
{
    const struct span span = span_at(weights->filter, weights->from, weights->to, i);
    int most = ct__weight_groups(weights->from) - weights->groups, first = span.first / 4;
    first = first > most ? most : first;
    int16_t *groups = weights->weight + (size_t)i * (size_t)weights->groups * 8;
    double sum = 0;
    for (int k = 0; k < span.count; k++)
        sum += weight_at(&span, k);
    for (int k = 0; k < span.count; k++) {
        double weight = weight_at(&span, k);
        store(groups, span.first - 4 * first + k, rounded(sum != 0 ? weight / sum : weight));
    }
    weights->first[i] = first;
}

static int most_groups(enum ct__filter filter, int from, int to)
{
    int most = 1;
    for (int i = 0; i < to; i++) {
        const struct span span = span_at(filter, from, to, i);
        int groups = ct__weight_groups(span.first % 4 + span.count);
        most = groups > most ? groups : most;
    }
    return most;
}

int ct__weights_make(struct ct__weights *weights, enum ct__filter filter, int from, int to)
{
    if (weights->filter == filter && weights->from == from && weights->to == to)
        return CT_OK;
    ct__weights_finish(weights);
    int groups = most_groups(filter, from, to);
    weights->first = ct__alloc((size_t)to * sizeof *weights->first);
    weights->weight = ct__calloc((size_t)to * (size_t)groups, 8 * sizeof *weights->weight);
    if (!weights->first || !weights->weight) {
        ct__weights_finish(weights);
        return ct__fail_memory("resample");
    }
    weights->filter = filter;
    weights->from = from;
    weights->to = to;
    weights->groups = groups;
    for (int i = 0; i < to; i++)
        fill(weights, i);
    return CT_OK;
}

void ct__weights_finish(struct ct__weights *weights)
{
    ct__free(weights->first);
    ct__free(weights->weight);
    *weights = (struct ct__weights){0};
}
