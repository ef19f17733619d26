// SPDX-License-Identifier: Apache-2.0
// One inference of /v2: a job from its body to its answer. And what a model is, which needs the
// model and is a job too.
#ifndef CT_SERVICE_PREDICT_H
#define CT_SERVICE_PREDICT_H

#include "service/jobs.h"
#include "service/refusal.h"

// Looks at the headers of a request. False with the refusal set.
bool ct__predict_expects(const struct ct__request *request, struct ct__refusal *refusal);

// Makes a job of the request; its model is named already. False with the refusal set.
bool ct__predict_read(struct ct__job *job, struct ct__request *request,
                      struct ct__refusal *refusal);

// The work of a job that tells what its model is.
void ct__predict_describe(struct ct__job *job);

#endif
