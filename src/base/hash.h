// SPDX-License-Identifier: Apache-2.0
// SHA-256 (nettle). One thread at a time.
#ifndef CT_BASE_HASH_H
#define CT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { CT__HASH_SIZE = 32 };

struct ct__hash; // a running digest

int ct__hash_create(struct ct__hash **hash);
void ct__hash_update(struct ct__hash *hash, const void *data, size_t size);
void ct__hash_digest(struct ct__hash *hash, uint8_t digest[CT__HASH_SIZE]); // and starts anew
// Frees and sets the pointer to NULL; accepts NULL.
void ct__hash_destroy(struct ct__hash **hash);

// Digest of `size` bytes in one go.
void ct__hash_bytes(const void *data, size_t size, uint8_t digest[CT__HASH_SIZE]);

// Digest of a whole file and, unless NULL, its size; reads it piece by piece. CT_ERROR_NOT_FOUND,
// CT_ERROR_IO, logged with the path as scope.
int ct__hash_file(const char *path, uint8_t digest[CT__HASH_SIZE], int64_t *size);

// Writes the digest as 64 hexadecimal digits and a zero.
void ct__hash_text(const uint8_t digest[CT__HASH_SIZE], char text[2 * CT__HASH_SIZE + 1]);

#endif
