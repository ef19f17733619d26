// SPDX-License-Identifier: Apache-2.0
// What parser and help of options share; nobody else needs it.
#ifndef CT_BASE_OPTION_TABLE_H
#define CT_BASE_OPTION_TABLE_H

#include "base/option.h"

// A walk over the rows of all tables of a command; `row` is NULL at the end.
struct ct__option_rows {
    const struct ct__option *const *group;
    const struct ct__option *row;
    int number; // of the row, over all tables
};

struct ct__option_rows ct__option_first(const struct ct__command *command);
void ct__option_next(struct ct__option_rows *rows);
int ct__option_count(const struct ct__command *command);

bool ct__option_has_range(const struct ct__option *option);

// Appends "0 to 1", "1 or more" (most is INFINITY) or "at most 8" (least is -INFINITY).
void ct__option_put_range(struct ct__text *text, const struct ct__option *option);

// Appends "auto, ort or fake".
void ct__option_put_choices(struct ct__text *text, const struct ct__option *option);

#endif
