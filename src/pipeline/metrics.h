// SPDX-License-Identifier: Apache-2.0
// What an engine counts, in the text format of Prometheus.
#ifndef CT_PIPELINE_METRICS_H
#define CT_PIPELINE_METRICS_H

#include "base/text.h"

#include <chiton/engine.h>

// Appends all metrics, each with its HELP and TYPE. Any thread; the lock is held for copies only.
void ct__metrics_put(ct_engine *engine, struct ct__text *text);

// Writes them to a file, whole or not at all. CT_ERROR_IO, CT_ERROR_MEMORY.
int ct__metrics_save(ct_engine *engine, const char *path);

#endif
