// SPDX-License-Identifier: Apache-2.0
// Pillow's arithmetic, in doubles and in its order, since a weight that is rounded otherwise moves
// bytes.
#include "image/weights.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/kernels.h"

static const double support = 3, pi = 3.14159265358979323846;

static double sinc(double x)
{
    return x == 0 ? 1 : sin(x * pi) / (x * pi);
}

static double filter(double x)
{
    return x >= -support && x < support ? sinc(x) * sinc(x / support) : 0;
}

// The samples under the filter of one output.
struct span {
    double centre, step; // step: of the filter's argument from a sample to the next
    int first, count;
};

static struct span span_at(int from, int to, int i)
{
    double scale = (double)from / to, wide = scale < 1 ? 1 : scale;
    struct span span = {.centre = (i + .5) * scale, .step = 1 / wide};
    int first = (int)(span.centre - support * wide + .5);
    int end = (int)(span.centre + support * wide + .5);
    span.first = first < 0 ? 0 : first;
    span.count = (end > from ? from : end) - span.first;
    return span;
}

static double weight_at(const struct span *span, int i)
{
    return filter((i + span->first - span->centre + .5) * span->step);
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
    const struct span span = span_at(weights->from, weights->to, i);
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

static int most_groups(int from, int to)
{
    int most = 1;
    for (int i = 0; i < to; i++) {
        const struct span span = span_at(from, to, i);
        int groups = ct__weight_groups(span.first % 4 + span.count);
        most = groups > most ? groups : most;
    }
    return most;
}

int ct__weights_make(struct ct__weights *weights, int from, int to)
{
    if (weights->from == from && weights->to == to)
        return CT_OK;
    ct__weights_finish(weights);
    int groups = most_groups(from, to);
    weights->first = ct__alloc((size_t)to * sizeof *weights->first);
    weights->weight = ct__calloc((size_t)to * (size_t)groups, 8 * sizeof *weights->weight);
    if (!weights->first || !weights->weight) {
        ct__weights_finish(weights);
        return ct__fail_memory("lanczos");
    }
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
