// SPDX-License-Identifier: Apache-2.0
// Pictures that a graph of libavfilter makes: test patterns, for one. One thread at a time, except
// ct__generator_interrupt().
#ifndef CT_MEDIA_GENERATOR_H
#define CT_MEDIA_GENERATOR_H

#include <stdatomic.h>

#include "frame/frame.h"

struct ct__generator;

// Opens a graph without inputs and with one video output, as in "testsrc2=duration=2"; what it
// opens itself is its author's business. `scope` is copied, `stop` may be NULL. Errors are logged:
// CT_ERROR_INVALID, CT_ERROR_UNSUPPORTED without libavfilter, CT_ERROR_LIMIT.
int ct__generator_open(struct ct__generator **out, const char *graph, const char *scope,
                       int64_t max_pixels, const atomic_bool *stop);

// The next picture, as ct__reader_read() gives it. CT_ERROR_END, CT_ERROR_STOPPED.
int ct__generator_read(struct ct__generator *generator, struct ct__pool *pool, ct_frame **frame);

// Frames a second; 25 if unknown.
void ct__generator_rate(const struct ct__generator *generator, int *numerator, int *denominator);
void ct__generator_interrupt(struct ct__generator *generator); // any thread

// Accepts NULL; sets the pointer to NULL.
void ct__generator_close(struct ct__generator **generator);

#endif
