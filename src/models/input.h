// SPDX-License-Identifier: Apache-2.0
// What all families ask of a graph's input and outputs.
#ifndef CT_MODELS_INPUT_H
#define CT_MODELS_INPUT_H

#include "models/family.h"

// How the first input takes a picture: layout, type, width and height (0 where open) into `usage`.
// False if it takes none: it must be [N,3,H,W] or [N,H,W,3] of a type that prepare.h knows.
bool ct__input_picture(const struct ct__graph *graph, struct ct__usage *usage);

// As above, with CT_ERROR_FORMAT and a sentence; then sets fit, pad, order and arithmetic of the
// channels: value = (sample - mean) * scale. Inputs of bytes get samples as they are, signed ones
// less 128. The stride is that of the metadata, else 32.
int ct__input_configure(const struct ct__graph *graph, const char *scope, enum ct__fit fit,
                        const struct ct__input_spec *spec, struct ct__usage *usage);

// Ultralytics' `imgsz`, "[height, width]", for sides that are open and if it suits the stride.
void ct__input_read_size(const struct ct__graph *graph, struct ct__usage *usage);

// RGB less ImageNet's mean in units of its deviation.
extern const struct ct__input_spec ct__input_imagenet;

// Takes the first input in this layout, whatever its shape suggests. CT_ERROR_INVALID if it cannot.
int ct__input_set_layout(const struct ct__graph *graph, const char *scope, enum ct__layout layout,
                         struct ct__usage *usage);

// A family's size() for inputs that take any multiple of the stride: nearly the picture's own
// shape, at most 640 pixels, so that a large picture is quick.
void ct__input_size_near(const struct ct__usage *usage, int picture_width, int picture_height,
                         int *width, int *height);

// CT_ERROR_FORMAT if the graph declares fewer outputs, or one of the first `count` is not float32.
int ct__outputs_check(const struct ct__graph *graph, const char *scope, int count);

// Whether an output can be read: float32 of this rank, first dimension at least 1, the last `size`
// ones as given, where -1 fits all.
bool ct__output_fits(const struct ct__tensor *output, int rank, int size, const int64_t *last);

// CT_ERROR_FORMAT that names an output and its shape: "output heat [1,1,7]: expected [N,1,H,W]".
int ct__output_unfit(const char *scope, const struct ct__tensor *output, const char *expected);

#endif
