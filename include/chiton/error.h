// SPDX-License-Identifier: Apache-2.0
// What a call answers. Every function that can fail returns an int: zero or a count on success,
// else one of these negative codes. A code says what a program can do about it; the sentence for a
// person is logged once, where the cause is known (see log.h).
#ifndef CHITON_ERROR_H
#define CHITON_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

// Marks what the shared library exports.
#if defined(__GNUC__)
#define CT_API __attribute__((visibility("default")))
#else
#define CT_API
#endif

// The version of these headers; ct_version() tells that of the library.
#define CT_VERSION_MAJOR 0
#define CT_VERSION_MINOR 1
#define CT_VERSION_PATCH 0

enum ct_error {
    CT_OK = 0,
    CT_ERROR_INVALID = -1,     // The call, an option or a value is wrong: fix the call.
    CT_ERROR_MEMORY = -2,      // No memory: nothing was changed; the call may be repeated.
    CT_ERROR_NOT_FOUND = -3,   // No such file, folder, model or name.
    CT_ERROR_FORMAT = -4,      // The data is broken, or not what it should be: try another file.
    CT_ERROR_UNSUPPORTED = -5, // Understood, but this build or machine cannot do it.
    CT_ERROR_IO = -6,    // Reading or writing failed half-way (disk full, network): may be retried.
    CT_ERROR_LIMIT = -7, // Larger than is allowed: raise the limit or shrink the input.
    CT_ERROR_BACKEND = -8, // The inference library refused or failed.
    CT_ERROR_STOPPED = -9, // Interrupted on request.
    CT_ERROR_END = -10,    // No more input: the normal end of a source.
};

// The name of a code as the log writes it ("not found"). Never NULL. Any thread.
CT_API const char *ct_error_name(int error);

// "0.1.0". Any thread.
CT_API const char *ct_version(void);

#ifdef __cplusplus
}
#endif
#endif
