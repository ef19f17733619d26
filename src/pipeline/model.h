// SPDX-License-Identifier: Apache-2.0
// The inside of a model: a session with its family's knowledge.
#ifndef CT_PIPELINE_MODEL_H
#define CT_PIPELINE_MODEL_H

#include <stdbool.h>

#include "frame/prompts.h"

#include <chiton/model.h>

struct ct__chain;
struct ct__graph;
struct ct__usage;

// What workers need of a model. Constant, and lives as long as the model.
struct ct__model_inside {
    const char *path;
    const struct ct__usage *usage;
    const struct ct__graph *graph; // as the family sees it
    const struct ct__chain *chain;
};
struct ct__model_inside ct__model_inside(const ct_model *model);

// One more reference to the same model; returns its argument.
ct_model *ct__model_ref(ct_model *model);

// Whether a model was opened with this path and these parameters, so that it can serve again.
bool ct__model_matches(const ct_model *model, const char *path,
                       const struct ct_model_params *params);

// Whether its runs depend on the ones before, so that a worker must see the frames of one stream
// alone, in their order.
bool ct__model_carries(const ct_model *model);

// Whether its results are mattes.
bool ct__model_makes_mattes(const ct_model *model);

// CT_ERROR_INVALID, logged, for prompts that are unsound and for any where its family takes none.
int ct__model_check_prompts(const ct_model *model, const struct ct__prompts *prompts);

#endif
