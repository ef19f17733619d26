// SPDX-License-Identifier: Apache-2.0
// Boxes with scores, and non-maximum suppression.
#ifndef CT_FRAME_BOX_H
#define CT_FRAME_BOX_H

#include <stdbool.h>
#include <stdint.h>

// A candidate of a detector: corners in any one coordinate system.
struct ct__box {
    float x1, y1, x2, y2;
    float score;
    int32_t class_id;
    int32_t index; // which anchor it came from: of equal scores the lower goes first
};

struct ct__boxes {
    struct ct__box *items;
    int count, capacity;
};

// Appends a box; grows by doubling; CT_ERROR_MEMORY. Zero-initialise, finish with
// ct__boxes_finish().
int ct__boxes_add(struct ct__boxes *boxes, const struct ct__box *box);
void ct__boxes_finish(struct ct__boxes *boxes);

struct ct__turned;

// How NMS compares areas.
struct ct__nms {
    float iou;        // an overlap above this suppresses
    bool any_class;   // boxes of other classes suppress as well
    bool pixel_areas; // sides are x2 - x1 + 1, as SCRFD's and older detectors' code has it
    int max_count;    // keep at most this many, 0: all
    // Boxes that are turned, by the index of their upright hulls: their overlap counts. NULL: none.
    const struct ct__turned *turned;
};

// Intersection over union; the denominator has 1e-9 added, so that two empty boxes have 0.
float ct__box_iou(const struct ct__box *a, const struct ct__box *b, bool pixel_areas);

// Sorts by falling score, drops what a better box of the same class overlaps, and keeps the rest in
// order at the front of `items`; the boxes must have finite coordinates. Returns the new count.
// Works in place. Time: n log n plus kept x n of one class.
int ct__nms(struct ct__boxes *boxes, const struct ct__nms *how);

#endif
