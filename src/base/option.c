// SPDX-License-Identifier: Apache-2.0
// One pass over the arguments, then environment and presets for what was not given there: each value
// is read by the same function, which knows from the row what is right and from whom it came.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/option.h"

enum { VARIABLE_SIZE = 64 };

struct parse {
    const struct ct__command *command;
    char *destination;
    struct ct__option_list *operands;
    struct ct__text *message;
    bool *given; // for each option in the order of the tables
    int argc, at;
    char **argv;
};

// Walks all rows of all tables: `number` counts them.
struct rows {
    const struct ct__option *const *group;
    const struct ct__option *row;
    int number;
};

static struct rows first_row(const struct ct__command *command)
{
    struct rows rows = {.group = command->groups};
    while (*rows.group && !(*rows.group)->name)
        rows.group++;
    rows.row = *rows.group;
    return rows;
}

static void next_row(struct rows *rows)
{
    rows->number++;
    rows->row++;
    while (rows->row && !rows->row->name)
        rows->row = *++rows->group;
}

#define for_each_row(rows, command)                                                                \
    for (struct rows rows = first_row(command); rows.row; next_row(&rows))

static int count_rows(const struct ct__command *command)
{
    int count = 0;
    for_each_row(rows, command) count++;
    return count;
}

static void *value_of(const struct parse *parse, const struct ct__option *option)
{
    return parse->destination + option->offset;
}

// A number without the locale's comma.
static void put_number(struct ct__text *text, double value)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_number(&json, value, 9);
}

static bool has_range(const struct ct__option *option)
{
    return option->least != 0 || option->most != 0;
}

// "0 to 1", "1 or more", "at most 8".
static void put_range(struct ct__text *text, const struct ct__option *option)
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

