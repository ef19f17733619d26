// SPDX-License-Identifier: Apache-2.0
// The program: finds the command that is meant, reads its options, runs it. A command's name may be
// two words.
#include <stdio.h>
#include <string.h>

#include <chiton/chiton.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/interrupt.h"
#include "cli/talk.h"

enum { MOST_NAMES = 32 };

const struct ct__command *const ct__commands[] = {
    &ct__command_detect,
    &ct__command_cutout,
    &ct__command_run,
    &ct__command_serve,
    &ct__command_inspect,
    &ct__command_doctor,
    &ct__command_bench_throughput,
    &ct__command_bench_stages,
    &ct__command_config_check,
    &ct__command_config_explain,
    &ct__command_config_schema,
    &ct__command_models_list,
    &ct__command_models_pull,
    &ct__command_models_verify,
    &ct__command_models_path,
    &ct__command_top,
    &ct__command_help,
    NULL,
};

// The options of any command, which begin with what all have in common.
union options {
    struct ct__common common;
    unsigned char bytes[1024];
};

static int version(void)
{
    struct ct__text text = {0};
    ct__text_printf(&text, "chiton %s\n", ct_version());
    return ct__print(&text);
}

// How many arguments make up the name of the command, 0 if they are another.
static int name_matches(const struct ct__command *command, int argc, char **argv)
{
    const char *space = strchr(command->name, ' ');
    if (!space)
        return strcmp(command->name, argv[1]) == 0 ? 1 : 0;
    size_t length = (size_t)(space - command->name);
    bool first = strlen(argv[1]) == length && memcmp(argv[1], command->name, length) == 0;
    return first && argc > 2 && strcmp(argv[2], space + 1) == 0 ? 2 : 0;
}

// The names that argument `at` could have been: first words, or second words after argv[1]. Each
// once.
static int candidates(int at, char **argv, char words[][32], const char **names)
{
    int count = 0;
    for (int i = 0; ct__commands[i] && count < MOST_NAMES; i++) {
        const char *name = ct__commands[i]->name;
        size_t first = strcspn(name, " ");
        bool follows = strncmp(name, argv[1], first) == 0 && !argv[1][first];
        const char *word = at == 1 ? name : follows && name[first] ? name + first + 1 : NULL;
        if (!word)
            continue;
        snprintf(words[count], 32, "%.*s", (int)strcspn(word, " "), word);
        if (count == 0 || strcmp(words[count], words[count - 1]) != 0) {
            names[count] = words[count];
            count++;
        }
    }
    names[count] = NULL;
    return count;
}

static int unknown(int argc, char **argv)
{
    char words[MOST_NAMES + 1][32];
    const char *names[MOST_NAMES + 1];
    int at = candidates(2, argv, words, names) ? 2 : 1;
    if (at == 2 && argc > 2 && strcmp(argv[2], "--help") == 0)
        return ct__help_print();
    candidates(at, argv, words, names);
    if (at == argc) {
        ct__fail(CT_ERROR_INVALID, argv[1], "say which: see chiton --help");
        return CT__EXIT_USAGE;
    }
    const char *nearest = ct__nearest(argv[at], names);
    if (nearest)
        ct__fail(CT_ERROR_INVALID, "chiton", "unknown command %s; did you mean %s%s%s?", argv[at],
                 at == 2 ? argv[1] : "", at == 2 ? " " : "", nearest);
    else
        ct__fail(CT_ERROR_INVALID, "chiton", "unknown command %s; see chiton --help", argv[at]);
    return CT__EXIT_USAGE;
}

static int run(const struct ct__command *command, int argc, char **argv)
{
    union options options;
    struct ct__option_list operands = {0};
    struct ct__text message = {0};
    int parsed = ct__options_parse(command, argc, argv, &options, &operands, &message);
    if (parsed == CT__OPTIONS_HELP)
        return ct__print(&message);
    if (parsed < 0) {
        ct__log(CT_LOG_ERROR, "", "%s", message.data ? message.data : ct_error_name(parsed));
        ct__text_finish(&message);
        return ct__exit_code(parsed);
    }
    const struct ct__common *common = &options.common;
    ct__talk_start(ct__talk_level(common->log.level), common->log.json);
    int code = command->run(&options, operands);
    ct__options_finish(command, &options, &operands);
    ct__text_finish(&message);
    return code;
}

int main(int argc, char **argv)
{
    ct__talk_start(CT_LOG_WARN, false);
    ct__interrupt_start();
    if (argc < 2) {
        ct__fail(CT_ERROR_INVALID, "chiton", "say what to do: see chiton --help");
        return CT__EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return ct__help_print();
    if (strcmp(argv[1], "--version") == 0)
        return version();
    for (int i = 0; ct__commands[i]; i++) {
        int words = name_matches(ct__commands[i], argc, argv);
        if (words)
            return run(ct__commands[i], argc - words, argv + words);
    }
    return unknown(argc, argv);
}
