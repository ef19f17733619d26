// SPDX-License-Identifier: Apache-2.0
// A fleet: cameras, models and rules that a YAML file describes, as streams of an engine. The keys
// are in docs/fleet.md.
//
//     ct_fleet *fleet = NULL;
//     ct_fleet_open(&fleet, "fleet.yaml", NULL);
//     ct_engine_create(&engine, ct_fleet_engine_params(fleet));
//     ct_fleet_apply(fleet, engine);
//     ct_engine_run(engine); // ct_fleet_reload(fleet) meanwhile, from another thread
//     ct_engine_destroy(&engine);
//     ct_fleet_close(&fleet);
//
// A fleet belongs to one thread at a time; the engine may run meanwhile.
#ifndef CHITON_FLEET_H
#define CHITON_FLEET_H

#include <chiton/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

// One thing that is wrong in a file. Users and passwords of addresses and what came from the
// environment are hidden in all of it. Borrowed for the call.
struct ct_fleet_problem {
    const char *place;    // the file, "--set cameras.door.detect.fps", or a variable's name
    int line, column;     // from 1; 0 where there is none
    const char *sentence; // "fps = fast: expected a number"
    const char *source;   // the line of the file and, below it, a caret; or ""
};

// How to read a fleet. Zero means default in every field; all but `opaque` is copied.
struct ct_fleet_params {
    // "cameras.door.detect.fps=5": wins over file and environment; ends with NULL.
    const char *const *sets;
    const char *state_dir; // where relative names of outputs count from; default: the file's folder
    const char *model_dir; // where models are looked for before the usual folder
    const char *backend;   // of models that do not say one
    // Gets what is wrong in the file, all of it; default: each is logged as an error.
    void (*on_problem)(void *opaque, const struct ct_fleet_problem *problem);
    void *opaque;
};

typedef struct ct_fleet ct_fleet;

// Reads a file and checks it wholly. CT_ERROR_FORMAT after the problems were told;
// CT_ERROR_NOT_FOUND or CT_ERROR_IO without the file, CT_ERROR_LIMIT for more than 4 MiB.
CT_API int ct_fleet_open(ct_fleet **out, const char *path, const struct ct_fleet_params *params);

// What the file says of the whole: how to make the engine, where to listen ("" : nowhere), how much
// to log ("": not said). Lives until the next ct_fleet_reload() or ct_fleet_close().
CT_API const struct ct_engine_params *ct_fleet_engine_params(const ct_fleet *fleet);
CT_API const char *ct_fleet_listen(const ct_fleet *fleet);
CT_API const char *ct_fleet_log_level(const ct_fleet *fleet);

// Adds all cameras to an engine, which must live as long as the fleet is applied to it. Once a
// fleet. After an error none of them is there. Models are loaded; cameras need not be there.
CT_API int ct_fleet_apply(ct_fleet *fleet, ct_engine *engine);

// Reads the file again. What changed among the cameras is ended and begun anew; the others are not
// touched and count on. Returns how many began or ended. After an error nothing has changed; what
// could not be changed back is logged. Blocks while models load and streams end.
CT_API int ct_fleet_reload(ct_fleet *fleet);

// The cameras that are enabled: their number, and of one its name and its stream in the engine (-1
// before ct_fleet_apply()).
CT_API int ct_fleet_camera_count(const ct_fleet *fleet);
CT_API const char *ct_fleet_camera(const ct_fleet *fleet, int index, int *stream);

// Writes all settings in force and where each came from, a line each, as much as fits in `size`
// with a zero at its end. Returns the length of the whole text, as snprintf() does, or
// CT_ERROR_MEMORY.
CT_API int64_t ct_fleet_explain(const ct_fleet *fleet, char *text, size_t size);

// Writes the JSON Schema (2020-12) of a fleet's file, in the same way. Any thread.
CT_API int64_t ct_fleet_schema(char *text, size_t size);

// Writes the reference of all keys as Markdown, in the same way. Any thread.
CT_API int64_t ct_fleet_reference(char *text, size_t size);

// Frees it and sets the pointer to NULL; accepts NULL. Its streams stay in the engine.
CT_API void ct_fleet_close(ct_fleet **fleet);

#ifdef __cplusplus
}
#endif
#endif
