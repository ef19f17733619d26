// SPDX-License-Identifier: Apache-2.0
// A server in Python, started and watched: it prints its port or "ready" last, and a line "NAME
// ADDRESS" for each address before that.
#ifndef TESTS_LIVE_SERVER_H
#define TESTS_LIVE_SERVER_H

#include <stdbool.h>

enum { SERVER_MISSING = 77 }; // its exit status where something that it needs is not there

// Starts it in the current folder; `arguments` ends with NULL, its first is the script. 0, or its
// exit status if it ended before it was ready.
int server_start(const char *python, const char *const *arguments);
void server_stop(void);

// Its port, and the address that it gave under a name ("" if none); valid until it is stopped.
int server_port(void);
const char *server_address(const char *name);

// Writes a certificate that nobody has signed, and its key, to a file; whether openssl could.
bool server_certificate(const char *path);

#endif
