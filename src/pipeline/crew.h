// SPDX-License-Identifier: Apache-2.0
// Threads that help with one piece of work at a time, for what is done on one picture by all cores
// (image/parallel.h). They sleep while there is nothing to do. A crew belongs to one caller.
#ifndef CT_PIPELINE_CREW_H
#define CT_PIPELINE_CREW_H

#include "image/parallel.h"

struct ct__crew;

// Starts threads - 1 helpers, `ct-crew`; the caller of run() is the last one. 1 is a crew of none.
// CT_ERROR_MEMORY, CT_ERROR_LIMIT, logged.
int ct__crew_create(struct ct__crew **out, int threads);
void ct__crew_destroy(struct ct__crew **crew);

// The crew as work wants it; lives as long as the crew.
const struct ct__parallel *ct__crew_parallel(const struct ct__crew *crew);

#endif
