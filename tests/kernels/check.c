// SPDX-License-Identifier: Apache-2.0
// Compares the pixel kernels of every level that this processor has with their plain C forms, bit
// by bit. With --bench it prints nanoseconds of each, and how many times faster than C.
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static long compared, failed;

void guarded_init(struct guarded *memory, size_t size, bool at_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (size + page - 1) / page * page;
    memory->map_size = inner + 2 * page;
    memory->map = mmap(NULL, memory->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *first = (uint8_t *)memory->map + page;
    if (memory->map == MAP_FAILED || mprotect(first, inner, PROT_READ | PROT_WRITE)) {
        perror("guarded memory");
        exit(1);
    }
    memory->data = at_end ? first + inner - size : first;
}

void guarded_finish(struct guarded *memory)
{
    munmap(memory->map, memory->map_size);
}

uint32_t random_below(uint32_t n)
{
    static uint64_t state = 1;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % n);
}

void random_bytes(uint8_t *to, size_t size)
{
    // Black and white are the values at which sums overflow, so they come more often than by
    // chance.
    for (size_t i = 0; i < size; i++) {
        uint32_t kind = random_below(8);
        to[i] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)random_below(256);
    }
}

void expect(bool holds, const char *format, ...)
{
    compared++;
    if (holds)
        return;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    if (++failed == 20)
        exit(1);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double stopwatch(void (*run)(void *opaque), void *opaque)
{
    double best = 1e30, end = now_ns() + 1e8;
    while (now_ns() < end) {
        double start = now_ns();
        for (int i = 0; i < 8; i++)
            run(opaque);
        double each = (now_ns() - start) / 8;
        best = each < best ? each : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    bool bench = argc > 1 && strcmp(argv[1], "--bench") == 0;
    int best = (int)ct__kernels_level(ct__kernels(CT__CPU_AVX512));
    for (int level = bench ? CT__CPU_C : CT__CPU_C + 1; level <= best; level++) {
        const struct ct__kernels *kernels = ct__kernels((enum ct__cpu)level);
        if ((int)kernels->level != level)
            continue; // one of another kind of processor
        check_sample(kernels, bench);
        check_colour(kernels, bench);
        check_rows(kernels, bench);
        check_weigh(kernels, bench);
        check_prepare(kernels, bench);
        if (!bench)
            printf("%s: %ld comparisons, %ld failed\n", ct__cpu_name(kernels->level), compared,
                   failed);
    }
    return failed ? 1 : 0;
}
