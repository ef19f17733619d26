// SPDX-License-Identifier: Apache-2.0
// One pass over the arguments, then environment and presets for what was not given there: each
// value is read by the same function, which knows from the row what is right and from whom it came.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/option_table.h"

enum { VARIABLE_SIZE = 64 };

struct parse {
    const struct ct__command *command;
    char *destination;
    struct ct__option_list *operands;
    struct ct__text *message;
    const char *dashes; // in front of names in messages
    bool *given;        // for each option in the order of the tables
    int argc, at;
    char **argv;
};

static void *value_of(const struct parse *parse, const struct ct__option *option)
{
    return parse->destination + option->offset;
}

// For sentences with two words to fill in.
__attribute__((format(printf, 2, 0))) static int complain(struct parse *parse, const char *format,
                                                          const char *first, const char *second)
{
    ct__text_printf(parse->message, format, first, second);
    return CT_ERROR_INVALID;
}

// Begins a sentence about the value that `from` ("--conf", "CHITON_CONF") gave.
static void begin_complaint(struct parse *parse, const char *from, const char *value)
{
    ct__text_printf(parse->message, "%s: %s = %s: expected ", parse->command->name, from, value);
}

static int read_number(struct parse *parse, const struct ct__option *option, const char *from,
                       const char *value)
{
    int64_t whole = 0;
    double number = 0;
    bool is_int = option->type == CT__OPTION_INT;
    bool valid = is_int ? ct__parse_int(value, &whole) : ct__parse_double(value, &number);
    if (is_int)
        number = (double)whole;
    bool ranged = ct__option_has_range(option);
    if (!valid || (ranged && (number < option->least || number > option->most))) {
        begin_complaint(parse, from, value);
        if (!valid)
            ct__text_puts(parse->message, is_int ? "a whole number" : "a number");
        if (!valid && ranged)
            ct__text_puts(parse->message, ", ");
        if (ranged)
            ct__option_put_range(parse->message, option);
        return CT_ERROR_INVALID;
    }
    if (is_int)
        *(int64_t *)value_of(parse, option) = whole;
    else
        *(double *)value_of(parse, option) = number;
    return CT_OK;
}

static int read_flag(struct parse *parse, const struct ct__option *option, const char *from,
                     const char *value)
{
    static const char *const words[] = {"0", "1", "no", "yes", "false", "true", "off", "on", NULL};
    for (int i = 0; words[i]; i++) {
        if (strcmp(value, words[i]) == 0) {
            *(int *)value_of(parse, option) = i % 2;
            return CT_OK;
        }
    }
    begin_complaint(parse, from, value);
    ct__text_puts(parse->message, "0 or 1");
    return CT_ERROR_INVALID;
}

static int read_choice(struct parse *parse, const struct ct__option *option, const char *from,
                       const char *value)
{
    size_t length = strlen(value);
    const char *choice = option->choices, *comma;
    for (; choice; choice = comma ? comma + 1 : NULL) {
        comma = strchr(choice, ',');
        size_t other = comma ? (size_t)(comma - choice) : strlen(choice);
        if (other == length && memcmp(choice, value, length) == 0) {
            *(const char **)value_of(parse, option) = value;
            return CT_OK;
        }
    }
    begin_complaint(parse, from, value);
    ct__option_put_choices(parse->message, option);
    return CT_ERROR_INVALID;
}

static int append_item(struct parse *parse, struct ct__option_list *list, const char *item)
{
    size_t count = (size_t)list->count + 2;
    const char **items = ct__realloc_array(list->items, count, sizeof *items);
    if (!items)
        return ct__fail_memory(parse->command->name);
    items[list->count++] = item;
    items[list->count] = NULL;
    list->items = items;
    return CT_OK;
}

static int read_value(struct parse *parse, const struct ct__option *option, const char *from,
                      const char *value)
{
    switch (option->type) {
    case CT__OPTION_FLAG:
        return read_flag(parse, option, from, value);
    case CT__OPTION_INT:
    case CT__OPTION_FLOAT:
        return read_number(parse, option, from, value);
    case CT__OPTION_CHOICE:
        return read_choice(parse, option, from, value);
    case CT__OPTION_LIST:
        return append_item(parse, value_of(parse, option), value);
    case CT__OPTION_STRING:
        break;
    }
    *(const char **)value_of(parse, option) = value;
    return CT_OK;
}

// The number of the row whose name is the first `length` bytes of `name`; -1 if there is none.
static int find_name(const struct parse *parse, const char *name, size_t length)
{
    const struct ct__option *option;
    for (int i = 0; (option = ct__option_at(parse->command, i)); i++) {
        if (strncmp(option->name, name, length) == 0 && !option->name[length])
            return i;
    }
    return -1;
}

static int find_letter(const struct parse *parse, char letter)
{
    const struct ct__option *option;
    for (int i = 0; (option = ct__option_at(parse->command, i)); i++) {
        if (option->letter == letter)
            return i;
    }
    return -1;
}

