// SPDX-License-Identifier: Apache-2.0
// Boxes that are turned by an angle, as detectors in aerial pictures give them.
#ifndef CT_FRAME_TURNED_H
#define CT_FRAME_TURNED_H

#include "frame/box.h"

// A turned box: its centre and the ways from there to the middle of two neighbouring sides. Moving
// and scaling it is moving and scaling these.
struct ct__turned {
    float x, y;
    float along_x, along_y;   // half of its width
    float across_x, across_y; // half of its height
};

struct ct__turned_boxes {
    struct ct__turned *items;
    int count, capacity;
};

// From centre, sides and the angle in radians, from the x axis towards the y axis: clockwise as a
// picture is seen.
struct ct__turned ct__turned_make(float x, float y, float width, float height, float angle);

// Corner 0 to 3, in turn around the box.
void ct__turned_corner(const struct ct__turned *turned, int corner, float *x, float *y);

// Sets the corners of `box` to the upright hull; not finite where the turned box is not.
void ct__turned_hull(const struct ct__turned *turned, struct ct__box *box);

// How far two turned boxes are the same, 0 to 1: probabilistic intersection over union, which
// detectors of turned boxes are trained and thinned out with.
float ct__turned_iou(const struct ct__turned *a, const struct ct__turned *b);

// Appends a box; grows by doubling; CT_ERROR_MEMORY. Zero-initialise.
int ct__turned_add(struct ct__turned_boxes *boxes, const struct ct__turned *turned);
void ct__turned_finish(struct ct__turned_boxes *boxes);

#endif
