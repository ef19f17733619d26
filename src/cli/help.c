// SPDX-License-Identifier: Apache-2.0
// chiton help: what `--help` says, and the same option tables as reference pages: docs/options.md
// and the man page are this command's output, so that they cannot say anything else.
#include <string.h>

#include <chiton/error.h>

#include "base/option_table.h"
#include "cli/commands.h"
#include "cli/common.h"

struct help {
    struct ct__common common;
    const char *format;
};

// How a page is written.
struct page {
    void (*begin)(struct ct__text *text);
    void (*command)(struct ct__text *text, const struct ct__command *command);
    void (*example)(struct ct__text *text, const char *line, size_t length);
    void (*paragraph)(struct ct__text *text, const char *words, size_t length);
    void (*options)(struct ct__text *text); // before the first row
    void (*option)(struct ct__text *text, const struct ct__option *option, const char *sentence);
    void (*end)(struct ct__text *text);
};

int ct__help_print(void)
{
    struct ct__text text = {0};
    ct__text_puts(&text, "usage: chiton COMMAND [OPTION...] ...\n\n");
    for (int i = 0; ct__commands[i]; i++)
        ct__text_printf(&text, "  %-18s %s\n", ct__commands[i]->name, ct__commands[i]->summary);
    ct__text_puts(
        &text, "\n`chiton COMMAND --help` tells the options of a command; `chiton --version` the "
               "version.\nResults go to standard output, messages to standard error. Exit code: 0 "
               "all done, 1 something\nfailed, 2 the call was wrong, 130 interrupted.\n");
    return ct__print(&text);
}

// Appends words with a backslash before each character that means something in Markdown.
static void markdown_words(struct ct__text *text, const char *words, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("|*_<\\", words[i]))
            ct__text_puts(text, "\\");
        ct__text_append(text, &words[i], 1);
    }
}

static void markdown_begin(struct ct__text *text)
{
    ct__text_puts(text,
                  "# Options\n\n"
                  "What each command's `--help` says, on one page. `chiton help --format markdown` "
                  "writes it from the\noption tables; a test compares. An option may also stand in "
                  "the environment: `--max-frames` as\n`CHITON_MAX_FRAMES`; the command line "
                  "wins.\n");
}

static void markdown_command(struct ct__text *text, const struct ct__command *command)
{
    ct__text_printf(text, "\n## chiton %s\n\n`chiton %s [OPTION...]%s%s`\n", command->name,
                    command->name, command->operands ? " " : "",
                    command->operands ? command->operands : "");
}

static void markdown_paragraph(struct ct__text *text, const char *words, size_t length)
{
    ct__text_puts(text, "\n");
    markdown_words(text, words, length);
    ct__text_puts(text, "\n");
}

static void markdown_example(struct ct__text *text, const char *line, size_t length)
{
    ct__text_puts(text, "\n    ");
    ct__text_append(text, line, length);
    ct__text_puts(text, "\n");
}

static void markdown_options(struct ct__text *text)
{
    ct__text_puts(text, "\n| option | what it does |\n| --- | --- |\n");
}

static void markdown_option(struct ct__text *text, const struct ct__option *option,
                            const char *sentence)
{
    const char *argument = ct__option_argument(option);
    ct__text_puts(text, "| ");
    if (option->letter)
        ct__text_printf(text, "`-%c`, ", option->letter);
    ct__text_printf(text, "`--%s%s%s%s` | ", ct__option_is_on(option) ? "[no-]" : "", option->name,
                    *argument ? " " : "", argument);
    markdown_words(text, sentence, strlen(sentence));
    ct__text_puts(text, " |\n");
}

static void markdown_end(struct ct__text *text)
{
    (void)text;
}

// Appends words for roff: its own characters escaped, and none at the beginning of a line.
static void man_words(struct ct__text *text, const char *words, size_t length)
{
    if (length && (words[0] == '.' || words[0] == '\''))
        ct__text_puts(text, "\\&");
    for (size_t i = 0; i < length; i++) {
        if (words[i] == '\\')
            ct__text_puts(text, "\\e");
        else if (words[i] == '-')
            ct__text_puts(text, "\\-");
        else
            ct__text_append(text, &words[i], 1);
    }
    ct__text_puts(text, "\n");
}

static void man_begin(struct ct__text *text)
{
    ct__text_printf(text,
                    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                    ".\\\" Written by `chiton help --format man` from the option tables.\n"
                    ".TH CHITON 1 2026-11-21 \"chiton %s\" \"User commands\"\n"
                    ".SH NAME\n"
                    "chiton \\- clips and pictures through ONNX vision models\n"
                    ".SH SYNOPSIS\n"
                    ".B chiton\n.I COMMAND\n[\\fIOPTION\\fR...] ...\n"
                    ".br\n.B chiton\n.I COMMAND\n.B \\-\\-help\n"
                    ".br\n.B chiton \\-\\-version\n"
                    ".SH DESCRIPTION\n"
                    "Results go to standard output, messages to standard error.\n"
                    "An option may also stand in the environment: \\fB\\-\\-max\\-frames\\fR as\n"
                    ".BR CHITON_MAX_FRAMES ;\nthe command line wins.\n"
                    ".SH COMMANDS\n",
                    ct_version());
}

