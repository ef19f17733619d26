// SPDX-License-Identifier: Apache-2.0
// An inference library behind one table. A backend loads a model from memory and runs it on the
// thread of the caller; it starts no thread unless the plan asks for more than one per run, and
// then none that spins.
#ifndef CT_RUNTIME_BACKEND_H
#define CT_RUNTIME_BACKEND_H

#include <stdbool.h>

#include "frame/tensor.h"

// How sessions are run; equal plans share sessions.
struct ct__plan {
    int threads; // per run; 1: the caller's thread alone. More come from one pool of the process
};

// Implemented by each backend.
struct ct__backend {
    const char *name; // "ort"
    const char *help;

    // Whether the backend can be used here: CT_OK, or CT_ERROR_UNSUPPORTED with the reason in
    // `text`; on success `text` is the version and `path` the library. Any thread; may load the
    // library.
    int (*probe)(char *text, size_t text_size, char *path, size_t path_size);

    // Whether bytes look like a model of this backend; no two backends accept the same.
    bool (*accepts)(const uint8_t *data, size_t size);

    // Whether a model of these bytes takes weights from files beside it: then equal bytes in two
    // folders are two models. May be NULL: never.
    bool (*beside)(const uint8_t *data, size_t size);

    // Loads a model from memory (borrowed for the call); `scope` is its path for messages.
    // CT_ERROR_FORMAT if it is none. Where `reads_files` is set, `data` may be NULL: then it is
    // read from the file `scope`.
    bool reads_files;
    int (*load)(void **model, const char *scope, const uint8_t *data, size_t size,
                const struct ct__plan *plan);
    const struct ct__graph *(*graph)(const void *model); // lives as long as the model
    void (*unload)(void *model);

    // A request holds the tensors of one run at a time, for one thread at a time; many requests
    // share one model. `inputs` have name, type and all dimensions set; the request allocates their
    // memory (aligned, 64 spare bytes, zeroed) and fills in `data`.
    int (*request)(void **request, void *model, const char *scope, struct ct__tensor *inputs);

    // Runs the request. `outputs[i]` is then what the model gave for output i; valid until the next
    // run or close.
    int (*run)(void *request, struct ct__tensor *outputs);
    void (*close)(void *request);
};

extern const struct ct__backend ct__backend_ort;
extern const struct ct__backend ct__backend_fake;

// "auto", "ort" or "fake"; "auto" is the one that accepts the data, the first if none does. NULL
// for a name that does not exist.
const struct ct__backend *ct__backend_find(const char *name, const uint8_t *data, size_t size);

// All of them, ended by NULL.
const struct ct__backend *const *ct__backends(void);

// See ct_machine_set_ort().
int ct__ort_set_library(const char *path);

#endif
