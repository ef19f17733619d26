// SPDX-License-Identifier: Apache-2.0
// A row a status, also of those that have not happened: a counter that appears late is not seen to
// rise.
#include "service/tally.h"

#include <inttypes.h>

static const int statuses[CT__TALLY_STATUSES] = {200, 400, 404, 413, 415, 422, 429, 500, 502, 503};

void ct__tally_add(struct ct__tally *tally, int status)
{
    for (int i = 0; i < CT__TALLY_STATUSES; i++)
        tally->answers[i] += statuses[i] == status;
}

void ct__tally_write(const struct ct__tally *tally, const char *name, struct ct__text *text)
{
    ct__text_printf(text,
                    "# HELP chiton_%s_requests_total Requests answered, by status.\n"
                    "# TYPE chiton_%s_requests_total counter\n",
                    name, name);
    for (int i = 0; i < CT__TALLY_STATUSES; i++)
        ct__text_printf(text, "chiton_%s_requests_total{status=\"%d\"} %" PRIu64 "\n", name,
                        statuses[i], tally->answers[i]);
}
