// SPDX-License-Identifier: Apache-2.0
// Reading what people write: numbers, endings, nearest words, and the order of file names, which
// has to be an order.
#include "base/text.h"
#include "fuzz.h"

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void check_order(const char *a, const char *b, const char *c)
{
    int ab = sign(ct__natural_compare(a, b)), bc = sign(ct__natural_compare(b, c));
    int ac = sign(ct__natural_compare(a, c));
    FUZZ_CHECK(ab == -sign(ct__natural_compare(b, a)));
    FUZZ_CHECK((ab == 0) == !strcmp(a, b));
    FUZZ_CHECK(!ct__natural_compare(a, a));
    FUZZ_CHECK(!(ab > 0 && bc > 0) || ac > 0);
    FUZZ_CHECK(!(ab < 0 && bc < 0) || ac < 0);
}

static void check_numbers(const char *text)
{
    int64_t whole;
    double number;
    bool is_whole = ct__parse_int(text, &whole), is_number = ct__parse_double(text, &number);
    FUZZ_CHECK(!is_number || isfinite(number));
    FUZZ_CHECK(!(is_whole && is_number) || (double)whole == number);
}

static void check_copy(const char *text, size_t size)
{
    char *copy = malloc(size);
    FUZZ_CHECK(copy);
    bool whole = ct__copy_text(copy, size, text);
    FUZZ_CHECK(whole == (strlen(text) < size));
    FUZZ_CHECK(!strncmp(copy, text, strlen(copy)));
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    char *a = fuzz_text(&bytes, 90), *b = fuzz_text(&bytes, 90), *c = fuzz_text(&bytes, 90);
    const char *words[] = {b, c, "every", NULL};
    check_order(a, b, c);
    check_numbers(a);
    check_copy(a, 1 + strlen(b) % 64);
    const char *nearest = ct__nearest(a, words);
    FUZZ_CHECK(!nearest || nearest == words[0] || nearest == words[1] || nearest == words[2]);
    FUZZ_CHECK(!ct__ends_with(a, b) || strlen(a) >= strlen(b));
    free(a), free(b), free(c);
    return 0;
}
