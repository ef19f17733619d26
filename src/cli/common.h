// SPDX-License-Identifier: Apache-2.0
// What commands share: option tables, finding a model, exit codes, printing.
#ifndef CT_CLI_COMMON_H
#define CT_CLI_COMMON_H

#include <limits.h>

#include <chiton/model.h>

#include "base/json.h"
#include "base/model_path.h"
#include "base/option.h"

// The shared options. Their tables count offsets from here, so this is the first member of every
// command's options.
struct ct__common {
    struct {
        const char *level; // NULL: not said
        int json;
    } log;
    struct {
        const char *name, *folder;
    } model;
    struct {
        const char *backend, *family, *labels, *classes, *size, *ort_library;
        double conf, iou;
        int64_t max_objects, threads;
    } open;
    struct {
        int64_t lanes;
        const char *cpus, *trace, *metrics;
    } run;
    struct {
        const char *address, *token_file, *tls_certificate, *tls_key;
        int64_t max_clients;
        double timeout_s;
    } listen;
};

extern const struct ct__option ct__log_options[];     // --log-level --log-json
extern const struct ct__option ct__model_options[];   // --model
extern const struct ct__option ct__folder_options[];  // --model-dir
extern const struct ct__option ct__backend_options[]; // --backend
extern const struct ct__option ct__open_options[];    // how to open it: --family --conf ...
extern const struct ct__option ct__library_options[]; // --ort-library
extern const struct ct__option ct__run_options[];     // --lanes --trace --metrics
extern const struct ct__option ct__core_options[];    // --cpus

// What a program answers to its caller.
enum { CT__EXIT_DONE = 0, CT__EXIT_FAILED = 1, CT__EXIT_USAGE = 2, CT__EXIT_INTERRUPTED = 130 };

// The exit code for an error of a call that set something up: a wrong value is a wrong call.
int ct__exit_code(int error);

// Finds the model that --model means and writes its path. CT_ERROR_INVALID without a name,
// CT_ERROR_NOT_FOUND names the places searched.
int ct__model_find(const struct ct__common *common, char path[PATH_MAX]);

// Translates the options and chooses the inference library. CT_ERROR_INVALID names the wrong
// option.
int ct__model_params_read(const struct ct__common *common, struct ct_model_params *params);

// Binds the process, with all threads that it starts from now on, to a list of cores, so that these
// are what is usable; NULL: it is left as it is. CT_ERROR_INVALID for what is no such list.
int ct__cpus_bind(const char *list);

// Writes a finished text to standard output and frees it; returns the exit code.
int ct__print(struct ct__text *text);

#endif
