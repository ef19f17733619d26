// SPDX-License-Identifier: Apache-2.0
// What the program says on standard error: the library's messages, and a status line below them on
// a terminal.
#ifndef CT_CLI_TALK_H
#define CT_CLI_TALK_H

#include <stdbool.h>

#include <chiton/log.h>

// Sends the library's messages up to `level` to standard error: "error: scope: text", or a line of
// JSON each.
void ct__talk_start(enum ct_log_level level, bool json);

// The level of a name as --log-level has it; of NULL the usual one.
enum ct_log_level ct__talk_level(const char *name);

// Drops messages from now on, or lets them pass again: for trying what may fail.
void ct__talk_silence(bool silent);

// Writes lines of its own between the messages. Any thread.
void ct__talk_text(const char *text);

// Shows `line` as the status line, in place of the one before; ct__talk_status_end() leaves it
// standing and goes on below it. For terminals only. Any thread.
void ct__talk_status(const char *line);
void ct__talk_status_end(void);

#endif