static void man_command(struct ct__text *text, const struct ct__command *command)
{
    ct__text_printf(text, ".SS %s\n\\fBchiton %s\\fR [\\fIOPTION\\fR...]", command->name,
                    command->name);
    if (command->operands)
        ct__text_printf(text, " \\fI%s\\fR", command->operands);
    ct__text_puts(text, "\n");
}

static void man_paragraph(struct ct__text *text, const char *words, size_t length)
{
    ct__text_puts(text, ".PP\n");
    man_words(text, words, length);
}

static void man_example(struct ct__text *text, const char *line, size_t length)
{
    ct__text_puts(text, ".PP\n.EX\n");
    man_words(text, line, length);
    ct__text_puts(text, ".EE\n");
}

static void man_options(struct ct__text *text)
{
    (void)text;
}

static void man_option(struct ct__text *text, const struct ct__option *option, const char *sentence)
{
    const char *argument = ct__option_argument(option);
    ct__text_puts(text, ".TP\n");
    if (option->letter)
        ct__text_printf(text, "\\fB\\-%c\\fR, ", option->letter);
    ct__text_printf(text, "\\fB\\-\\-%s", ct__option_is_on(option) ? "[no\\-]" : "");
    for (const char *c = option->name; *c; c++)
        ct__text_printf(text, "%s%c", *c == '-' ? "\\" : "", *c);
    ct__text_printf(text, "\\fR%s\\fI%s\\fR\n", *argument ? " " : "", argument);
    man_words(text, sentence, strlen(sentence));
}

static void man_end(struct ct__text *text)
{
    ct__text_puts(text, ".SH EXIT STATUS\n"
                        "0 all done; 1 something failed, and what is on standard error; 2 the call "
                        "was wrong; 130 interrupted.\n"
                        ".SH FILES\n.TP\n.I $XDG_DATA_HOME/chiton/models\n"
                        "models by name, where \\fB\\-\\-model\\-dir\\fR says nothing else\n");
}

// The paragraphs and examples of a command's details.
static void put_details(struct ct__text *text, const struct page *page, const char *details)
{
    while (*details) {
        size_t length = strcspn(details, "\n");
        if (length)
            (details[0] == ' ' ? page->example : page->paragraph)(text, details, length);
        details += length + (details[length] == '\n');
    }
}

static void put_options(struct ct__text *text, const struct page *page,
                        const struct ct__command *command)
{
    const struct ct__option *option;
    struct ct__text sentence = {0};
    for (int i = 0; (option = ct__option_at(command, i)); i++) {
        if (i == 0)
            page->options(text);
        ct__text_clear(&sentence);
        ct__option_put_sentence(&sentence, option);
        if (!sentence.failed)
            page->option(text, option, sentence.data);
        text->failed |= sentence.failed;
    }
    ct__text_finish(&sentence);
}

static int print_page(const struct page *page)
{
    struct ct__text text = {0};
    page->begin(&text);
    for (int i = 0; ct__commands[i]; i++) {
        const struct ct__command *command = ct__commands[i];
        page->command(&text, command);
        page->paragraph(&text, command->summary, strlen(command->summary));
        put_details(&text, page, command->details ? command->details : "");
        put_options(&text, page, command);
    }
    page->end(&text);
    return ct__print(&text);
}

// clang-format off
static const struct page markdown = {
    markdown_begin, markdown_command, markdown_example, markdown_paragraph, markdown_options,
    markdown_option, markdown_end,
};

static const struct page man = {
    man_begin, man_command, man_example, man_paragraph, man_options, man_option, man_end,
};
// clang-format on

static int help(void *options, struct ct__option_list operands)
{
    (void)operands;
    const struct help *wanted = options;
    if (strcmp(wanted->format, "text") == 0)
        return ct__help_print();
    return print_page(strcmp(wanted->format, "man") == 0 ? &man : &markdown);
}

// clang-format off
static const struct ct__option help_options[] = {
    {"format", 0, CT__OPTION_CHOICE, offsetof(struct help, format), .preset = "text",
     .choices = "text,markdown,man",
     .help = "the list of commands, or a page with the options of all"},
    {NULL},
};

static const struct ct__option *const groups[] = {help_options, ct__log_options, NULL};

const struct ct__command ct__command_help = {
    .name = "help",
    .summary = "list the commands, or write the reference of all options",
    .groups = groups,
    .run = help,
    .size = sizeof(struct help),
};
