// SPDX-License-Identifier: Apache-2.0
// What the commands share that read a FLEET.yaml.
#ifndef CT_CLI_FLEET_H
#define CT_CLI_FLEET_H

#include <chiton/fleet.h>

#include "cli/common.h"

// Follows struct ct__common in the options of a command.
struct ct__fleet_options {
    struct ct__option_list sets;
    const char *state_dir;
};

// --set --state-dir; offsets count from a struct that begins with struct ct__common and has struct
// ct__fleet_options behind it.
extern const struct ct__option ct__fleet_options[];

// Opens the fleet and tells what is wrong with it on standard error: a line, and below it the line
// of the file and a caret; or as messages where those are JSON.
int ct__fleet_read(ct_fleet **out, const char *path, const struct ct__common *common,
                   const struct ct__fleet_options *options);

// The exit code for an error of it: a file that is wrong is a wrong call.
int ct__fleet_exit_code(int error);

// Writes what one of the fleet's texts says to standard output; returns the exit code.
int ct__fleet_print(int64_t (*put)(const void *fleet, char *text, size_t size), const void *fleet);

#endif
