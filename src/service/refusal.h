// SPDX-License-Identifier: Apache-2.0
// Why a request is not answered as it wished.
#ifndef CT_SERVICE_REFUSAL_H
#define CT_SERVICE_REFUSAL_H

#include <stdbool.h>

// Zero-initialise.
struct ct__refusal {
    int status; // of HTTP; 0: nothing is refused
    const char *code;
    char why[320];
};

// Sets it, with a sentence; returns false.
__attribute__((format(printf, 4, 5))) bool ct__refuse(struct ct__refusal *refusal, int status,
                                                      const char *code, const char *format, ...);

#endif
