// SPDX-License-Identifier: Apache-2.0
// What parser and help of options share; nobody else needs it.
#ifndef CT_BASE_OPTION_TABLE_H
#define CT_BASE_OPTION_TABLE_H

#include "base/option.h"

// The n-th row over all tables of a command, from 0; NULL behind the last.
const struct ct__option *ct__option_at(const struct ct__command *command, int n);

int ct__option_count(const struct ct__command *command);

bool ct__option_has_range(const struct ct__option *option);

// Appends "0 to 1", "1 or more" (most is INFINITY) or "at most 8" (least is -INFINITY).
void ct__option_put_range(struct ct__text *text, const struct ct__option *option);

// Appends "auto, ort or fake".
void ct__option_put_choices(struct ct__text *text, const struct ct__option *option);

#endif
