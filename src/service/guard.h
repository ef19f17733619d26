// SPDX-License-Identifier: Apache-2.0
// Who may ask.
#ifndef CT_SERVICE_GUARD_H
#define CT_SERVICE_GUARD_H

#include <stdbool.h>

#include "service/http.h"

struct ct__guard {
    char *token;   // that requests carry, or NULL
    bool loopback; // others cannot reach the server, but pages in this machine's browsers can
};

// Reads the token of a file. CT_ERROR_INVALID for an empty one and one with control characters.
int ct__guard_read_token(struct ct__guard *guard, const char *path);
void ct__guard_finish(struct ct__guard *guard);

// Answers a request that may not pass, and returns false. `open` needs no token.
bool ct__guard_lets_pass(const struct ct__guard *guard, struct ct__request *request, bool open);

#endif
