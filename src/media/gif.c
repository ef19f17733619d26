// SPDX-License-Identifier: Apache-2.0
// Whether a GIF moves. Nothing in its header tells: its blocks are walked until a second picture.
#include "media/picture.h"

#include <string.h>

enum { EXTENSION = 0x21, PICTURE = 0x2c, HEADER = 13, DESCRIPTOR = 9 };

// A colour table's size is a power of two, in the low bits of the flags before it.
static bool skip_table(FILE *file, int flags)
{
    long size = flags & 0x80 ? 3L << ((flags & 7) + 1) : 0;
    return fseek(file, size, SEEK_CUR) == 0;
}

// Blocks of data: a length, so many bytes, and so on until a length of zero.
static bool skip_blocks(FILE *file)
{
    int length;
    while ((length = getc(file)) > 0) {
        if (fseek(file, length, SEEK_CUR))
            return false;
    }
    return length == 0;
}

static bool skip_picture(FILE *file)
{
    uint8_t descriptor[DESCRIPTOR];
    return fread(descriptor, 1, DESCRIPTOR, file) == DESCRIPTOR &&
           skip_table(file, descriptor[DESCRIPTOR - 1]) && getc(file) != EOF && skip_blocks(file);
}

bool ct__gif_moves(FILE *file)
{
    uint8_t header[HEADER];
    if (fread(header, 1, HEADER, file) != HEADER || memcmp(header, "GIF8", 4) != 0 ||
        !skip_table(file, header[10]))
        return false;
    bool whole = true;
    for (int pictures = 0; whole;) {
        int kind = getc(file);
        if (kind == PICTURE && ++pictures == 2)
            return true;
        if (kind == PICTURE)
            whole = skip_picture(file);
        else
            whole = kind == EXTENSION && getc(file) != EOF && skip_blocks(file);
    }
    return false;
}
