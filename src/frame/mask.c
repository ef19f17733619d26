// SPDX-License-Identifier: Apache-2.0
// Run lengths of masks. Runs of even number are outside, odd ones inside, and inside ones may go on
// from the foot of a column to the head of the next: walking cuts them there.
#include "frame/mask.h"

#include "base/log.h"
#include "base/mem.h"

static int append(struct ct__runs *runs, uint32_t length)
{
    if (runs->count == runs->capacity) {
        int capacity = runs->capacity ? 2 * runs->capacity : 1024;
        uint32_t *items = ct__realloc_array(runs->items, (size_t)capacity, sizeof *items);
        if (!items)
            return ct__fail_memory("mask");
        runs->items = items;
        runs->capacity = capacity;
    }
    runs->items[runs->count++] = length;
    return CT_OK;
}

int ct__runs_add(struct ct__runs *runs, bool inside, uint32_t length)
{
    if (!length)
        return CT_OK;
    if (runs->count && inside == (runs->count % 2 == 0)) {
        runs->items[runs->count - 1] += length;
        return CT_OK;
    }
    int error = inside && !runs->count ? append(runs, 0) : CT_OK;
    return error ? error : append(runs, length);
}

void ct__runs_finish(struct ct__runs *runs)
{
    ct__free(runs->items);
    *runs = (struct ct__runs){0};
}

bool ct__mask_next(struct ct__mask_walk *walk, int *x, int *y, int *length)
{
    while (walk->at == walk->end) {
        if (walk->run + 1 >= walk->mask->count)
            return false;
        const uint32_t *runs = walk->mask->runs + walk->run;
        walk->at = walk->end + runs[0];
        walk->end = walk->at + runs[1];
        walk->run += 2;
    }
    uint64_t height = (uint64_t)walk->height, row = walk->at % height;
    uint64_t left = walk->end - walk->at, below = height - row;
    *x = (int)(walk->at / height);
    *y = (int)row;
    *length = (int)(left < below ? left : below);
    walk->at += (uint64_t)*length;
    return true;
}
