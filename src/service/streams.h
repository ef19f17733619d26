// SPDX-License-Identifier: Apache-2.0
// The engine's streams by name.
#ifndef CT_SERVICE_STREAMS_H
#define CT_SERVICE_STREAMS_H

#include <chiton/engine.h>

// The stream of that name; of several the newest. CT_ERROR_NOT_FOUND, not logged.
int ct__streams_find(ct_engine *engine, const char *name, struct ct_stream_info *info);

#endif
