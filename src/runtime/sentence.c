// SPDX-License-Identifier: Apache-2.0
// Other libraries explain themselves in many lines, with places of their source: a person wants the
// sentence.
#include "runtime/sentence.h"

#include <stdbool.h>
#include <string.h>

void ct__one_line(const char *from, char *to, size_t size)
{
    size_t n = 0;
    for (; *from && n < size - 1; from++) {
        bool blank = (unsigned char)*from <= ' ' || *from == 0x7f;
        if (!blank)
            to[n++] = *from;
        else if (n && to[n - 1] != ' ')
            to[n++] = ' ';
    }
    if (*from) {
        n -= 3;
        while (n && ((unsigned char)to[n] & 0xC0) == 0x80) // never half a character of UTF-8
            n--;
        memcpy(to + n, "...", 3);
        n += 3;
    }
    while (n && to[n - 1] == ' ')
        n--;
    to[n] = '\0';
}

// Cuts out what lies from `start` to `end`, both in one line.
static void cut(char *start, const char *end)
{
    memmove(start, end, strlen(end) + 1);
}

// Which file it is about.
static void cut_file(char *line)
{
    static const char before[] = "Load model from ", after[] = " failed:";
    const char *end = strncmp(line, before, strlen(before)) == 0 ? strstr(line, after) : NULL;
    if (end)
        cut(line, end + strlen(after));
}

void ct__cut_place(char *line)
{
    cut_file(line);
    char *start = strstr(line, "/onnxruntime/core/");
    char *end = start ? strchr(start, '(') : NULL;
    int depth = 0;
    if (!end)
        return;
    while (start > line && start[-1] != ' ' && start[-1] != ':')
        start--;
    // Past the parenthesis that closes the function's arguments, or the end of the line.
    do
        depth += (*end == '(') - (*end == ')');
    while (*end && (end++, depth > 0));
    cut(start, end);
}
