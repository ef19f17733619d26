// SPDX-License-Identifier: Apache-2.0
// Models of half precision: families see their outputs as float32, in the graph and after a run.
#ifndef CT_MODELS_WIDEN_H
#define CT_MODELS_WIDEN_H

#include "frame/tensor.h"

// A graph as families see it. It borrows all but its list of outputs.
struct ct__wide_graph {
    struct ct__graph graph;
    struct ct_tensor_info *outputs;
};

// CT_ERROR_MEMORY. Zero-initialise, finish with ct__wide_graph_finish().
int ct__wide_graph_make(struct ct__wide_graph *wide, const struct ct__graph *graph,
                        const char *scope);
void ct__wide_graph_finish(struct ct__wide_graph *wide);

// Memory for outputs that are widened, used again from run to run. Zero-initialise.
struct ct__widener {
    struct ct__tensor *tensors;
    size_t *room; // elements that tensors[i].data has memory for
    int count;
};

// Gives the outputs of a run as families see them in *wide: `outputs` itself where none is of half
// precision, else tensors that are valid until the next call. CT_ERROR_MEMORY, CT_ERROR_FORMAT for
// a shape beyond measure.
int ct__widen(struct ct__widener *widener, const char *scope, const struct ct__tensor *outputs,
              int count, const struct ct__tensor **wide);
void ct__widener_finish(struct ct__widener *widener);

#endif
