// SPDX-License-Identifier: Apache-2.0
// What parser and help share: the walk over the tables, and the words for what a row accepts.
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/option_table.h"

const struct ct__option *ct__option_at(const struct ct__command *command, int n)
{
    for (const struct ct__option *const *group = command->groups; *group; group++) {
        for (const struct ct__option *option = *group; option->name; option++) {
            if (n-- == 0)
                return option;
        }
    }
    return NULL;
}

int ct__option_count(const struct ct__command *command)
{
    int count = 0;
    while (ct__option_at(command, count))
        count++;
    return count;
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
