// SPDX-License-Identifier: Apache-2.0
// What an engine counts, in the text format of Prometheus.
#ifndef CT_PIPELINE_METRICS_H
#define CT_PIPELINE_METRICS_H

#include <chiton/engine.h>

// Writes all metrics to a file, whole or not at all. Any thread; the lock is held for copies only.
// CT_ERROR_IO, CT_ERROR_MEMORY.
int ct__metrics_save(ct_engine *engine, const char *path);

#endif
