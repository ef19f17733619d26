// SPDX-License-Identifier: Apache-2.0
// The help of a command, made from the same rows that its parser reads: it cannot say anything
// else.
#include <string.h>

#include "base/option.h"
#include "base/option_table.h"

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

const char *ct__option_argument(const struct ct__option *option)
{
    static const char *const names[] = {
        [CT__OPTION_FLAG] = "",       [CT__OPTION_INT] = "N",       [CT__OPTION_FLOAT] = "X",
        [CT__OPTION_STRING] = "TEXT", [CT__OPTION_CHOICE] = "WORD", [CT__OPTION_LIST] = "ITEM"};
    if (option->type == CT__OPTION_FLAG)
        return "";
    return option->argument ? option->argument : names[option->type];
}

bool ct__option_is_on(const struct ct__option *option)
{
    return option->type == CT__OPTION_FLAG && option->preset && strcmp(option->preset, "1") == 0;
}

static void put_label(struct ct__text *text, const struct ct__option *option)
{
    const char *argument = ct__option_argument(option);
    if (option->letter)
        ct__text_printf(text, "  -%c, ", option->letter);
    else
        ct__text_puts(text, "      ");
    ct__text_printf(text, "--%s%s%s%s", ct__option_is_on(option) ? "[no-]" : "", option->name,
                    *argument ? " " : "", argument);
}

static int label_width(const struct ct__option *option)
{
    size_t argument = strlen(ct__option_argument(option));
    size_t width = strlen("  -x, --") + strlen(option->name) + (argument ? 1 + argument : 0);
    return (int)(ct__option_is_on(option) ? width + strlen("[no-]") : width);
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
    if (number && ct__option_has_range(option)) {
        put_separator(facts);
        ct__option_put_range(facts, option);
    }
    if (option->type == CT__OPTION_CHOICE && option->choices) {
        put_separator(facts);
        ct__option_put_choices(facts, option);
    }
    if (option->type == CT__OPTION_LIST) {
        put_separator(facts);
        ct__text_puts(facts, "may be given several times");
    }
    if (option->preset && *option->preset && option->type != CT__OPTION_FLAG) {
        put_separator(facts);
        ct__text_printf(facts, "default %s", option->preset);
    } else if (ct__option_is_on(option)) {
        ct__text_puts(facts, "default on");
    }
}

void ct__option_put_sentence(struct ct__text *text, const struct ct__option *option)
{
    struct ct__text facts = {0};
    put_facts(&facts, option);
    ct__text_puts(text, option->help ? option->help : "");
    if (facts.length)
        ct__text_printf(text, " (%s)", facts.data);
    text->failed |= facts.failed;
    ct__text_finish(&facts);
}

static void put_row(struct ct__text *text, const struct ct__option *option, int column)
{
    struct ct__text sentence = {0};
    int width = label_width(option);
    put_label(text, option);
    if (width + 2 > column)
        ct__text_printf(text, "\n%*s", column, "");
    else
        ct__text_printf(text, "%*s", column - width, "");
    ct__option_put_sentence(&sentence, option);
    if (sentence.failed)
        text->failed = true;
    else
        put_wrapped(text, sentence.data, column);
    ct__text_finish(&sentence);
}

static const struct ct__option help_row = {
    .name = "help", .letter = 'h', .type = CT__OPTION_FLAG, .help = "show this text"};

// The column at which the sentences begin: behind the widest label that is not too wide.
static int help_column(const struct ct__command *command)
{
    int column = 2 + (int)strlen("  -h, --help");
    const struct ct__option *option;
    for (int i = 0; (option = ct__option_at(command, i)); i++) {
        int width = label_width(option);
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
    for (const struct ct__option *const *group = command->groups; *group; group++) {
        ct__text_puts(text, (*group)->name ? "\n" : "");
        for (const struct ct__option *option = *group; option->name; option++)
            put_row(text, option, column);
    }
    ct__text_puts(text, ct__option_at(command, 0) ? "" : "\n");
    put_row(text, &help_row, column);
}
