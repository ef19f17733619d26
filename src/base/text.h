// SPDX-License-Identifier: Apache-2.0
// Growing text (or bytes), and reading numbers and words that people wrote.
#ifndef CT_BASE_TEXT_H
#define CT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Text that grows; `data` is always ended by a zero once something was appended. Zero-initialise;
// one thread at a time. After a failed growth `failed` stays true and appends do nothing: check
// once at the end.
struct ct__text {
    char *data;
    size_t length, capacity;
    bool failed;
};

void ct__text_append(struct ct__text *text, const char *data, size_t length);
void ct__text_puts(struct ct__text *text, const char *string);
__attribute__((format(printf, 2, 3))) void ct__text_printf(struct ct__text *text,
                                                           const char *format, ...);
// Where the next `size` bytes go, for who writes them in place and then adds to `length`; NULL
// without memory.
char *ct__text_room(struct ct__text *text, size_t size);
void ct__text_clear(struct ct__text *text); // empty again, not failed; keeps the memory
void ct__text_finish(struct ct__text *text);

// Ends a text as public functions give theirs: as much as fits in `size` goes to `out`, with a zero
// at its end. Returns the whole length without the zero, or CT_ERROR_MEMORY, logged under `scope`.
int64_t ct__text_hand_out(struct ct__text *text, const char *scope, char *out, size_t size);

// Whole strings to numbers: false for anything left over, overflow, NaN or infinity. No locale.
bool ct__parse_int(const char *string, int64_t *value);
bool ct__parse_double(const char *string, double *value);

// Reads two sides at the start of a string, "640x480": digits alone, at most five each. Gives what
// stands behind them, or NULL, and then changes nothing. No range but that of five digits.
const char *ct__parse_size(const char *string, int *width, int *height);

// Reads "R,G,B" or "R,G,B,A", 0 to 255 each, A being 255 where it is not given; false for all else.
bool ct__parse_colour(const char *string, unsigned char colour[4]);

// The word of `words` (ends with NULL) with the least edit distance to `word`, or NULL if none is
// within a third of its length (at least 2) or shares a letter's place with it. Words of more than
// 64 bytes are near to nothing.
const char *ct__nearest(const char *word, const char *const *words);

// Compares as people sort file names: digits by their value ("img2" before "img10"), the rest by
// bytes. 0 for equal strings only.
int ct__natural_compare(const char *a, const char *b);

// Whether `string` ends in `ending`, ignoring case of ASCII letters.
bool ct__ends_with(const char *string, const char *ending);

// Bytes of the UTF-8 sequence at the start of a string, 0 if there is none; the end of the string
// counts as one of its own.
size_t ct__utf8_length(const char *text);

// Copies at most size - 1 bytes and ends with a zero; true if all fitted. size > 0.
bool ct__copy_text(char *to, size_t size, const char *from);

#endif
