// SPDX-License-Identifier: Apache-2.0
// Blocks in a list; what is larger than a block gets one of its own.
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 1 << 14 };

struct ct__arena_block {
    struct ct__arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char memory[];
};

static struct ct__arena_block *add_block(struct ct__arena *arena, size_t size)
{
    size = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct ct__arena_block *block = ct__calloc(1, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *ct__arena_alloc(struct ct__arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    struct ct__arena_block *block = arena->blocks;
    if (size > (size_t)-1 / 2)
        return NULL;
    size = (size + step - 1) / step * step;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    void *memory = block->memory + block->used;
    block->used += size;
    return memory;
}

char *ct__arena_text(struct ct__arena *arena, const char *text, size_t length)
{
    char *copy = ct__arena_alloc(arena, length + 1);
    if (copy)
        memcpy(copy, text, length); // the zero is there
    return copy;
}

void ct__arena_finish(struct ct__arena *arena)
{
    while (arena->blocks) {
        struct ct__arena_block *block = arena->blocks;
        arena->blocks = block->next;
        ct__free(block);
    }
}
