// SPDX-License-Identifier: Apache-2.0
// Scoped messages to the callback of ct_log_set(). Any thread; messages are delivered one at a
// time, scope and sentence cut at 1,023 bytes, control characters in them made blanks.
#ifndef CT_BASE_LOG_H
#define CT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <chiton/error.h>
#include <chiton/log.h>

// Logs one sentence under `scope`. Costs a load and a compare when the level is not wanted.
__attribute__((format(printf, 3, 4))) void ct__log(enum ct_log_level level, const char *scope,
                                                   const char *format, ...);

// Logs the sentence as an error and returns `error`:
// `return ct__fail(CT_ERROR_FORMAT, path, "no PNG: %s", why);`
__attribute__((format(printf, 3, 4))) int ct__fail(int error, const char *scope, const char *format,
                                                   ...);

// Logs that memory ran out under `scope` and returns CT_ERROR_MEMORY.
int ct__fail_memory(const char *scope);

// From now on errors and warnings of the calling thread are told calmly, or all again: the same
// complaint (of one place in the code, under one scope) once in ten seconds, with how many were not
// told. For what goes on for ever: a camera whose every picture is broken.
void ct__log_calm(bool calm);

// Copies the sentence of the last ct__fail() of the calling thread to `text` ("" if there was
// none); for results that carry their reason.
void ct__last_failure(char *text, size_t size);

// The same for its scope, which may say more of the place than the caller knows: "a.yaml:2:1".
void ct__last_failure_scope(char *scope, size_t size);

#endif
