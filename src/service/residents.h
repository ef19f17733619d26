// SPDX-License-Identifier: Apache-2.0
// Models that requests name: loaded when they are first wanted, shared by all that want them, let
// go when nobody has for a while. Any thread.
#ifndef CT_SERVICE_RESIDENTS_H
#define CT_SERVICE_RESIDENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <chiton/cutout.h>

struct ct__residents;

struct ct__residents_params {
    const char *folder; // of models, before the usual ones; or NULL
    struct ct_model_params open;
    int64_t idle_ns; // how long a model stays that nobody uses; 0: for ever
};

// One thread's use of a model.
struct ct__seat {
    ct_cutter *cutter;
    struct ct__resident *resident;
    struct ct__seat *next;
};

// Strings are borrowed for its life.
int ct__residents_create(struct ct__residents **out, const struct ct__residents_params *params);

// Gives a seat at a model, which is loaded if it is not there: others wait for that only if they
// want the same. CT_ERROR_NOT_FOUND for a name that none of the folders has and one that is no
// plain name (letters, digits, ".", "_", "-"); errors of ct_model_open().
int ct__residents_take(struct ct__residents *residents, const char *name, struct ct__seat **out);
void ct__residents_give(struct ct__residents *residents, struct ct__seat *seat);

// Whether a model's time is over; closes those models.
bool ct__residents_are_stale(struct ct__residents *residents);
void ct__residents_trim(struct ct__residents *residents);

int ct__residents_count(struct ct__residents *residents);

// All seats have been given back. Accepts NULL, sets NULL.
void ct__residents_destroy(struct ct__residents **residents);

#endif
