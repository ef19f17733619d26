// SPDX-License-Identifier: Apache-2.0
// What parser, help and reference pages share about the rows of option tables.
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

// Whether it is a flag that is on unless --no-NAME is given.
bool ct__option_is_on(const struct ct__option *option);

// How pages call its value, "" for flags.
const char *ct__option_argument(const struct ct__option *option);

// Appends its sentence and what the row knows beside: "least score (0 to 1; default 0.35)".
void ct__option_put_sentence(struct ct__text *text, const struct ct__option *option);

#endif
