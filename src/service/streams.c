// SPDX-License-Identifier: Apache-2.0
// Numbers of removed streams are not used again, so the list is searched from its new end.
#include "service/streams.h"

#include <string.h>

int ct__streams_find(ct_engine *engine, const char *name, struct ct_stream_info *info)
{
    struct ct_stream_info found;
    for (int i = ct_engine_stream_count(engine) - 1; i >= 0; i--)
        if (ct_engine_stream_info(engine, i, &found) == CT_OK && strcmp(found.name, name) == 0) {
            *info = found;
            return CT_OK;
        }
    return CT_ERROR_NOT_FOUND;
}
