// SPDX-License-Identifier: Apache-2.0
// Memory for what is made piece by piece and freed at once, such as a tree.
#ifndef CT_BASE_ARENA_H
#define CT_BASE_ARENA_H

#include <stddef.h>

// Zero-initialise; one thread at a time.
struct ct__arena {
    struct ct__arena_block *blocks; // the newest first
};

// Zeroed memory that lives until ct__arena_finish(); NULL: no memory.
void *ct__arena_alloc(struct ct__arena *arena, size_t size);

// A copy of `length` bytes with a zero behind them.
char *ct__arena_text(struct ct__arena *arena, const char *text, size_t length);

void ct__arena_finish(struct ct__arena *arena);

#endif
