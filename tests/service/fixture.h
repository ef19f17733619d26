// SPDX-License-Identifier: Apache-2.0
// A service over an engine that says what a test tells it to.
#ifndef TESTS_SERVICE_FIXTURE_H
#define TESTS_SERVICE_FIXTURE_H

#include <chiton/service.h>

#include "client.h"
#include "fake_engine.h"

extern ct_engine *engine; // with a live stream 0, "door"
extern ct_service *service;
extern char last_message[1200]; // of the last error

// For each test: a service of its own on a free port.
int set_up(void **state);
int tear_down(void **state);

// A service with other parameters than the standard ones. It waits for clients as long as any
// machine takes, unless a time-out is given.
void restart(struct ct_service_params params);

const char *where(void); // it is

// Whether an answer begins so and holds that text; frees it.
void expect(char *answer, const char *first, const char *text);

void write_file(const char *path, const char *text);

// Runs tests in a folder of their own.
struct CMUnitTest;
int run_all(const struct CMUnitTest *tests, size_t count);

#endif
