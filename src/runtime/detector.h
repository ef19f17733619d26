// SPDX-License-Identifier: Apache-2.0
// A detector that is told the truth (frame/truth.h) and makes the mistakes that are asked for. Each
// is a hash of the seed, the frame's number and the figure's id: the same for any order of frames.
#ifndef CT_RUNTIME_DETECTOR_H
#define CT_RUNTIME_DETECTOR_H

#include "frame/tensor.h"

struct ct__detector {
    double noise;        // standard deviation of place, size and score, as a share of each
    double miss;         // share of figures that are not found
    double false_alarms; // a frame, on average
    int64_t seed;
};

// Its output is float32 [1,BOXES,6]: (x1, y1, x2, y2, score, class) in pixels of the canvas; rows
// beyond the last box have a score of 0.
enum { CT__DETECTOR_BOXES = 300, CT__DETECTOR_VALUES = 6 };

// The score of a figure follows from how much of it is seen, .92 for all; of less than a tenth
// nothing is found.
void ct__detector_look(const struct ct__detector *detector, const struct ct__tensor *truth,
                       const struct ct__tensor *output);

#endif
