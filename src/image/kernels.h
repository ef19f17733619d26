// SPDX-License-Identifier: Apache-2.0
// The table of pixel kernels: filled with plain C first, then with what the processor has. One
// program compares every entry with its C form and prints its speed (tests/kernels).
#ifndef CT_IMAGE_KERNELS_H
#define CT_IMAGE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum ct__cpu { CT__CPU_C = 0, CT__CPU_AVX2, CT__CPU_AVX512 };

struct ct__kernels; // the owner of image/ defines its members here

// The best table for this processor, or for `most` where a test asks for less; environment
// CHITON_CPU=c|avx2|avx512 lowers it as well. Never NULL, never changes.
const struct ct__kernels *ct__kernels(enum ct__cpu most);

// Which level a table is.
enum ct__cpu ct__kernels_level(const struct ct__kernels *kernels);
const char *ct__cpu_name(enum ct__cpu cpu); // "avx512"

#endif
