// SPDX-License-Identifier: Apache-2.0
// Sessions: loaded models, shared by content. A file is read, hashed and loaded once per backend
// and plan, however many streams name it, by whatever path. Any thread.
#ifndef CT_RUNTIME_SESSION_H
#define CT_RUNTIME_SESSION_H

#include "runtime/backend.h"

struct ct__session;

// Opens or shares the session of a model file of at most 2 GiB; `plan` may be NULL. Errors as
// ct_model_open(), logged under the path. A thread that opens waits for others that do.
int ct__session_open(struct ct__session **out, const char *path, const char *backend,
                     const struct ct__plan *plan);

// Drops a reference, unloads after the last; accepts NULL, sets NULL.
void ct__session_close(struct ct__session **session);

const struct ct__graph *ct__session_graph(const struct ct__session *session);
const struct ct__backend *ct__session_backend(const struct ct__session *session);

// Measures the memory of all sessions from now on, in their first four runs. It takes milliseconds
// each time: whoever tells nobody does without.
void ct__session_measure(void);

// What the process's own memory grew by while the session was loaded and in its first four runs, in
// bytes; what else went on meanwhile counts too. 0 where it was not measured, or the system does
// not tell.
int64_t ct__session_memory(const struct ct__session *session);

// One thread's way to run a session: owns input memory, keeps the session. `inputs` (the graph's
// input_count of them) come with rank and all dimensions set, CT_ERROR_INVALID if these do not fit
// the graph; they get name, type and `data`.
struct ct__request;
int ct__request_create(struct ct__request **out, struct ct__session *session,
                       struct ct__tensor *inputs);

// Runs on the calling thread; *outputs points to output_count tensors, valid until the next run.
// CT_ERROR_BACKEND.
int ct__request_run(struct ct__request *request, const struct ct__tensor **outputs);
void ct__request_destroy(struct ct__request **request);

// How many sessions are loaded (for tests).
int ct__session_loaded(void);

#endif
