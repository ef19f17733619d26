// SPDX-License-Identifier: Apache-2.0
// The writer puts commas and colons; a bit per level remembers whether a comma is due. Numbers are
// formatted with integers alone: a line of results is mostly numbers, and printf would be its cost.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

enum {
    LEVELS = 32,
    DIGITS = 20,
    MOST_POWER = 22,    // of ten that a double holds exactly
    FLOAT_DIGITS = 9,   // that tell any two floats apart
    DOUBLE_DIGITS = 17, // likewise
    LEAST_DIGITS = 6,
    PLAIN_ZEROS = 5,   // in front of a number that is written without exponent
    PLAIN_DIGITS = 16, // before the point of such a number
};

static const double powers[MOST_POWER + 1] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

void ct__json_init(struct ct__json *json, struct ct__text *text)
{
    *json = (struct ct__json){.text = text};
}

// Writes the comma that a value or key needs in front.
static void separate(struct ct__json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    uint32_t level = UINT32_C(1) << (json->depth - 1);
    if (json->has_member & level)
        ct__text_append(json->text, ",", 1);
    json->has_member |= level;
}

static void begin(struct ct__json *json, const char *bracket)
{
    separate(json);
    ct__text_append(json->text, bracket, 1);
    // Deeper nesting is a mistake of the caller; it shows like a lack of memory, at the end.
    if (json->depth == LEVELS) {
        json->text->failed = true;
        return;
    }
    json->has_member &= ~(UINT32_C(1) << json->depth);
    json->depth++;
}

static void end(struct ct__json *json, const char *bracket)
{
    ct__text_append(json->text, bracket, 1);
    if (json->depth > 0)
        json->depth--;
}

void ct__json_begin_object(struct ct__json *json)
{
    begin(json, "{");
}

void ct__json_end_object(struct ct__json *json)
{
    end(json, "}");
}

void ct__json_begin_array(struct ct__json *json)
{
    begin(json, "[");
}

void ct__json_end_array(struct ct__json *json)
{
    end(json, "]");
}

// Writes what stands for a byte that cannot stand in a string by itself.
static void write_escape(struct ct__text *text, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *name = memchr(names, byte, sizeof names - 1);
    if (byte >= 0x80) {
        ct__text_append(text, "\xef\xbf\xbd", 3);
    } else if (name) {
        ct__text_append(text, (const char[]){'\\', letters[name - names]}, 2);
    } else {
        ct__text_append(text, (const char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]},
                        6);
    }
}

static void write_string(struct ct__text *text, const char *string)
{
    const unsigned char *at = (const unsigned char *)string, *from = at;
    ct__text_append(text, "\"", 1);
    while (*at) {
        size_t length = ct__utf8_length((const char *)at);
        if (length && *at >= ' ' && *at != '"' && *at != '\\') {
            at += length;
            continue;
        }
        ct__text_append(text, (const char *)from, (size_t)(at - from));
        write_escape(text, *at);
        from = ++at;
    }
    ct__text_append(text, (const char *)from, (size_t)(at - from));
    ct__text_append(text, "\"", 1);
}

void ct__json_key(struct ct__json *json, const char *key)
{
    separate(json);
    write_string(json->text, key);
    ct__text_append(json->text, ":", 1);
    json->after_key = true;
}

void ct__json_string(struct ct__json *json, const char *string)
{
    separate(json);
    if (string)
        write_string(json->text, string);
    else
        ct__text_append(json->text, "null", 4);
}

void ct__json_bool(struct ct__json *json, bool value)
{
    separate(json);
    ct__text_puts(json->text, value ? "true" : "false");
}

// Writes the digits of `value` so that they end before `end`; returns the first.
static char *put_digits(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return end;
}

void ct__json_uint(struct ct__json *json, uint64_t value)
{
    char digits[DIGITS], *end = digits + sizeof digits;
    char *first = put_digits(end, value);
    separate(json);
    ct__text_append(json->text, first, (size_t)(end - first));
}

