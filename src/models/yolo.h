// SPDX-License-Identifier: Apache-2.0
// What the parts of the yolo family share: the forms of its first output, the tasks, and how the
// values of an anchor are reached. The values of an anchor are its box, perhaps an objectness, a
// score for each class, and what else its task has.
#ifndef CT_MODELS_YOLO_H
#define CT_MODELS_YOLO_H

#include "models/family.h"

enum ct__yolo_form {
    CT__YOLO_NONE = 0,
    CT__YOLO_PLANES,     // [N,4 + classes,anchors]: cx, cy, w, h, a score for each class
    CT__YOLO_ROWS,       // [N,anchors,4 + classes]: the same, transposed
    CT__YOLO_OBJECTNESS, // [N,anchors,5 + classes]: v5's, cx, cy, w, h, objectness, classes
    CT__YOLO_FINAL,      // [N,boxes,6 or 5]: x1, y1, x2, y2, score, class
};

enum ct__yolo_task {
    CT__YOLO_DETECT = 0,
    CT__YOLO_POSE,    // 5 or 17 points more: x, y and perhaps a score each
    CT__YOLO_SEGMENT, // a factor more for each prototype; output 1 has these: [N,prototypes,h,w]
    CT__YOLO_OBB,     // an angle more; end to end the box is cx, cy, w, h as well
};

enum { CT__YOLO_BOX = 4, CT__YOLO_MOST_EXTRA = 256 };

// What the outputs of a graph are. `classes` is 0 where only the labels can tell.
struct ct__yolo_kind {
    enum ct__yolo_form form;
    enum ct__yolo_task task;
    int classes, extra; // values beside box, objectness, classes
};

// How sure metadata or shapes make, 0 to 100.
int ct__yolo_recognise(const struct ct__graph *graph);

// CT_ERROR_FORMAT with a sentence under `scope` if the outputs have no form.
int ct__yolo_find_kind(const struct ct__graph *graph, const char *scope,
                       struct ct__yolo_kind *kind);

// Where the numbers of an anchor are: value k of anchor a is data[a * anchor_step + k *
// value_step].
struct ct__yolo_view {
    const float *data;
    size_t anchor_step, value_step;
    int anchors, classes;
    int extra; // number of the first value beside box and classes
    enum ct__yolo_form form;
    enum ct__yolo_task task;
};

// Holds what a run returned against what configure() was told; false if it does not fit.
bool ct__yolo_make_view(const struct ct__usage *usage, const struct ct__tensor *output,
                        struct ct__yolo_view *view);

static inline float ct__yolo_value(const struct ct__yolo_view *view, int anchor, int value)
{
    return view->data[(size_t)anchor * view->anchor_step + (size_t)value * view->value_step];
}

// The family's detail(): points, corners or a mask.
int ct__yolo_detail(const struct ct__usage *usage, const struct ct__tensor *outputs,
                    const struct ct__letterbox *box, const struct ct__box *kept,
                    struct ct__scratch *scratch, struct ct_object *object);

#endif
