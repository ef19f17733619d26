// SPDX-License-Identifier: Apache-2.0
// An engine that says what a test tells it to: what the service uses of the public interface, and
// nothing behind it.
#ifndef TESTS_SERVICE_FAKE_ENGINE_H
#define TESTS_SERVICE_FAKE_ENGINE_H

#include <chiton/engine.h>

enum { FAKE_STREAMS = 64 };

ct_engine *fake_create(void);
void fake_destroy(
    ct_engine *engine); // fails the test where somebody still watches, or pictures are left

// Adds a stream, or changes what is known of it.
int fake_add(ct_engine *engine, const char *name, enum ct_stream_state state);
void fake_state(ct_engine *engine, int stream, enum ct_stream_state state, const char *reason);
void fake_remove(ct_engine *engine, int stream);

// Delivers a result, or a picture of `size` bytes that are all `fill`, taken now, to who watches.
void fake_result(ct_engine *engine, int stream, uint64_t frame);
void fake_picture(ct_engine *engine, int stream, uint64_t frame, size_t size, char fill);

// How many watch the stream's pictures (-1: results of all), and the width they asked for last.
int fake_watchers(ct_engine *engine, int stream);
int fake_width(ct_engine *engine);

// Lets ct_engine_watch() fail from now on, or work again.
void fake_refuse(ct_engine *engine, int error);

// How long a result's line is beside what it has to say.
void fake_padding(ct_engine *engine, size_t bytes);

#endif
