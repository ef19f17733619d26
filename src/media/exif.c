// SPDX-License-Identifier: Apache-2.0
// Finds the orientation in an EXIF block: one tag of the first directory of a TIFF structure.
// Everything here comes from strangers: each offset is checked before it is followed.
#include "media/picture.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_SIZE = 12 };

struct block {
    const uint8_t *data;
    size_t size;
    bool big_endian;
};

static uint32_t get(const struct block *block, size_t at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) {
        int shift = 8 * (block->big_endian ? bytes - 1 - i : i);
        value |= (uint32_t)block->data[at + (size_t)i] << shift;
    }
    return value;
}

int ct__exif_orientation(const uint8_t *data, size_t size)
{
    struct block block = {data, size, false};
    if (size < 8 || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M'))
        return 1;
    block.big_endian = data[0] == 'M';
    size_t directory = get(&block, 4, 4);
    if (get(&block, 2, 2) != 42 || directory > size - 2)
        return 1;
    size_t count = get(&block, directory, 2);
    for (size_t i = 0; i < count; i++) {
        size_t entry = directory + 2 + i * ENTRY_SIZE;
        if (entry > size || size - entry < ENTRY_SIZE)
            return 1;
        if (get(&block, entry, 2) != TAG_ORIENTATION)
            continue;
        uint32_t value = get(&block, entry + 8, 2);
        bool good = get(&block, entry + 2, 2) == TYPE_SHORT && value >= 1 && value <= 8;
        return good ? (int)value : 1;
    }
    return 1;
}
