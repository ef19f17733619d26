// SPDX-License-Identifier: Apache-2.0
// A server that a test starts as a process of its own: what it says of itself can be read, and it
// ends with its standard input, also where the test fails.
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <stdio.h>
#include <sys/types.h>

struct child {
    pid_t pid; // 0: none runs
    int input; // where its standard input comes from
};

// Starts argv[0], a path; returns its standard output, to be closed by the caller.
FILE *child_start(struct child *child, const char *const *argv);

// Ends its standard input and waits; its status as waitpid() has it. 0 where none runs.
int child_end(struct child *child);

#endif
