// SPDX-License-Identifier: Apache-2.0
// Every part stands between two boundaries, its headers before an empty line. Nothing is copied,
// and nothing is read beyond the body, whatever it says.
#include "service/form.h"

#include <string.h>
#include <strings.h>

static const char form_type[] = "multipart/form-data";

enum { LONGEST_BOUNDARY = 70 }; // RFC 2046

// A stretch of bytes.
struct span {
    const char *at, *end;
};

bool ct__form_is(const char *type)
{
    size_t length = sizeof form_type - 1;
    return type && strncasecmp(type, form_type, length) == 0 &&
           (!type[length] || strchr("; \t", type[length]));
}

// The value of a parameter in a header ("; name=..."), quoted or not.
static bool find_value(struct span header, const char *name, struct span *value)
{
    size_t length = strlen(name);
    for (const char *at = header.at; at + length + 1 < header.end; at++) {
        bool starts = (at[0] == ';' || at[0] == ' ' || at[0] == '\t') &&
                      strncasecmp(at + 1, name, length) == 0 && at[1 + length] == '=';
        if (!starts)
            continue;
        at += length + 2;
        bool quoted = at < header.end && *at == '"';
        value->at = at += quoted;
        while (at < header.end && (quoted ? *at != '"' : *at != ';' && *at != ' ' && *at != '\t'))
            at++;
        value->end = at;
        return !quoted || at < header.end;
    }
    return false;
}

// "\r\n--boundary", as it stands between two parts.
static size_t read_boundary(const char *type, char text[LONGEST_BOUNDARY + 4])
{
    struct span value;
    struct span header = {type, type + strlen(type)};
    if (!find_value(header, "boundary", &value) || value.at == value.end ||
        value.end - value.at > LONGEST_BOUNDARY)
        return 0;
    size_t length = (size_t)(value.end - value.at);
    memcpy(text, "\r\n--", 4);
    memcpy(text + 4, value.at, length);
    return length + 4;
}

static const char *find(struct span in, const char *what, size_t length)
{
    return in.at < in.end ? memmem(in.at, (size_t)(in.end - in.at), what, length) : NULL;
}

// The name that a part's headers give it.
static bool find_name(struct span headers, struct span *name)
{
    static const char wanted[] = "Content-Disposition:";
    while (headers.at < headers.end) {
        const char *end = find(headers, "\r\n", 2);
        struct span line = {headers.at, end ? end : headers.end};
        size_t length = (size_t)(line.end - line.at);
        if (length >= sizeof wanted && strncasecmp(line.at, wanted, sizeof wanted - 1) == 0)
            return find_value(line, "name", name);
        headers.at = end ? end + 2 : headers.end;
    }
    return false;
}

// Adds the part that stands from behind its boundary's line up to the next boundary.
static const char *add_part(struct ct__form *form, struct span part)
{
    struct span name;
    // The line before the headers is part of the search: a part may have none.
    const char *empty = find(part, "\r\n\r\n", 4);
    if (!empty || !find_name((struct span){part.at + 2, empty}, &name))
        return "a part has no name";
    if (form->count == CT__MOST_FIELDS)
        return "too many fields";
    form->fields[form->count++] = (struct ct__field_part){
        .name = name.at,
        .name_length = (size_t)(name.end - name.at),
        .data = empty + 4,
        .size = (size_t)(part.end - empty - 4),
    };
    return NULL;
}

const char *ct__form_read(struct ct__form *form, const char *type, const char *body, size_t size)
{
    char boundary[LONGEST_BOUNDARY + 4];
    struct span rest = {body, body + size};
    size_t length = read_boundary(type, boundary);
    form->count = 0;
    if (!length)
        return "its type names no boundary";
    // The first boundary has no line before it, unless a preamble stands there.
    bool first = size >= length - 2 && memcmp(body, boundary + 2, length - 2) == 0;
    const char *at = first ? NULL : find(rest, boundary, length);
    if (first || at)
        rest.at = first ? body + length - 2 : at + length;
    while (first || at) {
        first = false;
        if (rest.end - rest.at >= 2 && memcmp(rest.at, "--", 2) == 0)
            return NULL;
        at = find(rest, boundary, length);
        const char *wrong = at ? add_part(form, (struct span){rest.at, at}) : NULL;
        if (wrong)
            return wrong;
        rest.at = at ? at + length : rest.end;
    }
    return "it has no end";
}

const struct ct__field_part *ct__form_find(const struct ct__form *form, const char *name)
{
    for (int i = 0; i < form->count; i++)
        if (form->fields[i].name_length == strlen(name) &&
            memcmp(form->fields[i].name, name, form->fields[i].name_length) == 0)
            return &form->fields[i];
    return NULL;
}
