// SPDX-License-Identifier: Apache-2.0
// Takes a stream of parts (multipart/x-mixed-replace) apart: what cameras send as MJPEG. Nothing in
// it is believed: lengths may be wrong or missing, headers are bounded, and a part ends at the
// latest where the next begins.
#ifndef CT_SOURCES_MULTIPART_H
#define CT_SOURCES_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/jpeg_walk.h"

enum {
    CT__MULTIPART_BOUNDARY = 80,     // bytes of a boundary
    CT__MULTIPART_HEADERS = 1 << 20, // bytes in which a part must begin
    CT__MULTIPART_MOST = 64 << 20,   // bytes of a part
};

// One thread at a time.
struct ct__multipart {
    const char *scope;                     // borrowed
    char boundary[CT__MULTIPART_BOUNDARY]; // "--" and what was declared; "": the first line that
                                           // begins so
    uint8_t *data;
    size_t size, capacity;
    size_t at;                 // what lies before is done with
    size_t searched;           // from `at` on there is no boundary in so many bytes
    size_t length;             // of the part, as its headers say; 0: they do not
    struct ct__jpeg_walk walk; // through a part of unknown length
    bool inside;               // its headers are read
    bool distrusted;           // lengths were wrong
};

// Begins with what a Content-Type says.
void ct__multipart_init(struct ct__multipart *multipart, const char *scope, const char *type);
void ct__multipart_finish(struct ct__multipart *multipart);

// Where the next bytes go, at least some; then how many came. CT_ERROR_LIMIT for a part beyond
// CT__MULTIPART_MOST, CT_ERROR_MEMORY, logged. What _next() gave is no longer valid.
int ct__multipart_room(struct ct__multipart *multipart, uint8_t **room, size_t *size);
void ct__multipart_add(struct ct__multipart *multipart, size_t count);

// 1 and the next part, 0 if more bytes are needed for it, CT_ERROR_FORMAT, logged, if no part
// begins where one should. A JPEG, and a part whose length is told, is there as soon as its last
// byte is.
int ct__multipart_next(struct ct__multipart *multipart, const uint8_t **data, size_t *size);

#endif
