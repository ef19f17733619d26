// SPDX-License-Identifier: Apache-2.0
// The names that Ultralytics writes into a model: Python's text of a dict or a list of strings. It
// is a stranger's: a cursor reads it, never leaves it, and copies names of bounded number and
// length.
#include <string.h>

#include "base/log.h"
#include "models/labels.h"

struct python {
    const char *at;
    char close; // '}' or ']'
    int count;  // names read
    char name[CT__MAX_LABEL_SIZE + 1];
};

static void skip_space(struct python *python)
{
    while (*python->at == ' ' || *python->at == '\n' || *python->at == '\t')
        python->at++;
}

static bool skip_char(struct python *python, char c)
{
    skip_space(python);
    if (*python->at != c)
        return false;
    python->at++;
    return true;
}

static bool begin(struct python *python, const char *text)
{
    *python = (struct python){.at = text};
    if (skip_char(python, '{'))
        python->close = '}';
    else if (skip_char(python, '['))
        python->close = ']';
    return python->close;
}

// Appends a character as UTF-8; false where there is no room, or it is none.
static bool put(struct python *python, size_t *length, uint32_t c)
{
    unsigned char bytes[4];
    size_t count = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return false;
    if (*length + count > CT__MAX_LABEL_SIZE)
        return false;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    bytes[0] = (unsigned char)(lead[count] | c >> 6 * (count - 1));
    for (size_t i = 1; i < count; i++)
        bytes[i] = (unsigned char)(0x80 | (c >> 6 * (count - 1 - i) & 0x3F));
    memcpy(python->name + *length, bytes, count);
    *length += count;
    return true;
}

// Reads `digits` hexadecimal digits.
static bool read_hex(struct python *python, int digits, uint32_t *value)
{
    static const char hex[] = "0123456789abcdef";
    *value = 0;
    while (digits-- > 0) {
        char c = *python->at;
        const char *digit = c ? strchr(hex, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        if (!digit)
            return false;
        *value = *value << 4 | (uint32_t)(digit - hex);
        python->at++;
    }
    return true;
}

// Reads what follows a backslash.
static bool read_escape(struct python *python, size_t *length)
{
    static const char letters[] = "\\'\"ntr", meanings[] = "\\'\"\n\t\r";
    char letter = *python->at;
    const char *known = letter ? strchr(letters, letter) : NULL;
    int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    uint32_t c;
    if (known) {
        python->at++;
        return put(python, length, (uint32_t)meanings[known - letters]);
    }
    if (!digits)
        return false;
    python->at++;
    return read_hex(python, digits, &c) && put(python, length, c);
}

// Reads a quoted string into python->name.
static bool read_string(struct python *python)
{
    size_t length = 0;
    skip_space(python);
    char quote = *python->at;
    if (quote != '\'' && quote != '"')
        return false;
    python->at++;
    while (*python->at != quote) {
        char c = *python->at;
        if (!c || (c != '\\' && length == CT__MAX_LABEL_SIZE))
            return false;
        python->at++;
        if (c != '\\')
            python->name[length++] = c;
        else if (!read_escape(python, &length))
            return false;
    }
    python->at++;
    python->name[length] = 0;
    return true;
}

// Reads the key of an entry, which must be its place: 0, 1, 2 ...
static bool read_key(struct python *python)
{
    int key = 0, digits = 0;
    skip_space(python);
    for (; *python->at >= '0' && *python->at <= '9' && digits < 6; digits++)
        key = 10 * key + (*python->at++ - '0');
    return digits && key == python->count && skip_char(python, ':');
}

// Reads the next entry: 1, 0 at the end of the text, -1 if it is not well-formed.
static int next_name(struct python *python)
{
    if (python->count && !skip_char(python, ',')) {
        bool closed = skip_char(python, python->close);
        skip_space(python);
        return closed && !*python->at ? 0 : -1;
    }
    if (python->count == CT__MAX_LABELS || (python->close == '}' && !read_key(python)))
        return -1;
    if (!read_string(python))
        return -1;
    python->count++;
    return 1;
}

int ct__labels_count_names(const char *text)
{
    struct python python;
    int more = begin(&python, text) ? 1 : -1;
    while (more > 0)
        more = next_name(&python);
    return more < 0 ? 0 : python.count;
}

int ct__labels_parse_names(struct ct__labels *labels, const char *scope, const char *text)
{
    struct ct__labels parsed = {0};
    struct python python;
    int more = begin(&python, text) ? 1 : -1, status = CT_OK;
    while (more > 0 && !status) {
        more = next_name(&python);
        if (more > 0)
            status = ct__labels_add(&parsed, scope, python.name);
    }
    if (more < 0)
        status = ct__fail(CT_ERROR_FORMAT, scope,
                          "names: byte %d: expected {0: 'name', ...} or ['name', ...]",
                          (int)(python.at - text));
    if (status)
        ct__labels_finish(&parsed);
    else
        *labels = parsed;
    return status;
}
