// SPDX-License-Identifier: Apache-2.0
// A problem is told with its line and a caret below, the secrets of addresses hidden in both.
#include "config/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"

enum { MOST_TOLD = 100, WIDEST_LINE = 160 };

struct ct__problem {
    struct ct__problem *next;
    const char *place, *sentence;
    int line, column;
};

// Of one place the first problem is told: the others may come of it.
static bool is_known(const struct ct__problems *problems, const char *place, int line, int column,
                     const char *sentence)
{
    for (const struct ct__problem *known = problems->first; known; known = known->next) {
        bool same_place =
            known->line == line && known->column == column && strcmp(known->place, place) == 0;
        bool whole_file = !line && place == problems->file;
        if (same_place && (!whole_file || strcmp(known->sentence, sentence) == 0))
            return true;
    }
    return false;
}

// Keeps it behind those that stand before it in the file; what is not from the file comes last.
static void keep(struct ct__problems *problems, struct ct__problem *problem)
{
    struct ct__problem **at = &problems->first;
    while (*at &&
           (!problem->line ||
            ((*at)->line && ((*at)->line < problem->line ||
                             ((*at)->line == problem->line && (*at)->column <= problem->column)))))
        at = &(*at)->next;
    problem->next = *at;
    *at = problem;
    problems->count++;
}

static const char *line_start(const struct ct__problems *problems, int line, size_t *length)
{
    const char *at = problems->text, *end = problems->text + problems->size;
    for (; line > 1 && at; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : NULL;
    }
    if (!at)
        return NULL;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *length = (size_t)((newline ? newline : end) - at);
    return at;
}

// Appends the part of an address behind "://": all up to the last @ is user and password, even
// where it holds what it should not.
static void put_address(struct ct__text *text, const char *address, size_t length)
{
    const char *at = memrchr(address, '@', length);
    size_t hidden = at ? (size_t)(at + 1 - address) : 0;
    struct ct__text whole = {0};
    ct__text_puts(&whole, "x://");
    ct__text_append(&whole, address + hidden, length - hidden);
    char *shown = whole.failed ? NULL : ct__url_loggable(whole.data);
    ct__text_puts(text, shown ? shown + strlen("x://") : "");
    ct__free(shown);
    ct__text_finish(&whole);
}

void ct__put_hidden(struct ct__text *text, const char *line, size_t length)
{
    while (length) {
        const char *mark = memmem(line, length, "://", 3);
        size_t before = mark ? (size_t)(mark + 3 - line) : length, address = 0;
        ct__text_append(text, line, before);
        line += before;
        length -= before;
        while (address < length && line[address] != '"' && line[address] != '\'')
            address++;
        if (mark)
            put_address(text, line, address);
        line += mark ? address : 0;
        length -= mark ? address : 0;
    }
}

// The line as it may be shown, and below it a caret under `column`: what stands before it, in
// blanks.
static void put_source(struct ct__text *text, const struct ct__problems *problems, int line,
                       int column)
{
    size_t length = 0;
    const char *source = problems->text && line > 0 ? line_start(problems, line, &length) : NULL;
    if (!source || length > WIDEST_LINE || !length)
        return;
    struct ct__text before = {0};
    ct__put_hidden(&before, source, (size_t)column - 1 < length ? (size_t)column - 1 : length);
    ct__text_puts(text, "  ");
    ct__put_hidden(text, source, length);
    ct__text_puts(text, "\n  ");
    for (size_t i = 0; i < before.length && !before.failed; i++)
        if (((unsigned char)before.data[i] & 0xc0) != 0x80) // a letter has one place, not a byte
            ct__text_puts(text, before.data[i] == '\t' ? "\t" : " ");
    ct__text_puts(text, "^");
    ct__text_finish(&before);
}

static void tell(struct ct__problems *problems, const struct ct__problem *known)
{
    char scope[4200];
    struct ct__text source = {0};
    if (known->place == problems->file)
        put_source(&source, problems, known->line, known->column);
    const struct ct_fleet_problem problem = {known->place, known->line, known->column,
                                             known->sentence,
                                             source.data && !source.failed ? source.data : ""};
    snprintf(scope, sizeof scope, known->line ? "%s:%d:%d" : "%s", known->place, known->line,
             known->column);
    if (problems->params->on_problem)
        problems->params->on_problem(problems->params->opaque, &problem);
    else
        ct__fail(CT_ERROR_FORMAT, scope, "%s", known->sentence);
    ct__text_finish(&source);
}

void ct__problem_at(struct ct__problems *problems, const struct ct__origin *origin, int line,
                    int column, const char *sentence)
{
    bool in_file = !origin || origin->kind == CT__ORIGIN_DEFAULTS;
    const char *place = in_file ? problems->file : origin->name;
    line = in_file ? line : 0;
    column = in_file ? column : 0;
    if (problems->count == MOST_TOLD || is_known(problems, place, line, column, sentence))
        return;
    struct ct__problem *problem = ct__arena_alloc(&problems->arena, sizeof *problem);
    char *own_place = ct__arena_text(&problems->arena, place, strlen(place));
    char *own = ct__arena_text(&problems->arena, sentence, strlen(sentence));
    if (problem && own_place && own) {
        *problem = (struct ct__problem){NULL, in_file ? place : own_place, own, line, column};
        keep(problems, problem);
    } else {
        problems->failed = true;
    }
}

void ct__problem(struct ct__problems *problems, const struct ct__yaml_node *node,
                 const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    ct__problem_at(problems, node ? node->origin : NULL, node ? node->line : 0,
                   node ? node->column : 0, sentence);
}

void ct__problems_tell(struct ct__problems *problems)
{
    for (const struct ct__problem *problem = problems->first; problem; problem = problem->next)
        tell(problems, problem);
}
