// SPDX-License-Identifier: Apache-2.0
// Replays a corpus without libFuzzer, so that every build tests it: each seed whole, and cut short
// at every length, from memory that ends where the seed does. `replay --unpack DIR SEED...` writes
// the seeds as libFuzzer wants them instead.
//
// Seeds are text: of a .txt all but the newline at the end; a .hex is pairs of hex digits, "text"
// for bytes that are letters, and # before a remark.
#include <ctype.h>

#include "fuzz.h"

enum { MOST = 1 << 16 };

static uint8_t seed[MOST];

static void fail(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(1);
}

static size_t read_file(const char *path, char *text)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail(path, "cannot be opened");
    size_t size = fread(text, 1, MOST - 1, file);
    fclose(file);
    text[size] = 0;
    return size;
}

static size_t decode_hex(const char *path, const char *text)
{
    size_t size = 0;
    while (*text) {
        unsigned value;
        if (isspace((unsigned char)*text)) {
            text++;
        } else if (*text == '#') {
            text += strcspn(text, "\n");
        } else if (*text == '"') {
            size_t length = strcspn(++text, "\"");
            memcpy(seed + size, text, length);
            size += length;
            text += length + (text[length] != 0);
        } else if (isxdigit((unsigned char)*text) && sscanf(text, "%2x", &value) == 1 &&
                   isxdigit((unsigned char)text[1])) {
            seed[size++] = (uint8_t)value;
            text += 2;
        } else {
            fail(path, "neither hex digits nor \"text\"");
        }
    }
    return size;
}

static size_t read_seed(const char *path)
{
    static char text[MOST];
    size_t size = read_file(path, text);
    const char *ending = strrchr(path, '.');
    if (ending && !strcmp(ending, ".hex"))
        return decode_hex(path, text);
    size -= size && text[size - 1] == '\n';
    memcpy(seed, text, size);
    return size;
}

static void run(size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    FUZZ_CHECK(exact);
    memcpy(exact, seed, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void unpack(const char *folder, const char *path, size_t size)
{
    char name[4096];
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%s/%s", folder, slash ? slash + 1 : path);
    FILE *file = fopen(name, "wb");
    if (!file || fwrite(seed, 1, size, file) != size || fclose(file))
        fail(name, "cannot be written");
}

int main(int argc, char **argv)
{
    bool unpacking = argc > 2 && !strcmp(argv[1], "--unpack");
    for (int i = unpacking ? 3 : 1; i < argc; i++) {
        size_t size = read_seed(argv[i]);
        if (unpacking)
            unpack(argv[2], argv[i], size);
        for (size_t part = 0; !unpacking && part <= size; part++)
            run(part);
    }
    return 0;
}