void ct__json_int(struct ct__json *json, int64_t value)
{
    char digits[DIGITS + 1], *end = digits + sizeof digits;
    char *first = put_digits(end, value < 0 ? -(uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--first = '-';
    separate(json);
    ct__text_append(json->text, first, (size_t)(end - first));
}

// fraction x scale to the nearest integer, half up, for 0 <= fraction < 1, as if computed exactly.
// The product is rounded, but only one that lands on a half can be on the wrong side of it, and
// there the error of the product, which fma() gives exactly, tells the side.
static uint64_t scale_exactly(double fraction, double scale)
{
    double product = fraction * scale;
    uint64_t whole = (uint64_t)product;
    double rest = product - (double)whole;
    bool up = rest > 0.5 || (rest == 0.5 && fma(fraction, scale, -product) >= 0);
    return whole + up;
}

void ct__json_number(struct ct__json *json, double value, int decimals)
{
    separate(json);
    double size = fabs(value);
    if (!isfinite(value)) {
        ct__text_append(json->text, "null", 4);
        return;
    }
    if (size >= 0x1p63) {
        ct__text_printf(json->text, "%.0f", value);
        return;
    }
    uint64_t whole = (uint64_t)size, scale = (uint64_t)powers[decimals];
    uint64_t part = scale_exactly(size - (double)whole, powers[decimals]);
    if (part == scale) {
        whole++;
        part = 0;
    }
    char digits[2 * DIGITS + 2], *end = digits + sizeof digits, *first = end;
    bool zero = whole == 0 && part == 0;
    if (part > 0) {
        for (; part % 10 == 0; part /= 10)
            decimals--;
        first = put_digits(end, part);
        while (end - first < decimals)
            *--first = '0';
        *--first = '.';
    }
    first = put_digits(first, whole);
    if (value < 0 && !zero)
        *--first = '-';
    ct__text_append(json->text, first, (size_t)(end - first));
}

// ---- numbers that read back as they were

// A number as decimal digits: digits x 10^power.
struct decimal {
    uint64_t digits;
    int power;
};

// Whether the decimal reads back as the float, also if the quotient, which is rounded, is a little
// off.
static bool reads_back(const struct decimal *decimal, float value)
{
    double digits = (double)decimal->digits;
    double read =
        decimal->power < 0 ? digits / powers[-decimal->power] : digits * powers[decimal->power];
    return (float)(read * (1 - 0x1p-50)) == value && (float)(read * (1 + 0x1p-50)) == value;
}

// The shortest decimal of a positive float whose powers of ten are exact; false beyond those.
static bool shorten(float value, struct decimal *decimal)
{
    int top = (int)floor(log10((double)value));
    for (int digits = LEAST_DIGITS; digits <= FLOAT_DIGITS; digits++) {
        int power = top - digits + 1;
        if (power > MOST_POWER || power < -MOST_POWER)
            return false;
        double scaled = power < 0 ? (double)value * powers[-power] : (double)value / powers[power];
        *decimal = (struct decimal){(uint64_t)(scaled + .5), power};
        if (reads_back(decimal, value))
            return true;
    }
    return false;
}

// The slow way, which is right for all; a decimal point may be another where the program says so.
static void print(double value, int digits, struct decimal *decimal)
{
    char text[40];
    int power = 0;
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    const char *at = text, *exponent = strchr(text, 'e');
    *decimal = (struct decimal){0};
    for (; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
    for (at = exponent + 2; *at; at++)
        power = power * 10 + (*at - '0');
    decimal->power = (exponent[1] == '-' ? -power : power) - digits + 1;
}

static void put_zeros(struct ct__text *text, int count)
{
    ct__text_append(text, "0000000000000000", (size_t)count);
}

static void put_decimal(struct ct__text *text, struct decimal decimal)
{
    char digits[DIGITS], *end = digits + sizeof digits;
    for (; decimal.digits % 10 == 0; decimal.power++)
        decimal.digits /= 10;
    const char *first = put_digits(end, decimal.digits);
    int count = (int)(end - first), before = count + decimal.power; // the point
    if (decimal.power >= 0 && before <= PLAIN_DIGITS) {
        ct__text_append(text, first, (size_t)count);
        put_zeros(text, decimal.power);
    } else if (before > 0 && before <= PLAIN_DIGITS) {
        ct__text_append(text, first, (size_t)before);
        ct__text_append(text, ".", 1);
        ct__text_append(text, first + before, (size_t)(count - before));
    } else if (before <= 0 && before >= -PLAIN_ZEROS) {
        ct__text_append(text, "0.", 2);
        put_zeros(text, -before);
        ct__text_append(text, first, (size_t)count);
    } else {
        ct__text_append(text, first, (size_t)count);
        ct__text_printf(text, "e%d", decimal.power);
    }
}

// Writes a sign, zeros and what is no number; true if there is more to write.
static bool begin_number(struct ct__json *json, double value)
{
    separate(json);
    if (!isfinite(value))
        ct__text_append(json->text, "null", 4);
    else if (value == 0)
        ct__text_append(json->text, "0", 1);
    else if (value < 0)
        ct__text_append(json->text, "-", 1);
    return isfinite(value) && value != 0;
}

void ct__json_float(struct ct__json *json, float value)
{
    struct decimal decimal;
    if (!begin_number(json, (double)value))
        return;
    if (!shorten(fabsf(value), &decimal))
        print(fabs((double)value), FLOAT_DIGITS, &decimal);
    put_decimal(json->text, decimal);
}

void ct__json_double(struct ct__json *json, double value)
{
    struct decimal decimal = {.digits = (uint64_t)fmin(fabs(value), 0x1p53)};
    if (!begin_number(json, value))
        return;
    if ((double)decimal.digits != fabs(value) || decimal.digits >> 53)
        print(fabs(value), DOUBLE_DIGITS, &decimal);
    put_decimal(json->text, decimal);
}

void ct__member_string(struct ct__json *json, const char *key, const char *value)
{
    ct__json_key(json, key);
    ct__json_string(json, value);
}

void ct__member_int(struct ct__json *json, const char *key, int64_t value)
{
    ct__json_key(json, key);
    ct__json_int(json, value);
}

void ct__member_number(struct ct__json *json, const char *key, double value, int decimals)
{
    ct__json_key(json, key);
    ct__json_number(json, value, decimals);
}
