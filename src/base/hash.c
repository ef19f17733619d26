// SPDX-License-Identifier: Apache-2.0
// SHA-256 by nettle, kept behind this file so that nobody above sees whose it is.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

enum { PIECE = 64 * 1024 };

struct ct__hash {
    struct sha256_ctx state;
};

int ct__hash_create(struct ct__hash **hash)
{
    struct ct__hash *made = ct__alloc(sizeof *made);
    if (!made)
        return ct__fail_memory("hash");
    sha256_init(&made->state);
    *hash = made;
    return CT_OK;
}

void ct__hash_update(struct ct__hash *hash, const void *data, size_t size)
{
    sha256_update(&hash->state, size, data);
}

void ct__hash_digest(struct ct__hash *hash, uint8_t digest[CT__HASH_SIZE])
{
    sha256_digest(&hash->state, CT__HASH_SIZE, digest);
}

void ct__hash_destroy(struct ct__hash **hash)
{
    ct__free(*hash);
    *hash = NULL;
}

void ct__hash_bytes(const void *data, size_t size, uint8_t digest[CT__HASH_SIZE])
{
    struct ct__hash hash;
    sha256_init(&hash.state);
    ct__hash_update(&hash, data, size);
    ct__hash_digest(&hash, digest);
}

int ct__hash_file(const char *path, uint8_t digest[CT__HASH_SIZE], int64_t *size)
{
    struct ct__hash hash;
    int64_t total = 0;
    uint8_t piece[PIECE];
    FILE *file = fopen(path, "rbe");
    if (!file)
        return ct__fail(errno == ENOENT ? CT_ERROR_NOT_FOUND : CT_ERROR_IO, path, "cannot open: %s",
                        strerror(errno));
    sha256_init(&hash.state);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0; total += (int64_t)got)
        ct__hash_update(&hash, piece, got);
    int why = ferror(file) ? errno : 0;
    fclose(file);
    if (why)
        return ct__fail(CT_ERROR_IO, path, "cannot read: %s", strerror(why));
    ct__hash_digest(&hash, digest);
    if (size)
        *size = total;
    return CT_OK;
}

void ct__hash_text(const uint8_t digest[CT__HASH_SIZE], char text[2 * CT__HASH_SIZE + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < CT__HASH_SIZE; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[2 * CT__HASH_SIZE] = 0;
}
