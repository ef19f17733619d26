// SPDX-License-Identifier: Apache-2.0
// What is made of a mask before its edge is refined. Any thread.
#ifndef CT_IMAGE_TRIMAP_H
#define CT_IMAGE_TRIMAP_H

#include <chiton/frame.h>

// Zero means default.
struct ct__trimap_params {
    int foreground; // pixels above are foreground; 0: 240, -1: 0
    int background; // pixels below are background; 0: 10, -1: 0, which is none
    int erode; // both lose what a square of this side does not fit into; 0: 10, -1: a 3x3 cross
};

// Fills a GREY frame that nobody else holds from a GREY mask of its size: 255 surely foreground, 0
// surely background, 128 unknown. What lies beyond the border counts as background, and is no
// foreground. NULL params: defaults. CT_ERROR_INVALID, CT_ERROR_MEMORY, logged.
int ct__trimap_make(ct_frame *trimap, const struct ct_picture *mask,
                    const struct ct__trimap_params *params);

// Smooths a mask in place: grey opening by a 3x3 cross, a Gaussian of sigma 2, then 255 from 127 on
// and 0 under it. CT_ERROR_INVALID, CT_ERROR_MEMORY, logged.
int ct__mask_smooth(ct_frame *mask);

#endif
