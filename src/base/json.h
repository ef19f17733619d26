// SPDX-License-Identifier: Apache-2.0
// Writes JSON as a stream into a text: no tree, no allocation once the text has grown. RFC 8259;
// UTF-8 passes through, bytes that are not UTF-8 become U+FFFD. Commas and nesting are kept by the
// writer; a nesting of more than 32 levels marks the text as failed. One thread at a time.
#ifndef CT_BASE_JSON_H
#define CT_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct ct__json {
    struct ct__text *text;
    uint32_t has_member; // bit per level: something was written there
    int depth;
    bool after_key;
};

void ct__json_init(struct ct__json *json, struct ct__text *text);
void ct__json_begin_object(struct ct__json *json);
void ct__json_end_object(struct ct__json *json);
void ct__json_begin_array(struct ct__json *json);
void ct__json_end_array(struct ct__json *json);
void ct__json_key(struct ct__json *json, const char *key);
void ct__json_string(struct ct__json *json, const char *string); // NULL writes null
void ct__json_int(struct ct__json *json, int64_t value);
void ct__json_uint(struct ct__json *json, uint64_t value);
void ct__json_bool(struct ct__json *json, bool value);

// At most `decimals` (0 to 9) decimals, the double's exact value rounded half away from zero,
// trailing zeros dropped: 12.50 with 2 is 12.5; NaN and infinities, which JSON has not, become
// null; -0 becomes 0. Fast for |value| < 2^63.
void ct__json_number(struct ct__json *json, double value, int decimals);

// As few digits as read back as the same number, 6 at least where there are so many; NaN and
// infinities become null.
void ct__json_float(struct ct__json *json, float value);
void ct__json_double(struct ct__json *json, double value);

// A member of an object, in one call.
void ct__member_string(struct ct__json *json, const char *key, const char *value);
void ct__member_int(struct ct__json *json, const char *key, int64_t value);
void ct__member_number(struct ct__json *json, const char *key, double value, int decimals);

#endif
