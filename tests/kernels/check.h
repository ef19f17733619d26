// SPDX-License-Identifier: Apache-2.0
// What the checks of kernels share: memory that faults one byte beyond its ends, random numbers
// that are the same on every run, complaints, and a stopwatch.
#ifndef CT_TESTS_CHECK_H
#define CT_TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/kernels.h"

// `data` has `size` bytes; a page that faults lies right behind them, or right before.
struct guarded {
    uint8_t *data;
    void *map;
    size_t map_size;
};

void guarded_init(struct guarded *memory, size_t size, bool at_end);
void guarded_finish(struct guarded *memory);

uint32_t random_below(uint32_t n);
void random_bytes(uint8_t *to, size_t size);

// Counts a comparison; complains in printf's words where it does not hold.
__attribute__((format(printf, 2, 3))) void expect(bool holds, const char *format, ...);

// Least nanoseconds of one call of `run(opaque)` among many.
double stopwatch(void (*run)(void *opaque), void *opaque);

// Compare `kernels` with plain C; with `bench` print its speed instead.
void check_sample(const struct ct__kernels *kernels, bool bench);
void check_colour(const struct ct__kernels *kernels, bool bench);
void check_weigh(const struct ct__kernels *kernels, bool bench);
void check_rows(const struct ct__kernels *kernels, bool bench);
void check_prepare(const struct ct__kernels *kernels, bool bench);

#endif
