// SPDX-License-Identifier: Apache-2.0
// A stream of parts, in pieces of any size: the first line is the Content-Type.
#include "sources/multipart.h"
#include "fuzz.h"

static char *take_line(struct fuzz_bytes *bytes)
{
    const uint8_t *end = memchr(bytes->at, '\n', bytes->left);
    size_t length = end ? (size_t)(end - bytes->at) : bytes->left;
    char *line = strndup((const char *)bytes->at, length);
    FUZZ_CHECK(line);
    bytes->at += length;
    bytes->left -= length;
    return line;
}

// The parts are pieces of what came, one behind the other.
static size_t take_parts(struct ct__multipart *multipart, int *found)
{
    const uint8_t *data = NULL;
    size_t size = 0, sum = 0;
    while ((*found = ct__multipart_next(multipart, &data, &size)) > 0) {
        FUZZ_CHECK(data >= multipart->data);
        FUZZ_CHECK(data + size <= multipart->data + multipart->at);
        FUZZ_CHECK(multipart->at <= multipart->size);
        sum += size;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct__multipart multipart;
    size_t sum = 0, piece = 1;
    int found = 0;
    if (!size)
        return 0;
    char *type = take_line(&bytes);
    ct__multipart_init(&multipart, "fuzz", type);
    FUZZ_CHECK(take_parts(&multipart, &found) == 0 && found == 0);
    while (bytes.left && found == 0) {
        uint8_t *room = NULL;
        size_t space = 0;
        FUZZ_CHECK(ct__multipart_room(&multipart, &room, &space) == 0 && space > 0);
        piece = piece < bytes.left ? piece : bytes.left;
        piece = piece < space ? piece : space;
        memcpy(room, bytes.at, piece);
        ct__multipart_add(&multipart, piece);
        bytes.at += piece;
        bytes.left -= piece;
        piece = 1 + piece * 3 % 61;
        sum += take_parts(&multipart, &found);
    }
    FUZZ_CHECK(sum <= size);
    ct__multipart_finish(&multipart);
    free(type);
    return 0;
}
