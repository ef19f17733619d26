// SPDX-License-Identifier: Apache-2.0
// Models that requests name: loaded when they are first wanted, shared by all that want them, let
// go when nobody has for a while. Any thread.
#ifndef CT_SERVICE_RESIDENTS_H
#define CT_SERVICE_RESIDENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <chiton/cutout.h>
#include <chiton/runner.h>

struct ct__residents;

enum { CT__LONGEST_MODEL = 95 }; // of a name, in bytes

// A model that was given by its file: what requests call it.
struct ct__given_model {
    char name[CT__LONGEST_MODEL + 1];
    char *path;
};

struct ct__residents_params {
    const char *folder;                  // of models, before the usual ones; or NULL
    const struct ct__given_model *given; // looked at before any folder
    int given_count;
    const char *backend; // or NULL
    int threads;         // of one run
    int64_t idle_ns;     // how long a model stays that nobody uses; 0: for ever
};

// One thread's use of a model. What stands in it is opened when it is first wanted.
struct ct__seat {
    ct_runner *runner; // there already
    ct_cutter *cutter;
    struct ct__resident *resident;
    struct ct__seat *next;
};

struct ct__resident_info {
    char name[CT__LONGEST_MODEL + 1];
    bool loaded, given;
    int users;
    uint64_t uses;        // since it was loaded
    int64_t memory_bytes; // see ct_runner_info
};

// Whether requests may name a model so: letters, digits, ".", "_", "-", no "." in front.
bool ct__model_name_is_plain(const char *name);

// Strings and what is given are borrowed for its life.
int ct__residents_create(struct ct__residents **out, const struct ct__residents_params *params);

// Gives a seat at a model, which is loaded if it is not there: others wait for that only if they
// want the same. CT_ERROR_NOT_FOUND for a name that none of the folders has and one that is not
// plain; errors of ct_runner_open().
int ct__residents_take(struct ct__residents *residents, const char *name, struct ct__seat **out);
void ct__residents_give(struct ct__residents *residents, struct ct__seat *seat);

// What cuts out with the seat's model. Errors of ct_model_open(): of a model without a family.
int ct__residents_cutter(struct ct__residents *residents, struct ct__seat *seat, ct_cutter **out);

// Whether a model is in memory, or its file is there to be loaded.
bool ct__residents_know(struct ct__residents *residents, const char *name);

// Those that were given, then those in memory beside them: the one at `index`; false behind the
// last.
bool ct__residents_look(struct ct__residents *residents, int index, struct ct__resident_info *info);

// Whether a model's time is over; closes those models.
bool ct__residents_are_stale(struct ct__residents *residents);
void ct__residents_trim(struct ct__residents *residents);

int ct__residents_count(struct ct__residents *residents);

// All seats have been given back. Accepts NULL, sets NULL.
void ct__residents_destroy(struct ct__residents **residents);

#endif
