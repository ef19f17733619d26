// SPDX-License-Identifier: Apache-2.0
// Options, declared once: a table row gives parser, messages, help and defaults. Precedence:
// command line, then the environment's CHITON_<NAME> (empty counts as unset), then the default. In
// a list the command line's items replace the environment's one item.
#ifndef CT_BASE_OPTION_H
#define CT_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum ct__option_type {
    CT__OPTION_FLAG = 1, // int: 0 or 1; --name, --no-name
    CT__OPTION_INT,      // int64_t
    CT__OPTION_FLOAT,    // double
    CT__OPTION_STRING,   // const char *, borrowed from argv or the environment
    CT__OPTION_CHOICE,   // const char *, one of `choices`
    CT__OPTION_LIST,     // struct ct__option_list, may be given several times
};

struct ct__option_list {
    const char **items; // `count` of them, then NULL; never NULL after parsing
    int count;
};

struct ct__option {
    const char *name; // without dashes
    char letter;      // short form, or 0
    enum ct__option_type type;
    size_t offset;        // of the value in the destination
    const char *preset;   // the default as text, NULL: zero ("" shown as nothing)
    double least, most;   // of numbers; both 0: any; most may be INFINITY
    const char *unit;     // "frames", "ms"; shown in help
    const char *choices;  // "auto,ort,fake"
    const char *argument; // how help calls the value: "FILE"
    const char *help;
};

struct ct__command {
    const char *name;                       // "detect"
    const char *operands;                   // "INPUT..." or NULL for none
    const char *summary;                    // one line
    const char *details;                    // paragraphs for --help, or NULL
    int least_operands, most_operands;      // most -1: any number
    const struct ct__option *const *groups; // tables ended by a row without a name; then NULL
    int (*run)(void *options, struct ct__option_list operands);
    size_t size; // of the options struct
};

// What ct__options_parse() answers beside an error: --help was asked for and printed text is in
// `message`.
enum { CT__OPTIONS_HELP = 1 };

// Fills `destination` (zeroed first) from presets, environment and arguments; argv[0] is the
// command's name. The lists in it and *operands are freed by ct__options_finish(); after an error
// or help they are empty. On CT_ERROR_INVALID `message` says what is wrong, where, and the nearest
// option ("detect: unknown option --trak; did you mean --track?", "detect: --conf = 1.4: expected 0
// to 1").
//
// `--name=value`, `--name value`, `-n value`, `-nvalue`, `--flag`, `--no-flag`, flags together
// `-ab`; `--` ends the options. A value of its own that begins with a dash is a number or `-`: any
// other needs the form with `=`. `--help` and `-h` need no row.
int ct__options_parse(const struct ct__command *command, int argc, char **argv, void *destination,
                      struct ct__option_list *operands, struct ct__text *message);
void ct__options_finish(const struct ct__command *command, void *destination,
                        struct ct__option_list *operands);

// Fills `destination` (zeroed first) from "key=value&key=value", the tail of a source's name, and
// presets; not from the environment. `query` is changed: strings point into it, and %41 becomes A.
// `message` as above, without dashes: "synthetic:pan: unknown option imege; did you mean image?".
// Tables without lists.
int ct__options_query(const struct ct__command *command, char *query, void *destination,
                      struct ct__text *message);

// Appends the help of a command: usage, options with defaults, ranges and units.
void ct__options_help(const struct ct__command *command, struct ct__text *text);

#endif
