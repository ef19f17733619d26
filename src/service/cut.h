// SPDX-License-Identifier: Apache-2.0
// One background removed: a request of /api/remove from its fields to its picture.
#ifndef CT_SERVICE_CUT_H
#define CT_SERVICE_CUT_H

#include "service/jobs.h"
#include "service/refusal.h"

// Looks at the headers of a request. False with the refusal set.
bool ct__cut_expects(const struct ct__request *request, struct ct__refusal *refusal);

// Fills a job from the request: its picture or its URL, and its fields; `preset` is the model where
// none is named. False with the refusal set.
bool ct__cut_read(struct ct__job *job, struct ct__request *request, const char *preset,
                  struct ct__refusal *refusal);

#endif
