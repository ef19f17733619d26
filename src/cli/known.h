// SPDX-License-Identifier: Apache-2.0
// The files of a known model: one, or an encoder and its decoder. A model's path is that of the
// file that -m opens; what else it has lies beside it.
#ifndef CT_CLI_KNOWN_H
#define CT_CLI_KNOWN_H

#include <limits.h>
#include <stdbool.h>

#include <chiton/model.h>

// Writes a model's path in a folder; false if it is too long.
bool ct__known_path(const struct ct_known_model *model, const char *folder, char path[PATH_MAX]);

// Whether all files of the model at `path` are there.
bool ct__known_there(const struct ct_known_model *model, const char *path);

// Whether they are the very files. CT_ERROR_NOT_FOUND names one that is not there, CT_ERROR_FORMAT
// says what one is instead. Reads all of them.
int ct__known_check(const struct ct_known_model *model, const char *path);

struct ct__pull {
    // Of the first file in place of its publisher's, or NULL; a decoder's is beside it, as
    // ct__model_decoder() names it.
    const char *url;
    int64_t stall_seconds; // give up when nothing comes for so long
};

// Fetches what is not there and checks what is, with progress on a terminal. A decoder comes first:
// whoever finds the model by its name finds all of it. Errors of ct__fetch_file() and
// ct__known_check(); CT_ERROR_INVALID for a url that names no encoder where there are two files.
int ct__known_pull(const struct ct_known_model *model, const char *path,
                   const struct ct__pull *pull);

#endif
