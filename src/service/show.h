// SPDX-License-Identifier: Apache-2.0
// Pictures over HTTP: one, or one after the other.
#ifndef CT_SERVICE_SHOW_H
#define CT_SERVICE_SHOW_H

#include "service/pictures.h"

// Answers with the next picture of the stream `name`, waiting for it two seconds at most. A stream
// that gives none is 503, with its state: an old picture never stands for a new one. `?width=`
// shrinks it; with `?after=N` picture number N is not given again.
void ct__show_latest(struct ct__pictures *pictures, ct_engine *engine, struct ct__request *request,
                     const char *name);

// Answers with pictures as they come (multipart/x-mixed-replace). `?width=`.
void ct__show_stream(struct ct__pictures *pictures, ct_engine *engine, struct ct__request *request,
                     const char *name);

#endif
