// SPDX-License-Identifier: Apache-2.0
// What the families of mattes of any object share: a square input without aspect, by Lanczos'
// filter, stretched to its largest sample; a map of the same size as the first output; the least
// and the largest number of which are none and all.
#ifndef CT_MODELS_SALIENT_H
#define CT_MODELS_SALIENT_H

#include "models/family.h"

// Whether the graph takes [N,3,side,side] (or open sides) and gives one [N,1,side,side] first.
bool ct__salient_fits(const struct ct__graph *graph, int side);

// Whether the first input and output have these names.
bool ct__salient_named(const struct ct__graph *graph, const char *input, const char *output);

// Sets the usage for a side, with mean and deviation of samples from 0 to 1. CT_ERROR_FORMAT.
int ct__salient_configure(const struct ct__graph *graph, const char *scope, int side,
                          const float mean[3], const float deviation[3], struct ct__usage *usage);

extern const float ct__salient_mean[3], ct__salient_deviation[3]; // ImageNet's

// A family's preset_labels: "foreground".
extern const char *const ct__salient_labels[];

// A family's matte(): the numbers as they are.
int ct__salient_matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct ct__scratch *scratch,
                      struct ct__result *result);

// The same for logits: their sigmoid.
int ct__salient_logits(const struct ct__usage *usage, const struct ct__tensor *outputs,
                       const struct ct__letterbox *box, struct ct__scratch *scratch,
                       struct ct__result *result);

#endif
