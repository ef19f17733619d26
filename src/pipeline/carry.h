// SPDX-License-Identifier: Apache-2.0
// What one run of a recurrent model leaves for the next: tensors, copied from its outputs to its
// inputs. Belongs to one worker.
#ifndef CT_PIPELINE_CARRY_H
#define CT_PIPELINE_CARRY_H

#include "frame/tensor.h"

enum { CT__MOST_INPUTS = 6 };

struct ct__carry {
    bool held; // the tensors below are those of a run
    struct ct__tensor tensors[CT__MOST_INPUTS];
    size_t room[CT__MOST_INPUTS]; // bytes
};

// Copies an output for input `index`. CT_ERROR_FORMAT for another type or rank than that of `info`,
// or no number at all; CT_ERROR_MEMORY.
int ct__carry_keep(struct ct__carry *carry, int index, const struct ct_tensor_info *info,
                   const struct ct__tensor *output, const char *scope);

// Writes what is held to input `index`, which has its shape; zeros if nothing is held.
void ct__carry_write(const struct ct__carry *carry, int index, const struct ct__tensor *input);

void ct__carry_finish(struct ct__carry *carry);

#endif
