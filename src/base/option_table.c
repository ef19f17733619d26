// SPDX-License-Identifier: Apache-2.0
// What parser and help share: the walk over the tables, and the words for what a row accepts.
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/option_table.h"

struct ct__option_rows ct__option_first(const struct ct__command *command)
{
    struct ct__option_rows rows = {.group = command->groups};
    while (*rows.group && !(*rows.group)->name)
        rows.group++;
    rows.row = *rows.group;
    return rows;
}

void ct__option_next(struct ct__option_rows *rows)
{
    rows->number++;
    rows->row++;
    while (rows->row && !rows->row->name)
        rows->row = *++rows->group;
}

int ct__option_count(const struct ct__command *command)
{
    struct ct__option_rows rows = ct__option_first(command);
    while (rows.row)
        ct__option_next(&rows);
    return rows.number;
}

bool ct__option_has_range(const struct ct__option *option)
{
    return option->least != 0 || option->most != 0;
}

// A number without the locale's comma.
static void put_number(struct ct__text *text, double value)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_number(&json, value, 9);
}

void ct__option_put_range(struct ct__text *text, const struct ct__option *option)
{
    if (isinf(option->most)) {
        put_number(text, option->least);
        ct__text_puts(text, " or more");
    } else if (isinf(option->least)) {
        ct__text_puts(text, "at most ");
        put_number(text, option->most);
    } else {
        put_number(text, option->least);
        ct__text_puts(text, " to ");
        put_number(text, option->most);
    }
}

void ct__option_put_choices(struct ct__text *text, const struct ct__option *option)
{
    const char *choice = option->choices, *comma;
    for (; (comma = strchr(choice, ',')); choice = comma + 1) {
        ct__text_append(text, choice, (size_t)(comma - choice));
        ct__text_puts(text, strchr(comma + 1, ',') ? ", " : " or ");
    }
    ct__text_puts(text, choice);
}
