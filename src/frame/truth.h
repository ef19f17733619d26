// SPDX-License-Identifier: Apache-2.0
// What a source knows of a frame as a tensor, for models that are told instead of looking: float64
// [1,ROWS,VALUES]. It is how truth comes to the fake detector, which like every model sees tensors
// and nothing else.
//
// Row 0 is (figures, number of the frame, width and height of the canvas), each other row a figure:
// (id, class, x1, y1, x2, y2, visible), in pixels of the canvas; rows beyond are undefined.
#ifndef CT_FRAME_TRUTH_H
#define CT_FRAME_TRUTH_H

#include "frame/frame.h"
#include "frame/letterbox.h"
#include "frame/tensor.h"

enum { CT__TRUTH_ROWS = 257, CT__TRUTH_VALUES = 8 };

#define CT__TRUTH_INPUT "truth" // name of the input

// Whether an input asks for truth: by its name, type and shape.
bool ct__truth_wanted(const struct ct_tensor_info *input);

// Writes what is known of a frame; of a frame of which nothing is known, that it is empty. Figures
// for which there is no row are left out.
void ct__truth_write(const ct_frame *frame, const struct ct__letterbox *box,
                     const struct ct__tensor *tensor);

#endif
