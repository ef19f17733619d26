// SPDX-License-Identifier: Apache-2.0
// Which models are there, told in the three ways that are asked for. Any thread.
#ifndef CT_SERVICE_ROSTER_H
#define CT_SERVICE_ROSTER_H

#include "base/text.h"
#include "service/residents.h"

// {"models":[{"name":...,"loaded":...,"users":...,"uses":...,"memory_bytes":...}]}
void ct__roster_write(struct ct__residents *residents, struct ct__text *text);

// The repository's index of the Open Inference Protocol; `ready`: of models in memory alone.
void ct__roster_write_index(struct ct__residents *residents, bool ready, struct ct__text *text);

// Metrics by model, in Prometheus' text format.
void ct__roster_write_metrics(struct ct__residents *residents, struct ct__text *text);

#endif
