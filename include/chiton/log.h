// SPDX-License-Identifier: Apache-2.0
// Where the library's sentences go. The library never prints: it hands each message to one callback
// of the process.
#ifndef CHITON_LOG_H
#define CHITON_LOG_H

#include <chiton/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ct_log_level {
    CT_LOG_NONE = 0, // as a threshold: nothing
    CT_LOG_ERROR,    // something asked for was not done
    CT_LOG_WARN,     // done, but not as asked (a fallback, a repaired input)
    CT_LOG_INFO,     // what a person wants to know once
    CT_LOG_DEBUG,    // what a developer wants to know
};

// Receives one message. `scope` names the place from general to particular ("door/model"); `text`
// is one sentence without a newline. Both are borrowed for the call. Called from any thread, never
// by two at once; it must not call back into the library.
typedef void ct_log_fn(void *opaque, enum ct_log_level level, const char *scope, const char *text);

// Sends messages up to `level` to `fn` from now on; NULL silences the library (the state at start).
// Any thread.
CT_API void ct_log_set(enum ct_log_level level, ct_log_fn *fn, void *opaque);

#ifdef __cplusplus
}
#endif
#endif
