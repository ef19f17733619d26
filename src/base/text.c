// SPDX-License-Identifier: Apache-2.0
// Text that grows by doubling, and the small readings of what people wrote: numbers, misspelt
// words, file names in a person's order. Nothing here depends on the locale.
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { FIRST_CAPACITY = 64, LONGEST_WORD = 64 };

// Makes room for `more` bytes and a zero.
static bool reserve(struct ct__text *text, size_t more)
{
    size_t needed;
    if (text->failed || __builtin_add_overflow(text->length, more, &needed) || ++needed == 0) {
        text->failed = true;
        return false;
    }
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = ct__realloc_array(text->data, capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void ct__text_append(struct ct__text *text, const char *data, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length) // of nothing there may be no address
        memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = 0;
}

char *ct__text_room(struct ct__text *text, size_t size)
{
    return reserve(text, size) ? text->data + text->length : NULL;
}

void ct__text_puts(struct ct__text *text, const char *string)
{
    ct__text_append(text, string, strlen(string));
}

void ct__text_printf(struct ct__text *text, const char *format, ...)
{
    if (!reserve(text, 0))
        return;
    // Whoever reads a number expects a point, whatever locale the program has.
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(plain);
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = text->capacity - text->length;
    int length = vsnprintf(text->data + text->length, room, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length < room) {
        text->length += (size_t)length;
    } else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    // Whatever a failed attempt left beyond the end is not part of the text.
    text->data[text->length] = 0;
    va_end(again);
    va_end(arguments);
    uselocale(before);
    if (plain)
        freelocale(plain);
}

void ct__text_clear(struct ct__text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->data)
        text->data[0] = 0;
}

void ct__text_finish(struct ct__text *text)
{
    ct__free(text->data);
    *text = (struct ct__text){0};
}

int64_t ct__text_hand_out(struct ct__text *text, const char *scope, char *out, size_t size)
{
    int64_t length = text->failed ? ct__fail_memory(scope) : (int64_t)text->length;
    if (size)
        ct__copy_text(out, size, length > 0 ? text->data : "");
    ct__text_finish(text);
    return length;
}

bool ct__parse_int(const char *string, int64_t *value)
{
    const char *digit = string + (*string == '-' || *string == '+');
    bool negative = *string == '-';
    int64_t total = 0;
    if (!*digit)
        return false;
    // Counted below zero, where the range is one larger.
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || __builtin_mul_overflow(total, 10, &total) ||
            __builtin_sub_overflow(total, *digit - '0', &total))
            return false;
    }
    if (!negative && total == INT64_MIN)
        return false;
    *value = negative ? total : -total;
    return true;
}

// Up to five digits; where they end, or NULL.
static const char *parse_side(const char *at, int *side)
{
    int digits = 0, total = 0;
    for (; *at >= '0' && *at <= '9' && digits <= 5; at++, digits++)
        total = 10 * total + (*at - '0');
    *side = total;
    return digits >= 1 && digits <= 5 ? at : NULL;
}

bool ct__parse_colour(const char *string, unsigned char colour[4])
{
    unsigned value[4] = {0, 0, 0, 255};
    int end = 0;
    int count = sscanf(string, "%3u,%3u,%3u%n,%3u%n", &value[0], &value[1], &value[2], &end,
                       &value[3], &end);
    bool good = count >= 3 && !string[end];
    for (int i = 0; i < 4; i++)
        good = good && value[i] <= 255;
    for (int i = 0; good && i < 4; i++)
        colour[i] = (unsigned char)value[i];
    return good;
}

const char *ct__parse_size(const char *string, int *width, int *height)
{
    int w, h;
    const char *at = parse_side(string, &w);
    at = at && *at == 'x' ? parse_side(at + 1, &h) : NULL;
    if (at) {
        *width = w;
        *height = h;
    }
    return at;
}

