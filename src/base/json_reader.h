// SPDX-License-Identifier: Apache-2.0
// Reads JSON (RFC 8259) where it lies, one value after the other in the order of the text: no tree
// is made and nothing is allocated, so that an array of a million numbers costs what reading its
// digits costs. Whoever reads says what is expected; the first thing that is not so is kept as
// `wrong`, and from then on every call fails. One thread at a time.
//
//     ct__json_enter(&reader, '{');
//     while (ct__json_next_key(&reader, key, sizeof key))
//         ... one value ...
//     if (!ct__json_end(&reader)) ... reader.wrong, at reader.at ...
#ifndef CT_BASE_JSON_READER_H
#define CT_BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT__JSON_MOST_DEPTH = 32 };

struct ct__json_reader {
    const char *start, *at, *end;
    const char *wrong; // half a sentence, or NULL
    int depth;
    bool fresh; // nothing was read yet in the innermost array or object
};

// A number as it is written: as a double, correctly rounded, and where it is whole and fits 64 bits
// exactly as well.
struct ct__json_number {
    double value;
    uint64_t size; // of a whole number, without its sign
    bool whole, negative;
};

void ct__json_read(struct ct__json_reader *reader, const char *data, size_t size);

// What comes next, by its first letter: '{' '[' '"' 't' 'f' 'n', '0' for a number; 0 for anything
// else and once something was wrong. Reads nothing but blanks.
char ct__json_peek(struct ct__json_reader *reader);

// Goes into an object ('{') or array ('['); then whether another member or element follows: false
// at the end, which is left behind, and once something was wrong.
bool ct__json_enter(struct ct__json_reader *reader, char bracket);
bool ct__json_next(struct ct__json_reader *reader);
bool ct__json_next_key(struct ct__json_reader *reader, char *key, size_t size);

// One value each. A string is UTF-8 and ends with a zero. One that is longer than there is room for
// is wrong here, and given as "" by ct__json_next_key(): no key that is known is so long. One that
// holds a zero byte or half a surrogate pair is wrong anywhere.
bool ct__json_read_string(struct ct__json_reader *reader, char *text, size_t size);
bool ct__json_read_number(struct ct__json_reader *reader, struct ct__json_number *number);
bool ct__json_read_int(struct ct__json_reader *reader, int64_t *value);
bool ct__json_read_bool(struct ct__json_reader *reader, bool *value);

// Passes over a value, whatever it is; it is checked like any other. `from` (or NULL) gets where it
// begins, to be read again by a reader of its own.
bool ct__json_skip(struct ct__json_reader *reader, const char **from);

// Whether nothing but blanks follows, and all was well.
bool ct__json_end(struct ct__json_reader *reader);

// Marks what was read as wrong, in half a sentence that lives as long as the reader; returns false.
bool ct__json_blame(struct ct__json_reader *reader, const char *wrong);

#endif
