// SPDX-License-Identifier: Apache-2.0
// Every allocation of the library, so that tests can count them and make each one fail. Any thread.
#ifndef CT_BASE_MEM_H
#define CT_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

// Like malloc, calloc, realloc, strdup, free; NULL on failure and only then, also when count x size
// overflows. Never logs: the caller knows what the memory was for and returns CT_ERROR_MEMORY.
void *ct__alloc(size_t size);
void *ct__calloc(size_t count, size_t size);
void *ct__realloc_array(void *memory, size_t count, size_t size);
char *ct__strdup(const char *text);
void ct__free(void *memory);

// 64-byte aligned memory with 64 readable and writable bytes beyond its end, for vector kernels;
// ct__free() frees it.
void *ct__alloc_aligned(size_t size);

// Bytes that lie in memory now and belong to this process alone: its own data, no files and no
// code. 0 where the system does not tell. Reads a file of /proc: a millisecond or so.
int64_t ct__mem_private(void);

// Gives what was freed back to the system, which the C library may keep for its next allocations:
// for once, after something large. Takes milliseconds.
void ct__mem_trim(void);

// How many allocations were made since the start of the process.
uint64_t ct__mem_count(void);

// Test only: the n-th allocation from now (1 is the next) fails, once; 0 lets all succeed.
void ct__mem_fail(uint64_t n);

// Test only: whether the failure asked for has happened.
int ct__mem_failed(void);

#endif