bool ct__parse_double(const char *string, double *value)
{
    // strtod() also takes leading space, hexadecimal, "inf" and "nan": none is made of these alone.
    if (!*string || string[strspn(string, "0123456789+-.eE")])
        return false;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return false;
    char *end;
    double parsed = strtod_l(string, &end, plain);
    freelocale(plain);
    if (*end || !isfinite(parsed))
        return false;
    *value = parsed;
    return true;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

// Levenshtein's distance of two words of at most LONGEST_WORD bytes, one row at a time.
static int edit_distance(const char *a, const char *b)
{
    int row[LONGEST_WORD + 1];
    int width = (int)strlen(b);
    for (int x = 0; x <= width; x++)
        row[x] = x;
    for (int y = 1; a[y - 1]; y++) {
        int diagonal = row[0];
        row[0] = y;
        for (int x = 1; x <= width; x++) {
            int replaced = diagonal + (a[y - 1] != b[x - 1]);
            diagonal = row[x];
            row[x] = least(replaced, 1 + least(row[x], row[x - 1]));
        }
    }
    return row[width];
}

const char *ct__nearest(const char *word, const char *const *words)
{
    size_t length = strlen(word);
    if (length > LONGEST_WORD)
        return NULL;
    const char *nearest = NULL;
    int limit = length > 6 ? (int)length / 3 : 2;
    for (; *words; words++) {
        size_t other = strlen(*words);
        if (other > LONGEST_WORD)
            continue;
        int distance = edit_distance(word, *words);
        // Words that share no letter are not near, however short they are.
        if (distance > limit || distance >= (int)(length > other ? length : other))
            continue;
        nearest = *words;
        limit = distance - 1;
    }
    return nearest;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Compares the numbers at *a and *b by value and moves both pointers behind them.
static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t long_a = strspn(*a, "0123456789"), long_b = strspn(*b, "0123456789");
    if (long_a != long_b)
        return long_a < long_b ? -1 : 1;
    int order = memcmp(*a, *b, long_a);
    *a += long_a;
    *b += long_b;
    return order;
}

int ct__natural_compare(const char *a, const char *b)
{
    const char *at_a = a, *at_b = b;
    while (*at_a && *at_b) {
        if (is_digit(*at_a) && is_digit(*at_b)) {
            int order = compare_numbers(&at_a, &at_b);
            if (order)
                return order;
        } else if (*at_a != *at_b) {
            break;
        } else {
            at_a++;
            at_b++;
        }
    }
    if (*at_a != *at_b)
        return (unsigned char)*at_a < (unsigned char)*at_b ? -1 : 1;
    // "a01" and "a1" are equal so far; an order that every sort agrees on needs one of them first.
    return strcmp(a, b);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool ct__ends_with(const char *string, const char *ending)
{
    size_t length = strlen(string), tail = strlen(ending);
    if (tail > length)
        return false;
    string += length - tail;
    while (*ending && lower(*string) == lower(*ending)) {
        string++;
        ending++;
    }
    return !*ending;
}

bool ct__copy_text(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size);
    bool fits = length < size;
    if (!fits)
        length = size - 1;
    memmove(to, from, length);
    to[length] = 0;
    return fits;
}

static bool between(unsigned char byte, int least, int most)
{
    return byte >= least && byte <= most;
}

// By the table of RFC 3629. The zero at the end of a string is no continuation byte, so nothing
// beyond it is read.
size_t ct__utf8_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    if (between(s[0], 0xc2, 0xdf))
        return between(s[1], 0x80, 0xbf) ? 2 : 0;
    if (between(s[0], 0xe0, 0xef)) {
        int first = s[0] == 0xe0 ? 0xa0 : 0x80, last = s[0] == 0xed ? 0x9f : 0xbf;
        return between(s[1], first, last) && between(s[2], 0x80, 0xbf) ? 3 : 0;
    }
    if (between(s[0], 0xf0, 0xf4)) {
        int first = s[0] == 0xf0 ? 0x90 : 0x80, last = s[0] == 0xf4 ? 0x8f : 0xbf;
        return between(s[1], first, last) && between(s[2], 0x80, 0xbf) && between(s[3], 0x80, 0xbf)
                   ? 4
                   : 0;
    }
    return 0;
}
