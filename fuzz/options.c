// SPDX-License-Identifier: Apache-2.0
// Any arguments, a line each, against a table with every type of option.
#include "base/option.h"
#include "fuzz.h"

enum { MOST_ARGUMENTS = 24 };

struct wishes {
    int flag;
    int64_t number, any;
    double share;
    const char *text, *choice;
    struct ct__option_list list;
};

#define AT(member) offsetof(struct wishes, member)

static const struct ct__option table[] = {
    {"flag", 'f', CT__OPTION_FLAG, AT(flag), .help = "a flag"},
    {"number", 'n', CT__OPTION_INT, AT(number), .preset = "3", .least = 1, .most = 1000},
    {"any", 0, CT__OPTION_INT, AT(any), .help = "any number"},
    {"share", 's', CT__OPTION_FLOAT, AT(share), .most = 1, .unit = "parts"},
    {"text", 't', CT__OPTION_STRING, AT(text), .argument = "TEXT"},
    {"choice", 0, CT__OPTION_CHOICE, AT(choice), .preset = "auto", .choices = "auto,ort,fake"},
    {"list", 'l', CT__OPTION_LIST, AT(list)},
    {NULL},
};

static const struct ct__option *const groups[] = {table, NULL};

static const struct ct__command command = {
    .name = "fuzz",
    .operands = "INPUT...",
    .summary = "takes what comes",
    .most_operands = -1,
    .groups = groups,
    .size = sizeof(struct wishes),
};

static void check_wishes(const struct wishes *wishes, const struct ct__option_list *operands)
{
    FUZZ_CHECK(wishes->flag == 0 || wishes->flag == 1);
    FUZZ_CHECK(wishes->number >= 1 && wishes->number <= 1000);
    FUZZ_CHECK(wishes->share >= 0 && wishes->share <= 1);
    FUZZ_CHECK(strstr("auto,ort,fake", wishes->choice));
    FUZZ_CHECK(wishes->list.items && !wishes->list.items[wishes->list.count]);
    FUZZ_CHECK(operands->items && !operands->items[operands->count]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[] = "fuzz", *argv[MOST_ARGUMENTS + 1] = {name};
    int argc = 1;
    for (size_t from = 0; from < size && argc < MOST_ARGUMENTS; argc++) {
        const uint8_t *line = memchr(data + from, '\n', size - from);
        size_t length = line ? (size_t)(line - data) - from : size - from;
        argv[argc] = strndup((const char *)data + from, length);
        from += length + 1;
    }
    struct wishes wishes;
    struct ct__option_list operands;
    struct ct__text message = {0};
    int error = ct__options_parse(&command, argc, argv, &wishes, &operands, &message);
    if (error)
        FUZZ_CHECK(message.length > 0);
    else
        check_wishes(&wishes, &operands);
    ct__options_finish(&command, &wishes, &operands);
    ct__text_finish(&message);
    for (int i = 1; i < argc; i++)
        free(argv[i]);
    return 0;
}
