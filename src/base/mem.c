// SPDX-License-Identifier: Apache-2.0
// Allocation behind one door: counted, and failing on request. Two relaxed atomics are all it
// costs; every block comes from the C library, so that sanitizers and valgrind see it as it is.
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGNMENT = 64, SPARE = 64 };

static atomic_uint_fast64_t made;
static atomic_uint_fast64_t until_failure; // 0: no failure was asked for
static atomic_bool failure_happened;

// Counts one allocation and says whether it may succeed.
static bool admit(void)
{
    atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);
    uint_fast64_t left = atomic_load_explicit(&until_failure, memory_order_relaxed);
    while (left > 0) {
        if (!atomic_compare_exchange_weak(&until_failure, &left, left - 1))
            continue;
        if (left == 1)
            atomic_store(&failure_happened, true);
        return left != 1;
    }
    return true;
}

void *ct__alloc(size_t size)
{
    // NULL means failure and nothing else, so an empty block is one byte.
    return admit() ? malloc(size ? size : 1) : NULL;
}

void *ct__calloc(size_t count, size_t size)
{
    size_t bytes;
    if (!admit() || __builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return calloc(1, bytes ? bytes : 1);
}

void *ct__realloc_array(void *memory, size_t count, size_t size)
{
    size_t bytes;
    if (!admit() || __builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return realloc(memory, bytes ? bytes : 1);
}

char *ct__strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = ct__alloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

void ct__free(void *memory)
{
    free(memory);
}

void *ct__alloc_aligned(size_t size)
{
    size_t bytes;
    if (!admit() || __builtin_add_overflow(size, SPARE + ALIGNMENT - 1, &bytes))
        return NULL;
    return aligned_alloc(ALIGNMENT, bytes / ALIGNMENT * ALIGNMENT);
}

uint64_t ct__mem_count(void)
{
    return atomic_load_explicit(&made, memory_order_relaxed);
}

void ct__mem_fail(uint64_t n)
{
    atomic_store(&failure_happened, false);
    atomic_store(&until_failure, n);
}

int ct__mem_failed(void)
{
    return atomic_load(&failure_happened);
}

// The number of a line "KEY   1234 kB" in bytes, 0 without it.
static int64_t read_line(const char *path, const char *key)
{
    char line[256];
    long long kilobytes = 0;
    size_t length = strlen(key);
    FILE *file = fopen(path, "re");
    while (file && !kilobytes && fgets(line, sizeof line, file))
        if (strncmp(line, key, length) == 0)
            kilobytes = strtoll(line + length, NULL, 10);
    if (file)
        fclose(file);
    return (int64_t)kilobytes * 1024;
}

void ct__mem_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

int64_t ct__mem_private(void)
{
    // The second is a sum that the kernel keeps for each core and adds up now and then.
    int64_t bytes = read_line("/proc/self/smaps_rollup", "Anonymous:");
    return bytes ? bytes : read_line("/proc/self/status", "RssAnon:");
}
