// SPDX-License-Identifier: Apache-2.0
// From a decoded picture to a model's input tensor in one fused pass: resize (bilinear, half-pixel
// centres, no antialiasing: OpenCV's INTER_LINEAR), colour matrix, channel order, mean and scale,
// letterbox or crop, layout and type. Of a picture that is cut off only what remains is sampled.
// Where a model wants a filter that looks at every pixel, it comes first, in two passes of its own;
// where it wants an affine warp, that stands in its place.
#ifndef CT_IMAGE_PREPARE_H
#define CT_IMAGE_PREPARE_H

#include "frame/letterbox.h"
#include "frame/tensor.h"
#include "image/weights.h"

#include <chiton/frame.h>

enum ct__layout { CT__LAYOUT_NCHW = 1, CT__LAYOUT_NHWC };

// How a model wants its picture: value = (sample - mean[c]) * scale[c], c in the order of the
// tensor's channels; in types of bytes rounded half up and held within the type.
struct ct__input_spec {
    enum ct__layout layout;
    enum ct_type type; // CT_TYPE_F32, F16, U8 or I8
    bool bgr;          // channel 0 is blue
    float mean[3], scale[3];
    float pad; // sample value around the picture, 0..255, before mean and scale
    bool bare; // around the picture are zeros, whatever `pad` is
    // The picture is resized by this filter, as resample.h does it; it is nowhere cut off.
    enum ct__filter filter;
    // With it: samples are first stretched so that the largest of all channels is 255.
    bool stretch;
    // The picture is sampled from its corner, as warp.h does it; the type is float32.
    bool warp;
};

// The tables of one geometry: source format and size, placement, spec. They are made anew when any
// of these changes, so that a stream of equal frames allocates nothing and writes the border once.
// Belongs to one thread and one tensor. Zero-initialise.
struct ct__prepare;

// Whether pictures can be prepared as tensors of this type.
bool ct__prepare_knows(enum ct_type type);

int ct__prepare_create(struct ct__prepare **out);

// Fills the tensor's first picture (3 x H x W or H x W x 3 of box->canvas) at `data`, 64-byte
// aligned with 64 spare bytes. `data` must hold what the last call with the same geometry left
// there, except where it is the first. CT_ERROR_UNSUPPORTED, CT_ERROR_MEMORY.
int ct__prepare_run(struct ct__prepare *prepare, const struct ct_picture *picture,
                    const struct ct__letterbox *box, const struct ct__input_spec *spec, void *data);
void ct__prepare_destroy(struct ct__prepare **prepare);

#endif
