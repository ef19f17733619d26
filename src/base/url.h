// SPDX-License-Identifier: Apache-2.0
// Addresses as people write them, and as they may be logged.
#ifndef CT_BASE_URL_H
#define CT_BASE_URL_H

#include <stddef.h>

// Length of "scheme://" at the start of a text, 0 where it is no address with a host.
size_t ct__url_scheme(const char *text);

// Where the host of an address stands, without brackets, and how long it is; 0: it has none.
size_t ct__url_host(const char *address, const char **host);

// A copy (ct__free) without user and password, for messages; any other text is copied as it is.
// NULL: no memory.
char *ct__url_loggable(const char *text);

#endif