// "auto, ort or fake".
static void put_choices(struct ct__text *text, const char *choices)
{
    const char *comma;
    for (; (comma = strchr(choices, ',')); choices = comma + 1) {
        ct__text_append(text, choices, (size_t)(comma - choices));
        ct__text_puts(text, strchr(comma + 1, ',') ? ", " : " or ");
    }
    ct__text_puts(text, choices);
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
    bool ranged = has_range(option);
    if (!valid || (ranged && (number < option->least || number > option->most))) {
        begin_complaint(parse, from, value);
        if (!valid)
            ct__text_puts(parse->message, is_int ? "a whole number" : "a number");
        if (!valid && ranged)
            ct__text_puts(parse->message, ", ");
        if (ranged)
            put_range(parse->message, option);
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
    put_choices(parse->message, option->choices);
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

// Finds a row by the first `length` bytes of `name`, or by its letter where `name` is NULL.
static struct rows find_row(const struct parse *parse, const char *name, size_t length, char letter)
{
    struct rows rows = first_row(parse->command);
    for (; rows.row; next_row(&rows)) {
        if (name ? strncmp(rows.row->name, name, length) == 0 && !rows.row->name[length]
                 : rows.row->letter == letter)
            break;
    }
    return rows;
}

// Complains about "--name", and names the option that was probably meant.
static int reject_name(struct parse *parse, const char *name, size_t length)
{
    const char **names = ct__calloc((size_t)count_rows(parse->command) + 2, sizeof *names);
    if (!names)
        return ct__fail_memory(parse->command->name);
    for_each_row(rows, parse->command) names[rows.number] = rows.row->name;
    names[count_rows(parse->command)] = "help";
    ct__text_printf(parse->message, "%s: unknown option --%.*s", parse->command->name, (int)length,
                    name);
    char word[VARIABLE_SIZE];
    if (length < sizeof word) {
        memcpy(word, name, length);
        word[length] = 0;
        const char *nearest = ct__nearest(word, names);
        if (nearest)
            ct__text_printf(parse->message, "; did you mean --%s?", nearest);
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

// Reads the value of an option from behind its "=" or from the next argument.
static int take_value(struct parse *parse, struct rows rows, const char *from, const char *value)
{
    if (!value && parse->at < parse->argc && is_value(parse->argv[parse->at]))
        value = parse->argv[parse->at++];
    if (!value) {
        ct__text_printf(parse->message, "%s: %s needs a value", parse->command->name, from);
        return CT_ERROR_INVALID;
    }
    parse->given[rows.number] = true;
    return read_value(parse, rows.row, from, value);
}

static int set_flag(struct parse *parse, struct rows rows, int value)
{
    parse->given[rows.number] = true;
    *(int *)value_of(parse, rows.row) = value;
    return CT_OK;
}

// "--name", "--name=value", "--no-name".
static int read_long(struct parse *parse, const char *name)
{
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    struct rows rows = find_row(parse, name, length, 0);
    bool off = !rows.row && strncmp(name, "no-", 3) == 0 && length > 3;
    if (off)
        rows = find_row(parse, name + 3, length - 3, 0);
    bool is_flag = rows.row && rows.row->type == CT__OPTION_FLAG;
    if (!rows.row && !value && strcmp(name, "help") == 0)
        return CT__OPTIONS_HELP;
    if (!rows.row || (off && !is_flag))
        return reject_name(parse, name, length);
    if (is_flag && value) {
        ct__text_printf(parse->message, "%s: --%.*s takes no value", parse->command->name,
                        (int)length, name);
        return CT_ERROR_INVALID;
    }
    if (is_flag)
        return set_flag(parse, rows, !off);
    char from[VARIABLE_SIZE + 2] = "--";
    ct__copy_text(from + 2, sizeof from - 2, rows.row->name);
    return take_value(parse, rows, from, value);
}

// "-n value", "-nvalue"; flags may stand together: "-tn5".
static int read_short(struct parse *parse, const char *letters)
{
    for (; *letters; letters++) {
        const char from[] = {'-', *letters, 0};
        struct rows rows = find_row(parse, NULL, 0, *letters);
        if (!rows.row && *letters == 'h')
            return CT__OPTIONS_HELP;
        if (!rows.row) {
            ct__text_printf(parse->message, "%s: unknown option %s", parse->command->name, from);
            return CT_ERROR_INVALID;
        }
        if (rows.row->type != CT__OPTION_FLAG)
            return take_value(parse, rows, from, letters[1] ? letters + 1 : NULL);
        set_flag(parse, rows, 1);
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
static int read_defaults(struct parse *parse)
{
    int status = CT_OK;
    for_each_row(rows, parse->command)
    {
        if (parse->given[rows.number] || status)
            continue;
        char variable[VARIABLE_SIZE];
        variable_name(variable, rows.row->name);
        const char *value = getenv(variable);
        if (value && *value)
            status = read_value(parse, rows.row, variable, value);
        else if (rows.row->preset)
            status = read_value(parse, rows.row, rows.row->name, rows.row->preset);
    }
    return status;
}

static int check_operands(struct parse *parse)
{
    const struct ct__command *command = parse->command;
    int count = parse->operands->count;
    if (count < command->least_operands) {
        ct__text_printf(parse->message, "%s: expected %s", command->name,
                        command->operands ? command->operands : "an operand");
        return CT_ERROR_INVALID;
    }
    if (command->most_operands >= 0 && count > command->most_operands) {
        ct__text_printf(parse->message, "%s: unexpected %s", command->name,
                        parse->operands->items[command->most_operands]);
        return CT_ERROR_INVALID;
    }
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
    for_each_row(rows, parse->command)
    {
        if (rows.row->type == CT__OPTION_LIST && status == CT_OK)
            status = make_list(parse, value_of(parse, rows.row));
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
                          .given = ct__calloc((size_t)count_rows(command), sizeof(bool)),
                          .argc = argc,
                          .at = 1,
                          .argv = argv};
    int status = parse.given ? parse_all(&parse) : ct__fail_memory(command->name);
    ct__free(parse.given);
    if (status)
        ct__options_finish(command, destination, operands);
    return status;
}

void ct__options_finish(const struct ct__command *command, void *destination,
                        struct ct__option_list *operands)
{
    for_each_row(rows, command)
    {
        if (rows.row->type != CT__OPTION_LIST)
            continue;
        struct ct__option_list *list = (void *)((char *)destination + rows.row->offset);
        ct__free(list->items);
        *list = (struct ct__option_list){0};
    }
    ct__free(operands->items);
    *operands = (struct ct__option_list){0};
}

// ---- help

enum { PAGE_WIDTH = 100, WIDEST_LABEL = 32 };

// Appends words, broken before the page's edge; lines after the first begin at column `indent`.
static void put_wrapped(struct ct__text *text, const char *words, int indent)
{
    int column = indent;
    bool first = true;
    while (*words) {
        size_t length = strcspn(words, " ");
        int width = 0;
        for (size_t i = 0; i < length; i++)
            width += ((unsigned char)words[i] & 0xc0) != 0x80; // characters, not bytes
        if (!first && column + 1 + width > PAGE_WIDTH) {
            ct__text_printf(text, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            ct__text_puts(text, " ");
            column++;
        }
        ct__text_append(text, words, length);
        column += width;
        first = false;
        words += length + strspn(words + length, " ");
    }
    ct__text_puts(text, "\n");
}

static const char *argument_of(const struct ct__option *option)
{
    static const char *const names[] = {
        [CT__OPTION_FLAG] = "",       [CT__OPTION_INT] = "N",       [CT__OPTION_FLOAT] = "X",
        [CT__OPTION_STRING] = "TEXT", [CT__OPTION_CHOICE] = "WORD", [CT__OPTION_LIST] = "ITEM"};
    if (option->type == CT__OPTION_FLAG)
        return "";
    return option->argument ? option->argument : names[option->type];
}

static bool is_on(const struct ct__option *option)
{
    return option->type == CT__OPTION_FLAG && option->preset && strcmp(option->preset, "1") == 0;
}

static void put_label(struct ct__text *text, const struct ct__option *option)
{
    const char *argument = argument_of(option);
    if (option->letter)
        ct__text_printf(text, "  -%c, ", option->letter);
    else
        ct__text_puts(text, "      ");
    ct__text_printf(text, "--%s%s%s%s", is_on(option) ? "[no-]" : "", option->name,
                    *argument ? " " : "", argument);
}

static void put_separator(struct ct__text *facts)
{
    ct__text_puts(facts, facts->length ? "; " : "");
}

// What the row knows beside its sentence: "0 to 1; default 0.35".
static void put_facts(struct ct__text *facts, const struct ct__option *option)
{
    bool number = option->type == CT__OPTION_INT || option->type == CT__OPTION_FLOAT;
    if (option->unit)
        ct__text_puts(facts, option->unit);
    if (number && has_range(option)) {
        put_separator(facts);
        put_range(facts, option);
    }
    if (option->type == CT__OPTION_CHOICE && option->choices) {
        put_separator(facts);
        put_choices(facts, option->choices);
    }
    if (option->type == CT__OPTION_LIST) {
        put_separator(facts);
        ct__text_puts(facts, "may be given several times");
    }
    if (option->preset && *option->preset && option->type != CT__OPTION_FLAG) {
        put_separator(facts);
        ct__text_printf(facts, "default %s", option->preset);
    } else if (is_on(option)) {
        ct__text_puts(facts, "default on");
    }
}

static void put_row(struct ct__text *text, const struct ct__option *option, int column)
{
    struct ct__text sentence = {0}, facts = {0};
    size_t start = text->length;
    put_label(text, option);
    int width = (int)(text->length - start);
    if (width + 2 > column)
        ct__text_printf(text, "\n%*s", column, "");
    else
        ct__text_printf(text, "%*s", column - width, "");
    ct__text_puts(&sentence, option->help ? option->help : "");
    put_facts(&facts, option);
    if (facts.length)
        ct__text_printf(&sentence, " (%s)", facts.data);
    if (sentence.failed || facts.failed)
        text->failed = true;
    else
        put_wrapped(text, sentence.data, column);
    ct__text_finish(&sentence);
    ct__text_finish(&facts);
}

static const struct ct__option help_row = {
    .name = "help", .letter = 'h', .type = CT__OPTION_FLAG, .help = "show this text"};

// The column at which the sentences begin: behind the widest label that is not too wide.
static int help_column(const struct ct__command *command)
{
    int column = 2 + (int)strlen("  -h, --help");
    for_each_row(rows, command)
    {
        int width = (int)(strlen("  -x, --") + strlen(rows.row->name)) + (is_on(rows.row) ? 5 : 0);
        int argument = (int)strlen(argument_of(rows.row));
        width += argument ? 1 + argument : 0;
        if (width <= WIDEST_LABEL && width + 2 > column)
            column = width + 2;
    }
    return column;
}

static void put_details(struct ct__text *text, const char *details)
{
    struct ct__text line = {0};
    while (*details) {
        size_t length = strcspn(details, "\n");
        ct__text_clear(&line);
        ct__text_append(&line, details, length);
        if (line.failed)
            break;
        // A line that begins with a space is an example and stays as it is.
        if (details[0] == ' ')
            ct__text_printf(text, "%s\n", line.data);
        else
            put_wrapped(text, line.data, 0);
        details += length + (details[length] == '\n');
    }
    if (line.failed)
        text->failed = true;
    ct__text_finish(&line);
}

void ct__options_help(const struct ct__command *command, struct ct__text *text)
{
    int column = help_column(command);
    ct__text_printf(text, "usage: chiton %s [OPTION...]%s%s\n\n", command->name,
                    command->operands ? " " : "", command->operands ? command->operands : "");
    put_wrapped(text, command->summary, 0);
    if (command->details) {
        ct__text_puts(text, "\n");
        put_details(text, command->details);
    }
    const struct ct__option *const *last = NULL;
    for_each_row(rows, command)
    {
        if (rows.group != last)
            ct__text_puts(text, "\n");
        last = rows.group;
        put_row(text, rows.row, column);
    }
    ct__text_puts(text, last ? "" : "\n");
    put_row(text, &help_row, column);
}
