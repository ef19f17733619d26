// SPDX-License-Identifier: Apache-2.0
// Parts lie in one buffer that is moved down when room is needed. A told length only says when a
// part may be there already: a boundary in it counts more.
#include "sources/multipart.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { FIRST_CAPACITY = 1 << 16, LEAST_ROOM = 1 << 14 };

// ---- the boundary

// Cameras declare it with and without its dashes, quoted or not.
static void set_boundary(struct ct__multipart *multipart, const char *text, size_t length)
{
    while (length > 0 && (*text == '-' || *text == '"')) {
        text++;
        length--;
    }
    if (length == 0 || length > sizeof multipart->boundary - 3)
        return;
    memcpy(multipart->boundary, "--", 2);
    memcpy(multipart->boundary + 2, text, length);
    multipart->boundary[length + 2] = '\0';
}

void ct__multipart_init(struct ct__multipart *multipart, const char *scope, const char *type)
{
    static const char key[] = "boundary=";
    *multipart = (struct ct__multipart){.scope = scope};
    const char *found = strcasestr(type, key);
    if (!found)
        return;
    found += sizeof key - 1;
    set_boundary(multipart, found, strcspn(found, *found == '"' ? "\r\n" : "; \t\r\n"));
    char *quote = strchr(multipart->boundary, '"');
    if (quote)
        *quote = '\0';
}

void ct__multipart_finish(struct ct__multipart *multipart)
{
    ct__free(multipart->data);
    multipart->data = NULL;
}

// ---- the buffer

static size_t left(const struct ct__multipart *multipart)
{
    return multipart->size - multipart->at;
}

int ct__multipart_room(struct ct__multipart *multipart, uint8_t **room, size_t *size)
{
    if (left(multipart) > CT__MULTIPART_MOST)
        return ct__fail(CT_ERROR_LIMIT, multipart->scope, "a part of more than %d bytes",
                        CT__MULTIPART_MOST);
    if (multipart->at > 0) {
        memmove(multipart->data, multipart->data + multipart->at, left(multipart));
        multipart->size -= multipart->at;
        multipart->at = 0;
    }
    if (multipart->capacity - multipart->size < LEAST_ROOM) {
        size_t capacity = multipart->capacity ? 2 * multipart->capacity : FIRST_CAPACITY;
        uint8_t *data = ct__realloc_array(multipart->data, capacity, 1);
        if (!data)
            return ct__fail_memory(multipart->scope);
        multipart->data = data;
        multipart->capacity = capacity;
    }
    *room = multipart->data + multipart->size;
    *size = multipart->capacity - multipart->size;
    return CT_OK;
}

void ct__multipart_add(struct ct__multipart *multipart, size_t count)
{
    multipart->size += count;
}

// ---- headers

// The length of a line with its end, 0 if it is not whole.
static size_t line_length(const uint8_t *text, size_t size)
{
    const uint8_t *end = memchr(text, '\n', size);
    return end ? (size_t)(end - text) + 1 : 0;
}

static bool is_blank(const uint8_t *line, size_t length)
{
    return length == 1 || (length == 2 && *line == '\r');
}

static bool is_boundary(struct ct__multipart *multipart, const uint8_t *line, size_t length)
{
    while (length > 2 && line[2] == '-' && *line == '-') { // more dashes than declared
        line++;
        length--;
    }
    if (length < 4 || memcmp(line, "--", 2) != 0)
        return false;
    if (!multipart->boundary[0])
        set_boundary(multipart, (const char *)line, strcspn((const char *)line, "\r\n"));
    size_t size = strlen(multipart->boundary);
    return size > 0 && length >= size && memcmp(line, multipart->boundary, size) == 0;
}

static void read_header(struct ct__multipart *multipart, const uint8_t *line, size_t length)
{
    static const char key[] = "content-length:";
    char text[64] = "", *number = text;
    int64_t value;
    if (length < sizeof key || strncasecmp((const char *)line, key, sizeof key - 1) != 0)
        return;
    length -= sizeof key - 1;
    memcpy(text, line + sizeof key - 1, length < sizeof text ? length : sizeof text - 1);
    number += strspn(text, " \t");
    number[strcspn(number, " \t\r\n")] = 0;
    bool possible = ct__parse_int(number, &value) && value > 0 && value <= CT__MULTIPART_MOST &&
                    !multipart->distrusted;
    multipart->length = possible ? (size_t)value : 0;
}

// Reads from `at` to the end of the headers of the next part; 0 if they are not whole.
static int enter(struct ct__multipart *multipart)
{
    const uint8_t *text = multipart->data + multipart->at;
    size_t size = left(multipart), length;
    bool begun = false, given = multipart->length > 0;
    for (size_t at = 0; (length = line_length(text + at, size - at)) > 0; at += length) {
        if (at + length > CT__MULTIPART_HEADERS)
            break;
        if (begun && is_blank(text + at, length)) {
            multipart->at += at + length;
            multipart->inside = true;
            multipart->searched = 0;
            multipart->walk = (struct ct__jpeg_walk){0};
            return 1;
        }
        if (begun) {
            read_header(multipart, text + at, length);
            continue;
        }
        begun = is_boundary(multipart, text + at, length);
        multipart->distrusted =
            multipart->distrusted || (given && !begun && !is_blank(text + at, length));
        multipart->length = begun ? 0 : multipart->length;
    }
    if (size <= CT__MULTIPART_HEADERS)
        return 0;
    return ct__fail(CT_ERROR_FORMAT, multipart->scope, "no part begins in %d bytes",
                    CT__MULTIPART_HEADERS);
}

// ---- bodies

// Where the next boundary is, counted from `at`, or the number of bytes there are.
static size_t find_boundary(struct ct__multipart *multipart)
{
    size_t size = left(multipart), length = strlen(multipart->boundary);
    const uint8_t *body = multipart->data + multipart->at;
    size_t from = multipart->searched;
    const uint8_t *found = memmem(body + from, size - from, multipart->boundary, length);
    if (found)
        return (size_t)(found - body);
    multipart->searched = size > length ? size - length : 0;
    return size;
}

// Without the end of the line and the dashes in front of a boundary.
static size_t trim(const uint8_t *body, size_t size)
{
    while (size > 0 && body[size - 1] == '-')
        size--;
    if (size > 0 && body[size - 1] == '\n')
        size--;
    return size > 0 && body[size - 1] == '\r' ? size - 1 : size;
}

// The length of a part that has come without the boundary behind it; 0 while it has not.
static size_t whole_length(struct ct__multipart *multipart)
{
    size_t there = left(multipart);
    if (multipart->length)
        return there < multipart->length ? 0 : multipart->length;
    int found = ct__jpeg_walk(&multipart->walk, multipart->data + multipart->at, there);
    return found > 0 ? multipart->walk.at : 0;
}

int ct__multipart_next(struct ct__multipart *multipart, const uint8_t **data, size_t *size)
{
    if (left(multipart) == 0)
        return 0;
    int entered = multipart->inside ? 1 : enter(multipart);
    if (entered <= 0)
        return entered;
    const uint8_t *body = multipart->data + multipart->at;
    size_t there = left(multipart), length = multipart->length;
    size_t boundary = find_boundary(multipart), end = length;
    if (boundary < there && (length == 0 || boundary <= length)) {
        end = trim(body, boundary);
        multipart->distrusted = multipart->distrusted || end < length;
    } else if (!(end = whole_length(multipart))) {
        return 0;
    }
    *data = body;
    *size = end;
    multipart->at += boundary < there && end < boundary ? boundary : end;
    multipart->inside = false;
    return 1;
}
