// SPDX-License-Identifier: Apache-2.0
// Each part takes a run of neighbouring pieces.
#include "image/parallel.h"

#include <stddef.h>
#include <stdint.h>

struct share {
    int count, parts;
    void (*piece)(void *context, int index);
    void *context;
};

static void run_share(void *context, int index)
{
    const struct share *share = context;
    int64_t count = share->count;
    int end = (int)(count * (index + 1) / share->parts);
    for (int i = (int)(count * index / share->parts); i < end; i++)
        share->piece(share->context, i);
}

void ct__parallel_each(const struct ct__parallel *parallel, int count,
                       void (*piece)(void *context, int index), void *context)
{
    int parts = parallel && parallel->run ? parallel->parts : 1;
    struct share share = {count, parts < count ? parts : count, piece, context};
    if (share.parts > 1)
        parallel->run(parallel->opaque, share.parts, run_share, &share);
    else
        for (int i = 0; i < count; i++)
            piece(context, i);
}
