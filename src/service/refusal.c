// SPDX-License-Identifier: Apache-2.0
// A status, a code, a sentence.
#include "service/refusal.h"

#include <stdarg.h>
#include <stdio.h>

bool ct__refuse(struct ct__refusal *refusal, int status, const char *code, const char *format, ...)
{
    va_list arguments;
    refusal->status = status;
    refusal->code = code;
    va_start(arguments, format);
    vsnprintf(refusal->why, sizeof refusal->why, format, arguments);
    va_end(arguments);
    return false;
}
