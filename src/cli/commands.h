// SPDX-License-Identifier: Apache-2.0
// The commands. To add one: a file with one `const struct ct__command` at its bottom, and a row in
// main.c's table.
#ifndef CT_CLI_COMMANDS_H
#define CT_CLI_COMMANDS_H

#include "base/option.h"

extern const struct ct__command ct__command_detect;
extern const struct ct__command ct__command_cutout;
extern const struct ct__command ct__command_run;
extern const struct ct__command ct__command_serve;
extern const struct ct__command ct__command_inspect;
extern const struct ct__command ct__command_doctor;
extern const struct ct__command ct__command_bench_throughput;
extern const struct ct__command ct__command_bench_stages;
extern const struct ct__command ct__command_config_check;
extern const struct ct__command ct__command_config_explain;
extern const struct ct__command ct__command_config_schema;
extern const struct ct__command ct__command_models_list;
extern const struct ct__command ct__command_models_pull;
extern const struct ct__command ct__command_models_verify;
extern const struct ct__command ct__command_models_path;
extern const struct ct__command ct__command_top;
extern const struct ct__command ct__command_help;

// All of them in main.c's order; ends with NULL.
extern const struct ct__command *const ct__commands[];

// Prints what `chiton --help` says; returns the exit code.
int ct__help_print(void);

#endif
