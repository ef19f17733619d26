// SPDX-License-Identifier: Apache-2.0
// SHA-256 by nettle, kept behind this file so that nobody above sees whose it is.
#include <nettle/sha2.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

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

void ct__hash_text(const uint8_t digest[CT__HASH_SIZE], char text[2 * CT__HASH_SIZE + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < CT__HASH_SIZE; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[2 * CT__HASH_SIZE] = 0;
}
