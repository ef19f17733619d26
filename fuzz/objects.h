// SPDX-License-Identifier: Apache-2.0
// Objects with any numbers, for what draws or writes them.
#ifndef CT_FUZZ_OBJECTS_H
#define CT_FUZZ_OBJECTS_H

#include <chiton/result.h>

#include "fuzz.h"

static inline struct ct_object fuzz_object(struct fuzz_bytes *bytes, const char *label)
{
    struct ct_object object = {.label = label};
    object.x = fuzz_float(bytes);
    object.y = fuzz_float(bytes);
    object.width = fuzz_float(bytes);
    object.height = fuzz_float(bytes);
    object.score = fuzz_float(bytes);
    object.class_id = (int)fuzz_byte(bytes);
    object.id = (int64_t)fuzz_below(bytes, 1000) - 1;
    object.point_kind = (enum ct_points)fuzz_below(bytes, 4);
    object.point_count = (int)fuzz_below(bytes, CT_MAX_POINTS + 1);
    for (int i = 0; i < object.point_count; i++) {
        object.points[i].x = fuzz_float(bytes);
        object.points[i].y = fuzz_float(bytes);
        object.points[i].score = 0.5F;
    }
    return object;
}

#endif
