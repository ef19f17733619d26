// SPDX-License-Identifier: Apache-2.0
// The rows of a fleet's keys, for those who read pages.
#ifndef CT_CONFIG_SCHEMA_H
#define CT_CONFIG_SCHEMA_H

#include "base/text.h"

// Appends a JSON Schema (2020-12) on one line.
void ct__schema_put(struct ct__text *text);

// Appends a table of Markdown.
void ct__reference_put(struct ct__text *text);

#endif
