// SPDX-License-Identifier: Apache-2.0
// What an engine says of itself, as JSON and for Prometheus.
#ifndef CT_SERVICE_API_H
#define CT_SERVICE_API_H

#include <chiton/engine.h>

#include "service/http.h"

// What the process used of its CPU lately.
struct ct__usage {
    int64_t since_ns, cpu_ns; // when it was last read
    double percent;           // of one core, between the last two readings
    int cores;                // that the process may use
};

// Who looks on.
struct ct__onlookers {
    int events, pictures;
};

void ct__api_word(struct ct__request *request, const char *word);
void ct__api_health(struct ct__request *request);
void ct__api_ready(ct_engine *engine, struct ct__request *request);
void ct__api_metrics(ct_engine *engine, struct ct__request *request);
void ct__api_schema(struct ct__request *request); // of a fleet's file
void ct__api_streams(ct_engine *engine, struct ct__request *request);
void ct__api_stream(ct_engine *engine, struct ct__request *request, const char *name);
void ct__api_stats(ct_engine *engine, struct ct__request *request, struct ct__usage *usage,
                   struct ct__onlookers onlookers);

#endif
