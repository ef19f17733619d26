// SPDX-License-Identifier: Apache-2.0
// Every step looks whether it is at the end first: nothing is read beyond it, and the data need not
// be ended by a zero.
#include "base/json_reader.h"

#include <float.h>
#include <string.h>

#include "base/text.h"

enum {
    LONGEST_NUMBER = 400, // of one that does not go the quick way
    MOST_POWER = 22,      // of ten that a double holds exactly
};

static const double powers[MOST_POWER + 1] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

void ct__json_read(struct ct__json_reader *reader, const char *data, size_t size)
{
    *reader = (struct ct__json_reader){.start = data, .at = data, .end = data + size};
}

bool ct__json_blame(struct ct__json_reader *reader, const char *wrong)
{
    if (!reader->wrong)
        reader->wrong = wrong;
    return false;
}

static void skip_blanks(struct ct__json_reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\t' || *reader->at == '\r'))
        reader->at++;
}

static bool is_digit(const struct ct__json_reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

char ct__json_peek(struct ct__json_reader *reader)
{
    skip_blanks(reader);
    if (reader->wrong || reader->at == reader->end)
        return 0;
    if (is_digit(reader) || *reader->at == '-')
        return '0';
    return *reader->at && strchr("{[\"tfn", *reader->at) ? *reader->at : 0;
}

// Reads one letter that must stand here.
static bool expect(struct ct__json_reader *reader, char letter, const char *wrong)
{
    skip_blanks(reader);
    if (reader->wrong || reader->at == reader->end || *reader->at != letter)
        return ct__json_blame(reader, wrong);
    reader->at++;
    return true;
}

// ---- arrays and objects

bool ct__json_enter(struct ct__json_reader *reader, char bracket)
{
    if (!expect(reader, bracket, bracket == '{' ? "an object is expected" : "an array is expected"))
        return false;
    if (reader->depth == CT__JSON_MOST_DEPTH)
        return ct__json_blame(reader, "it is nested too deeply");
    reader->depth++;
    reader->fresh = true;
    return true;
}

static bool next(struct ct__json_reader *reader, char close)
{
    skip_blanks(reader);
    bool fresh = reader->fresh;
    reader->fresh = false;
    if (reader->wrong)
        return false;
    if (reader->at < reader->end && *reader->at == close) {
        reader->at++;
        reader->depth--;
        return false;
    }
    return fresh || expect(reader, ',', "a comma or the end is expected");
}

bool ct__json_next(struct ct__json_reader *reader)
{
    return next(reader, ']');
}

// ---- strings

// Where a string is put: what does not fit is counted.
struct sink {
    char *text;
    size_t size, length;
};

static void put(struct sink *sink, const char *data, size_t length)
{
    if (sink->length + length < sink->size)
        memcpy(sink->text + sink->length, data, length);
    sink->length += length;
}

static void put_character(struct sink *sink, uint32_t code)
{
    char bytes[4];
    int length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = length - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(first[length] | code);
    put(sink, bytes, (size_t)length);
}

static bool read_hex(struct ct__json_reader *reader, uint32_t *code)
{
    *code = 0;
    if (reader->end - reader->at < 4)
        return ct__json_blame(reader, "a string breaks off");
    for (int i = 0; i < 4; i++) {
        char letter = *reader->at++, low = (char)(letter | 0x20);
        bool digit = letter >= '0' && letter <= '9';
        if (!digit && (low < 'a' || low > 'f'))
            return ct__json_blame(reader, "\\u needs four hexadecimal digits");
        *code = *code << 4 | (uint32_t)(digit ? letter - '0' : low - 'a' + 10);
    }
    return true;
}

// What stands behind \u: a character, or two halves of one.
static bool read_code(struct ct__json_reader *reader, struct sink *sink)
{
    uint32_t code, low;
    if (!read_hex(reader, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00) {
        if (reader->end - reader->at < 2 || memcmp(reader->at, "\\u", 2) != 0)
            return ct__json_blame(reader, "a string holds half a character");
        reader->at += 2;
        if (!read_hex(reader, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return ct__json_blame(reader, "a string holds half a character");
        code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
    } else if (code >= 0xdc00 && code < 0xe000) {
        return ct__json_blame(reader, "a string holds half a character");
    }
    if (!code)
        return ct__json_blame(reader, "a string holds a zero byte");
    put_character(sink, code);
    return true;
}

static bool read_escape(struct ct__json_reader *reader, struct sink *sink)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end)
        return ct__json_blame(reader, "a string breaks off");
    char letter = *reader->at++;
    if (letter == 'u')
        return read_code(reader, sink);
    const char *found = memchr(letters, letter, sizeof letters - 1);
    if (!found)
        return ct__json_blame(reader, "a string holds an unknown escape");
    put(sink, &meant[found - letters], 1);
    return true;
}

// The length of the character at `at`, as in base/text.h but within bounds; 0 if it is none.
static size_t utf8_length(const char *at, const char *end)
{
    char copy[5] = {0};
    size_t most = (size_t)(end - at) < 4 ? (size_t)(end - at) : 4;
    memcpy(copy, at, most);
    return ct__utf8_length(copy);
}

// Reads a string; `sink` counts what did not fit, too.
static bool read_text(struct ct__json_reader *reader, struct sink *sink)
{
    if (!expect(reader, '"', "a string is expected"))
        return false;
    while (reader->at < reader->end && *reader->at != '"') {
        unsigned char byte = (unsigned char)*reader->at;
        size_t length = byte < 0x80 ? 1 : utf8_length(reader->at, reader->end);
        if (byte < ' ' || !length)
            return ct__json_blame(reader, "a string holds what is no text");
        reader->at += length;
        if (byte != '\\')
            put(sink, reader->at - length, length);
        else if (!read_escape(reader, sink))
            return false;
    }
    if (reader->at == reader->end)
        return ct__json_blame(reader, "a string breaks off");
    reader->at++;
    if (sink->size)
        sink->text[sink->length < sink->size ? sink->length : 0] = 0;
    return true;
}

bool ct__json_read_string(struct ct__json_reader *reader, char *text, size_t size)
{
    struct sink sink = {text, size, 0};
    if (!read_text(reader, &sink))
        return false;
    return sink.length < size || ct__json_blame(reader, "a string is too long");
}

bool ct__json_next_key(struct ct__json_reader *reader, char *key, size_t size)
{
    struct sink sink = {key, size, 0};
    return next(reader, '}') && read_text(reader, &sink) &&
           expect(reader, ':', "a colon is expected");
}

// ---- numbers

// Digits as they are gathered: the first that fit 64 bits, and how many powers of ten the point
// and those that did not fit make.
struct digits {
    uint64_t value;
    int power;
    bool full;  // no more fit
    bool exact; // none but zeros was left out
};

static void read_digits(struct ct__json_reader *reader, struct digits *digits, bool behind_point)
{
    for (; is_digit(reader); reader->at++) {
        unsigned digit = (unsigned)(*reader->at - '0');
        digits->full = digits->full || digits->value > (UINT64_MAX - digit) / 10;
        if (!digits->full) {
            digits->value = digits->value * 10 + digit;
            digits->power -= behind_point;
        } else {
            digits->exact = digits->exact && !digit;
            digits->power += !behind_point;
        }
    }
}

static bool read_exponent(struct ct__json_reader *reader, struct digits *digits)
{
    int power = 0;
    bool negative = reader->at + 1 < reader->end && reader->at[1] == '-';
    reader->at += 1 + (negative || (reader->at + 1 < reader->end && reader->at[1] == '+'));
    if (!is_digit(reader))
        return ct__json_blame(reader, "a number breaks off");
    for (; is_digit(reader); reader->at++)
        power = power < 100000 ? power * 10 + (*reader->at - '0') : power;
    digits->power += negative ? -power : power;
    return true;
}

// Reads what the grammar lets a number be; the sign is passed already.
static bool read_parts(struct ct__json_reader *reader, struct digits *digits)
{
    const char *first = reader->at;
    if (!is_digit(reader))
        return ct__json_blame(reader, "a number is expected");
    read_digits(reader, digits, false);
    if (*first == '0' && reader->at - first > 1)
        return ct__json_blame(reader, "a number begins with a zero");
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        if (!is_digit(reader))
            return ct__json_blame(reader, "a number breaks off");
        read_digits(reader, digits, true);
    }
    bool exponent = reader->at < reader->end && (*reader->at | 0x20) == 'e';
    return !exponent || read_exponent(reader, digits);
}

// The slow way: as the C library does it.
static bool convert(struct ct__json_reader *reader, const char *from, double *value)
{
    char text[LONGEST_NUMBER + 1];
    size_t length = (size_t)(reader->at - from);
    if (length > LONGEST_NUMBER)
        return ct__json_blame(reader, "a number has too many digits");
    memcpy(text, from, length);
    text[length] = 0;
    return ct__parse_double(text, value) || ct__json_blame(reader, "a number is too large");
}

// A whole number below 2^53 and a power of ten are exact doubles, so that one operation on them is
// rounded once (Clinger, "How to read floating point numbers accurately", 1990).
static bool scale(const struct digits *digits, double *value)
{
    if (!digits->exact || digits->value >> 53 || digits->power < -MOST_POWER ||
        digits->power > MOST_POWER)
        return false;
    double whole = (double)digits->value;
    *value = digits->power < 0 ? whole / powers[-digits->power] : whole * powers[digits->power];
    return true;
}

// As many digits as 64 bits hold go through a wider type. Rounded twice they may be wrong, but only
// where an error of the first rounding would change the second: there false is returned.
static bool scale_wide(const struct digits *digits, double *value)
{
    if (LDBL_MANT_DIG < 64 || !digits->exact || digits->power < -MOST_POWER ||
        digits->power > MOST_POWER)
        return false;
    long double whole = (long double)digits->value;
    whole = digits->power < 0 ? whole / (long double)powers[-digits->power]
                              : whole * (long double)powers[digits->power];
    *value = (double)(whole * (1 - 0x1p-62L));
    return *value == (double)(whole * (1 + 0x1p-62L));
}

bool ct__json_read_number(struct ct__json_reader *reader, struct ct__json_number *number)
{
    struct digits digits = {.exact = true};
    skip_blanks(reader);
    const char *from = reader->at;
    bool negative = from < reader->end && *from == '-';
    reader->at += negative;
    if (reader->wrong || !read_parts(reader, &digits))
        return ct__json_blame(reader, "a number is expected");
    double value;
    if (!scale(&digits, &value) && !scale_wide(&digits, &value) &&
        !convert(reader, from + negative, &value))
        return false;
    *number = (struct ct__json_number){
        .value = negative ? -value : value,
        .size = digits.value,
        .whole = digits.power == 0 && digits.exact,
        .negative = negative,
    };
    return true;
}

bool ct__json_read_int(struct ct__json_reader *reader, int64_t *value)
{
    struct ct__json_number number;
    if (!ct__json_read_number(reader, &number))
        return false;
    if (!number.whole || number.size > INT64_MAX)
        return ct__json_blame(reader, "a whole number is expected");
    *value = number.negative ? -(int64_t)number.size : (int64_t)number.size;
    return true;
}

// ---- the rest

static bool read_word(struct ct__json_reader *reader, const char *word)
{
    size_t length = strlen(word);
    if (reader->wrong || (size_t)(reader->end - reader->at) < length ||
        memcmp(reader->at, word, length) != 0)
        return ct__json_blame(reader, "a value is expected");
    reader->at += length;
    return true;
}

bool ct__json_read_bool(struct ct__json_reader *reader, bool *value)
{
    char first = ct__json_peek(reader);
    if (first != 't' && first != 'f')
        return ct__json_blame(reader, "true or false is expected");
    *value = first == 't';
    return read_word(reader, *value ? "true" : "false");
}

// Calls itself for what is nested, at most CT__JSON_MOST_DEPTH deep.
static bool skip_value(struct ct__json_reader *reader)
{
    struct ct__json_number number;
    struct sink nowhere = {0};
    switch (ct__json_peek(reader)) {
    case '"':
        return read_text(reader, &nowhere);
    case '0':
        return ct__json_read_number(reader, &number);
    case 't':
        return read_word(reader, "true");
    case 'f':
        return read_word(reader, "false");
    case 'n':
        return read_word(reader, "null");
    case '[':
        if (ct__json_enter(reader, '['))
            while (ct__json_next(reader) && skip_value(reader))
                continue;
        return !reader->wrong;
    case '{':
        if (ct__json_enter(reader, '{'))
            while (ct__json_next_key(reader, NULL, 0) && skip_value(reader))
                continue;
        return !reader->wrong;
    default:
        return ct__json_blame(reader, "a value is expected");
    }
}

bool ct__json_skip(struct ct__json_reader *reader, const char **from)
{
    skip_blanks(reader);
    if (from)
        *from = reader->at;
    return skip_value(reader);
}

bool ct__json_end(struct ct__json_reader *reader)
{
    skip_blanks(reader);
    return !reader->wrong &&
           (reader->at == reader->end || ct__json_blame(reader, "something stands behind the end"));
}
