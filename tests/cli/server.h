// SPDX-License-Identifier: Apache-2.0
// The misbehaving server of server.py, started and watched.
#ifndef TESTS_CLI_SERVER_H
#define TESTS_CLI_SERVER_H

#include <stddef.h>

enum { SERVED_BYTES = 300000 };

// The bytes that the server gives where it has no file.
extern unsigned char served[SERVED_BYTES];

// Starts `script` with `python` in the current folder; it serves `file` unless that is NULL.
void server_start(const char *python, const char *script, const char *file);
void server_stop(void);

// "http://127.0.0.1:PORT/path", valid until the next call.
const char *server_url(const char *path);

// Which requests came since the last call, "/path RANGE\n" each; valid until the next call.
const char *server_requests(void);

#endif