// Complains about "--name", and names the option that was probably meant.
static int reject_name(struct parse *parse, const char *name, size_t length)
{
    int count = ct__option_count(parse->command);
    const char **names = ct__calloc((size_t)count + 2, sizeof *names);
    if (!names)
        return ct__fail_memory(parse->command->name);
    for (int i = 0; i < count; i++)
        names[i] = ct__option_at(parse->command, i)->name;
    if (*parse->dashes)
        names[count] = "help";
    ct__text_printf(parse->message, "%s: unknown option %s%.*s", parse->command->name,
                    parse->dashes, (int)length, name);
    char word[VARIABLE_SIZE];
    if (length < sizeof word) {
        memcpy(word, name, length);
        word[length] = 0;
        const char *nearest = ct__nearest(word, names);
        if (nearest)
            ct__text_printf(parse->message, "; did you mean %s%s?", parse->dashes, nearest);
    }
    ct__free(names);
    return CT_ERROR_INVALID;
}

// Whether an argument can be the value of the option in front of it: a number and "-" can.
static bool is_value(const char *argument)
{
    double number;
    return argument && (argument[0] != '-' || !argument[1] || ct__parse_double(argument, &number));
}

// Reads the value of row `row` from behind its "=" or from the next argument.
static int take_value(struct parse *parse, int row, const char *from, const char *value)
{
    if (!value && parse->at < parse->argc && is_value(parse->argv[parse->at]))
        value = parse->argv[parse->at++];
    if (!value)
        return complain(parse, "%s: %s needs a value", parse->command->name, from);
    parse->given[row] = true;
    return read_value(parse, ct__option_at(parse->command, row), from, value);
}

static int set_flag(struct parse *parse, int row, int value)
{
    parse->given[row] = true;
    *(int *)value_of(parse, ct__option_at(parse->command, row)) = value;
    return CT_OK;
}

static bool is_flag(const struct parse *parse, int row)
{
    return row >= 0 && ct__option_at(parse->command, row)->type == CT__OPTION_FLAG;
}

// "--name", "--name=value", "--no-name".
static int read_long(struct parse *parse, const char *name)
{
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    int row = find_name(parse, name, length);
    if (row < 0 && strcmp(name, "help") == 0)
        return CT__OPTIONS_HELP;
    bool off = row < 0 && length > 3 && strncmp(name, "no-", 3) == 0;
    if (off)
        row = find_name(parse, name + 3, length - 3);
    bool flag = is_flag(parse, row);
    if (row < 0 || (off && !flag))
        return reject_name(parse, name, length);
    char from[VARIABLE_SIZE + 2] = "--";
    ct__copy_text(from + 2, sizeof from - 2, ct__option_at(parse->command, row)->name);
    if (flag && value)
        return complain(parse, "%s: %s takes no value", parse->command->name, from);
    return flag ? set_flag(parse, row, !off) : take_value(parse, row, from, value);
}

// "-n value", "-nvalue"; flags may stand together: "-tn5".
static int read_short(struct parse *parse, const char *letters)
{
    for (; *letters; letters++) {
        const char from[] = {'-', *letters, 0};
        int row = find_letter(parse, *letters);
        if (row < 0 && *letters == 'h')
            return CT__OPTIONS_HELP;
        if (row < 0)
            return complain(parse, "%s: unknown option %s", parse->command->name, from);
        if (!is_flag(parse, row))
            return take_value(parse, row, from, letters[1] ? letters + 1 : NULL);
        set_flag(parse, row, 1);
    }
    return CT_OK;
}

static int read_arguments(struct parse *parse)
{
    bool only_operands = false;
    int status = CT_OK;
    while (parse->at < parse->argc && status == CT_OK) {
        const char *argument = parse->argv[parse->at++];
        if (only_operands || argument[0] != '-' || !argument[1])
            status = append_item(parse, parse->operands, argument);
        else if (strcmp(argument, "--") == 0)
            only_operands = true;
        else if (argument[1] == '-')
            status = read_long(parse, argument + 2);
        else
            status = read_short(parse, argument + 1);
    }
    return status;
}

// CHITON_MAX_FRAMES for "max-frames".
static void variable_name(char variable[VARIABLE_SIZE], const char *name)
{
    static const char prefix[] = "CHITON_";
    ct__copy_text(variable, VARIABLE_SIZE, prefix);
    ct__copy_text(variable + sizeof prefix - 1, VARIABLE_SIZE - sizeof prefix + 1, name);
    for (; *variable; variable++)
        *variable = *variable == '-' ? '_' : (char)toupper((unsigned char)*variable);
}

// Fills what no argument gave. An empty variable counts as none.
static int read_default(struct parse *parse, const struct ct__option *option)
{
    char variable[VARIABLE_SIZE];
    variable_name(variable, option->name);
    const char *value = getenv(variable);
    if (value && *value)
        return read_value(parse, option, variable, value);
    return option->preset ? read_value(parse, option, option->name, option->preset) : CT_OK;
}

