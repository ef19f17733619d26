// SPDX-License-Identifier: Apache-2.0
// What tests of fetching begin and end with.
#ifndef TESTS_CLI_TRANSFER_H
#define TESTS_CLI_TRANSFER_H

#include "base/hash.h"

// SHA-256 of the bytes that the server gives.
extern char served_digest[2 * CT__HASH_SIZE + 1];

// Starts the server that the command line names, PYTHON SCRIPT, without any proxy before it, and
// listens to what is said from warnings on.
void transfer_begin(int argc, char **argv);
void transfer_end(void);

#endif
