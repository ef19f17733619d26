// SPDX-License-Identifier: Apache-2.0
// The names of error codes and the version: what a program may want to show beside a logged
// sentence.
#include <stddef.h>

#include <chiton/error.h>

#define QUOTE(x)         #x
#define VERSION(a, b, c) QUOTE(a) "." QUOTE(b) "." QUOTE(c)

static const char *const names[] = {
    [-CT_OK] = "ok",
    [-CT_ERROR_INVALID] = "invalid",
    [-CT_ERROR_MEMORY] = "out of memory",
    [-CT_ERROR_NOT_FOUND] = "not found",
    [-CT_ERROR_FORMAT] = "bad format",
    [-CT_ERROR_UNSUPPORTED] = "unsupported",
    [-CT_ERROR_IO] = "input or output failed",
    [-CT_ERROR_LIMIT] = "too large",
    [-CT_ERROR_BACKEND] = "backend failed",
    [-CT_ERROR_STOPPED] = "stopped",
    [-CT_ERROR_END] = "end of input",
};

const char *ct_error_name(int error)
{
    if (error >= 0)
        return names[0];
    // Compared before the sign is turned: INT_MIN has no positive counterpart.
    return error > -(int)(sizeof names / sizeof *names) ? names[-error] : "unknown error";
}

const char *ct_version(void)
{
    return VERSION(CT_VERSION_MAJOR, CT_VERSION_MINOR, CT_VERSION_PATCH);
}
