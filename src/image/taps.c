// SPDX-License-Identifier: Apache-2.0
// Tables of horizontal taps, made once a geometry: first the plain list, then, for vectors, loads
// and shuffles that do the same for a whole group.
#include "image/taps.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

struct ct__tap ct__tap_at(const struct ct__axis *axis, int i, int bits)
{
    int whole = axis->whole ? axis->whole : axis->count;
    double scale = (double)axis->full / whole / (1 << axis->shift);
    double at = (axis->first + i + .5) * scale - .5, last = axis->length - 1;
    at = at < 0 ? 0 : at > last ? last : at;
    int first = (int)at, weight = (int)lround((at - first) * (1 << bits));
    if (weight == 1 << bits)
        first++;
    if (weight == 0 || weight == 1 << bits)
        return (struct ct__tap){first, first, 1 << (bits - 1)};
    return (struct ct__tap){first, first + 1, weight};
}

static void list_taps(struct ct__taps *taps, const struct ct__axis *axis, int step, int offset)
{
    for (int i = 0; i < taps->count; i++) {
        struct ct__tap *tap = &taps->tap[i];
        *tap = ct__tap_at(axis, i, CT__TAP_BITS);
        tap->first = tap->first * step + offset;
        tap->second = tap->second * step + offset;
    }
}

// Outputs of a group that a load from the first pixel of output `i` covers.
static int piece_length(const struct ct__taps *taps, int i, int end, int reach)
{
    int n = 0;
    while (i + n < end && taps->tap[i + n].second - taps->tap[i].first < reach)
        n++;
    return n;
}

static int group_end(const struct ct__taps *taps, int group, int lanes)
{
    int end = (group + 1) * lanes;
    return end < taps->count ? end : taps->count;
}

static int most_pieces(const struct ct__taps *taps, int lanes, int reach)
{
    int most = 1;
    for (int g = 0; g < taps->groups; g++) {
        int pieces = 0, end = group_end(taps, g, lanes);
        for (int i = g * lanes; i < end; i += piece_length(taps, i, end, reach))
            pieces++;
        most = pieces > most ? pieces : most;
    }
    return most;
}

// Lane `lane` of a group takes its four bytes from piece `p`, `first` and `second` bytes into it.
static void select_wide(struct ct__taps *taps, int group, int p, int lane, int first, int second)
{
    uint8_t *select = taps->select + group * 64 + 4 * lane;
    select[0] = (uint8_t)first;
    select[1] = (uint8_t)second;
    select[2] = (uint8_t)(first | 64);
    select[3] = (uint8_t)(second | 64);
    taps->mask[group * taps->pieces + p] |= UINT64_C(15) << 4 * lane;
}

static void select_narrow(struct ct__taps *taps, int group, int p, int lane, int first, int second)
{
    uint8_t *top = taps->select + (group * taps->pieces + p) * 32 + 4 * lane, *bottom = top + 16;
    top[0] = bottom[2] = (uint8_t)first;
    top[1] = bottom[3] = (uint8_t)second;
}

static void pack_output(struct ct__taps *taps, int group, int p, int i,
                        const struct ct__kernels *kernels)
{
    const struct ct__tap *tap = &taps->tap[i];
    int base = taps->base[group * taps->pieces + p], lane = i - group * kernels->lanes;
    int8_t *weight = taps->weight + 4 * i;
    weight[0] = weight[2] = (int8_t)((1 << CT__TAP_BITS) - tap->weight);
    weight[1] = weight[3] = (int8_t)tap->weight;
    if (kernels->reach == 64)
        select_wide(taps, group, p, lane, tap->first - base, tap->second - base);
    else
        select_narrow(taps, group, p, lane, tap->first - base, tap->second - base);
}

// A load at the end of a row begins early enough to end with it.
static int piece_base(const struct ct__taps *taps, int first, int reach)
{
    int last = taps->row_bytes > reach ? taps->row_bytes - reach : 0;
    return first < last ? first : last;
}

static void pack_group(struct ct__taps *taps, int group, const struct ct__kernels *kernels)
{
    int i = group * kernels->lanes, end = group_end(taps, group, kernels->lanes);
    for (int p = 0; i < end; p++) {
        int length = piece_length(taps, i, end, kernels->reach);
        taps->base[group * taps->pieces + p] = piece_base(taps, taps->tap[i].first, kernels->reach);
        for (int n = 0; n < length; n++)
            pack_output(taps, group, p, i + n, kernels);
        i += length;
    }
}

// Reserves `size` bytes of the tables' memory, aligned; only counts while there is none yet.
static void *carve(struct ct__taps *taps, size_t *used, size_t size)
{
    uint8_t *at = taps->memory ? (uint8_t *)taps->memory + *used : NULL;
    *used += (size + 63) / 64 * 64;
    return at;
}

static size_t lay_out(struct ct__taps *taps, int lanes, int reach)
{
    size_t used = 0, pieces = (size_t)taps->groups * (size_t)taps->pieces;
    size_t groups = (size_t)taps->groups;
    taps->base = carve(taps, &used, pieces * sizeof *taps->base);
    taps->mask = carve(taps, &used, reach == 64 ? pieces * sizeof *taps->mask : 0);
    taps->select = carve(taps, &used, reach == 64 ? groups * 64 : pieces * 32);
    taps->weight = carve(taps, &used, groups * 4 * (size_t)lanes);
    return used;
}

static int pack(struct ct__taps *taps, const struct ct__kernels *kernels)
{
    taps->groups = (taps->count + kernels->lanes - 1) / kernels->lanes;
    taps->pieces = most_pieces(taps, kernels->lanes, kernels->reach);
    size_t size = lay_out(taps, kernels->lanes, kernels->reach);
    taps->memory = ct__alloc_aligned(size);
    if (!taps->memory)
        return ct__fail_memory("prepare");
    lay_out(taps, kernels->lanes, kernels->reach);
    memset(taps->memory, 0, size);
    if (kernels->reach == 16) // a shuffle byte with its top bit set gives zero
        memset(taps->select, 0x80, (size_t)taps->groups * (size_t)taps->pieces * 32);
    for (int g = 0; g < taps->groups; g++)
        pack_group(taps, g, kernels);
    return CT_OK;
}

int ct__taps_make(struct ct__taps *taps, const struct ct__axis *axis, int step, int offset,
                  int row_bytes, const struct ct__kernels *kernels)
{
    *taps = (struct ct__taps){.count = axis->count, .row_bytes = row_bytes};
    taps->tap = ct__alloc((size_t)axis->count * sizeof *taps->tap);
    if (!taps->tap)
        return ct__fail_memory("prepare");
    list_taps(taps, axis, step, offset);
    int error = kernels->lanes ? pack(taps, kernels) : CT_OK;
    if (error)
        ct__taps_finish(taps);
    return error;
}

void ct__taps_finish(struct ct__taps *taps)
{
    ct__free(taps->tap);
    ct__free(taps->memory);
    *taps = (struct ct__taps){0};
}
