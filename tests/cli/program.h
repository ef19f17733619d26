// SPDX-License-Identifier: Apache-2.0
// Runs the real program as a person does and keeps what it answered.
#ifndef TESTS_CLI_PROGRAM_H
#define TESTS_CLI_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

struct answer {
    int code;        // exit code; 128 + signal if one ended it
    char *out, *err; // standard output and error, ended by a zero
};

// Remembers the program to run (the test's first argument) and moves to an empty folder of its own,
// where all files of the tests live; program_end() removes it. For main().
void program_begin(int argc, char **argv);
void program_end(void);

const char *program_path(void);

// Runs the program with arguments ended by NULL and waits. Standard input is empty.
struct answer run_program(const char *argument, ...) __attribute__((sentinel));

// As run_program(), for another program than the first.
struct answer run_other(const char *path, const char *const *arguments);

// Starts the program with its standard output in a pipe; *out is the end to read from.
pid_t start_program(int *out, const char *const *arguments);

// Waits for a started program to end: as in `code` above.
int wait_program(pid_t pid);

void answer_finish(struct answer *answer);

// The end of `text` that does not end in a whole line; "" where all are whole. And the number of
// whole lines.
const char *broken_line(const char *text);
int count_lines(const char *text);

#endif
