// SPDX-License-Identifier: Apache-2.0
// What fuzz targets share. A target is one function that gets any bytes: it must come back, and
// what it computes must keep what the headers promise. libFuzzer calls it, and so does replay.c.
#ifndef CT_FUZZ_FUZZ_H
#define CT_FUZZ_FUZZ_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A promise that was broken: told with its text, then the program ends as fuzzers expect it.
#define FUZZ_CHECK(promise) ((promise) ? (void)0 : fuzz_broken(#promise, __FILE__, __LINE__))

static inline void fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

// Bytes that values are taken from; behind the end everything is zero.
struct fuzz_bytes {
    const uint8_t *at;
    size_t left;
};

static inline unsigned fuzz_byte(struct fuzz_bytes *bytes)
{
    if (!bytes->left)
        return 0;
    bytes->left--;
    return *bytes->at++;
}

// A number from 0 to most - 1.
static inline unsigned fuzz_below(struct fuzz_bytes *bytes, unsigned most)
{
    unsigned value = fuzz_byte(bytes);
    if (most > 256)
        value = value << 8 | fuzz_byte(bytes);
    return value % most;
}

// Mostly quarters around zero, sometimes what arithmetic trips over, sometimes any bits at all.
static inline float fuzz_float(struct fuzz_bytes *bytes)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, -0.0F, 3.4e38F, -3.4e38F, 1e-42F, 1e9F};
    unsigned kind = fuzz_byte(bytes);
    if (kind < 8)
        return odd[kind];
    if (kind < 128)
        return (float)kind / 128;
    if (kind < 240)
        return ((float)fuzz_byte(bytes) - 128) * (float)(kind - 127) / 4;
    uint32_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits = bits << 8 | fuzz_byte(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// A string of at most `most` bytes in memory of exactly its size; the caller frees it.
static inline char *fuzz_text(struct fuzz_bytes *bytes, size_t most)
{
    size_t length = fuzz_byte(bytes) % (most + 1);
    length = length < bytes->left ? length : bytes->left;
    char *text = malloc(length + 1);
    FUZZ_CHECK(text);
    memcpy(text, bytes->at, length);
    text[length] = 0;
    bytes->at += length;
    bytes->left -= length;
    // Only up to the first zero: the memory behind it would hide a read that goes too far.
    char *exact = strdup(text);
    FUZZ_CHECK(exact);
    free(text);
    return exact;
}

#endif
