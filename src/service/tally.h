// SPDX-License-Identifier: Apache-2.0
// How requests were answered, counted by status. One thread.
#ifndef CT_SERVICE_TALLY_H
#define CT_SERVICE_TALLY_H

#include <stdint.h>

#include "base/text.h"

enum { CT__TALLY_STATUSES = 10 };

// Zero-initialise.
struct ct__tally {
    uint64_t answers[CT__TALLY_STATUSES];
};

void ct__tally_add(struct ct__tally *tally, int status);

// Writes it as the counter chiton_NAME_requests_total.
void ct__tally_write(const struct ct__tally *tally, const char *name, struct ct__text *text);

#endif
