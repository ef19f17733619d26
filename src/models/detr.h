// SPDX-License-Identifier: Apache-2.0
// What the parts of the detr family share: which of a graph's outputs is what.
#ifndef CT_MODELS_DETR_H
#define CT_MODELS_DETR_H

#include "models/family.h"

enum { CT__DETR_BOX = 4 };

// CLASSES are logits where there are no SCORES.
enum ct__detr_role { CT__DETR_BOXES, CT__DETR_CLASSES, CT__DETR_SCORES };

// A kind, as in usage->kind: two bits for the output of each role, and what form the outputs have.
enum {
    CT__DETR_FINAL = 1 << 6, // labels, boxes and scores
    CT__DETR_SIZED = 1 << 7, // the same in pixels of the picture, whose size is a second input
    CT__DETR_JOINED = 1 << 8 // one output [N,queries,4 + classes]: boxes as shares, scores
};

// The number of the output that plays a role.
static inline int ct__detr_output(int kind, enum ct__detr_role role)
{
    return kind >> 2 * role & 3;
}

// False if the outputs have none of the forms.
bool ct__detr_find_kind(const struct ct__graph *graph, int *kind);

// Classes of the one output of the joined form; 0 or less where it has no room for any.
int64_t ct__detr_row_classes(const struct ct__graph *graph);

// How sure names, metadata and shapes make, 0 to 100.
int ct__detr_recognise(const struct ct__graph *graph);

// Whether it is RF-DETR, which wants its picture less ImageNet's means.
bool ct__detr_is_rf(const struct ct__graph *graph, int kind);

#endif
