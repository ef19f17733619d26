// SPDX-License-Identifier: Apache-2.0
// Results that are filled by families and used again for the next frame.
#ifndef CT_FRAME_RESULT_H
#define CT_FRAME_RESULT_H

#include "base/json.h"

#include <chiton/result.h>

// A result that owns its objects. `result` is the public view.
struct ct__result {
    struct ct_result view;
    struct ct_object *objects;
    int capacity;
    char reason[256]; // text behind view.reason
};

// Zero-initialise. Empties for the next frame, keeping memory.
void ct__result_clear(struct ct__result *result);

// Adds an object at the end, zeroed but for what `object` has; CT_ERROR_MEMORY.
int ct__result_add(struct ct__result *result, const struct ct_object *object);

void ct__result_finish(struct ct__result *result);

// Copies to a heap object for the public ct_result_destroy(); NULL without memory.
struct ct_result *ct__result_copy(const struct ct_result *result);

// Appends the line of design "One line of results": an object without a newline. `source`, `frame`,
// `pts` (seconds, 6 decimals, left out without a time), `time` for live input, `width`, `height`,
// `objects`, or `error` for a frame without an answer.
void ct__result_json(const struct ct_result *result, struct ct__json *json);

#endif