static int read_defaults(struct parse *parse)
{
    const struct ct__option *option;
    int status = CT_OK;
    for (int i = 0; status == CT_OK && (option = ct__option_at(parse->command, i)); i++) {
        if (!parse->given[i])
            status = read_default(parse, option);
    }
    return status;
}

static int check_operands(struct parse *parse)
{
    const struct ct__command *command = parse->command;
    int count = parse->operands->count;
    if (count < command->least_operands)
        return complain(parse, "%s: expected %s", command->name,
                        command->operands ? command->operands : "an operand");
    if (command->most_operands >= 0 && count > command->most_operands)
        return complain(parse, "%s: unexpected %s", command->name,
                        parse->operands->items[command->most_operands]);
    return CT_OK;
}

// Lists are never NULL, so that a reader needs no special case for an empty one.
static int make_list(struct parse *parse, struct ct__option_list *list)
{
    list->items = ct__calloc(1, sizeof *list->items);
    return list->items ? CT_OK : ct__fail_memory(parse->command->name);
}

static int make_lists(struct parse *parse)
{
    int status = make_list(parse, parse->operands);
    const struct ct__option *option;
    for (int i = 0; status == CT_OK && (option = ct__option_at(parse->command, i)); i++) {
        if (option->type == CT__OPTION_LIST)
            status = make_list(parse, value_of(parse, option));
    }
    return status;
}

static int parse_all(struct parse *parse)
{
    int status = make_lists(parse);
    if (status == CT_OK)
        status = read_arguments(parse);
    if (status == CT_OK)
        status = read_defaults(parse);
    if (status == CT_OK)
        status = check_operands(parse);
    if (status == CT__OPTIONS_HELP)
        ct__options_help(parse->command, parse->message);
    if (status != CT_ERROR_MEMORY && parse->message->failed)
        status = ct__fail_memory(parse->command->name);
    return status;
}

int ct__options_parse(const struct ct__command *command, int argc, char **argv, void *destination,
                      struct ct__option_list *operands, struct ct__text *message)
{
    memset(destination, 0, command->size);
    *operands = (struct ct__option_list){0};
    struct parse parse = {.command = command,
                          .destination = destination,
                          .operands = operands,
                          .message = message,
                          .dashes = "--",
                          .given = ct__calloc((size_t)ct__option_count(command), sizeof(bool)),
                          .argc = argc,
                          .at = 1,
                          .argv = argv};
    int status = parse.given ? parse_all(&parse) : ct__fail_memory(command->name);
    ct__free(parse.given);
    if (status)
        ct__options_finish(command, destination, operands);
    return status;
}

// The value of a hexadecimal digit, or -1.
static int digit_of(char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = letter ? strchr(digits, tolower((unsigned char)letter)) : NULL;
    return at ? (int)(at - digits) : -1;
}

// Turns %41 into A, in place; what has no two digits stays.
static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        int high = *text == '%' ? digit_of(text[1]) : -1;
        int low = high >= 0 ? digit_of(text[2]) : -1;
        *to++ = low >= 0 ? (char)(16 * high + low) : *text;
        text += low >= 0 ? 2 : 0;
    }
    *to = 0;
}

// Reads "key=value"; the key may have been given before: the last one counts.
static int read_pair(struct parse *parse, char *pair)
{
    char *value = strchr(pair, '=');
    size_t length = value ? (size_t)(value - pair) : strlen(pair);
    int row = find_name(parse, pair, length);
    if (row < 0)
        return reject_name(parse, pair, length);
    pair[length] = 0;
    if (!value)
        return complain(parse, "%s: %s needs a value", parse->command->name, pair);
    unescape(value + 1);
    return read_value(parse, ct__option_at(parse->command, row), pair, value + 1);
}

int ct__options_query(const struct ct__command *command, char *query, void *destination,
                      struct ct__text *message)
{
    struct parse parse = {
        .command = command, .destination = destination, .message = message, .dashes = ""};
    const struct ct__option *option;
    int status = CT_OK;
    memset(destination, 0, command->size);
    for (int i = 0; !status && (option = ct__option_at(command, i)); i++) {
        if (option->preset)
            status = read_value(&parse, option, option->name, option->preset);
    }
    while (!status && query && *query) {
        char *next = strchr(query, '&');
        if (next)
            *next++ = 0;
        status = *query ? read_pair(&parse, query) : CT_OK;
        query = next;
    }
    if (status != CT_ERROR_MEMORY && message->failed)
        status = ct__fail_memory(command->name);
    return status;
}

static void free_list(struct ct__option_list *list)
{
    ct__free(list->items);
    *list = (struct ct__option_list){0};
}

void ct__options_finish(const struct ct__command *command, void *destination,
                        struct ct__option_list *operands)
{
    const struct ct__option *option;
    for (int i = 0; (option = ct__option_at(command, i)); i++) {
        if (option->type == CT__OPTION_LIST)
            free_list((void *)((char *)destination + option->offset));
    }
    free_list(operands);
}
