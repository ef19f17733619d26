// SPDX-License-Identifier: Apache-2.0
// The addresses of the Open Inference Protocol (KServe v2): what each asks for, and the answers
// that need no model.
#ifndef CT_SERVICE_KSERVE_H
#define CT_SERVICE_KSERVE_H

#include "service/http.h"
#include "service/residents.h"

enum ct__kserve_kind {
    CT__KSERVE_NONE = 0, // another address
    CT__KSERVE_UNKNOWN,  // below /v2, but none of it
    CT__KSERVE_SERVER,
    CT__KSERVE_LIVE,
    CT__KSERVE_READY,
    CT__KSERVE_INDEX, // POST
    CT__KSERVE_MODEL,
    CT__KSERVE_MODEL_READY,
    CT__KSERVE_INFER, // POST
};

struct ct__kserve_ask {
    enum ct__kserve_kind kind;
    char model[CT__LONGEST_MODEL + 1];
};

// Reads a path; a version other than "1" and a name that no model can have are unknown. Pure.
struct ct__kserve_ask ct__kserve_read(const char *path);

// "GET" or "POST".
const char *ct__kserve_method(enum ct__kserve_kind kind);

// Answers what is no job: all but CT__KSERVE_MODEL and CT__KSERVE_INFER. `ending`: the server is
// about to end.
void ct__kserve_answer(const struct ct__kserve_ask *ask, struct ct__request *request,
                       struct ct__residents *residents, bool ending);

#endif
