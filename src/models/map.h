// SPDX-License-Identifier: Apache-2.0
// Maps: a byte for each pixel of a model's canvas, on their way to mattes of the source picture.
#ifndef CT_MODELS_MAP_H
#define CT_MODELS_MAP_H

#include "models/family.h"

// Memory for width x height bytes, row after row, in the scratch; valid until the next call.
// CT_ERROR_MEMORY.
int ct__map_make(struct ct__scratch *scratch, int width, int height, uint8_t **map);

// Memory for `count` numbers in the scratch; as above.
int ct__map_floats(struct ct__scratch *scratch, size_t count, float **floats);

// Writes trunc(255 (p - min) / (max - min)), min and max those of all p, as rembg does. Numbers
// that are none are 0, and so is all where nothing differs.
void ct__map_stretched(uint8_t *map, const float *values, size_t count);

// Writes p, 0 to 1, rounded to 255 steps and held within them; what is no number is 0.
void ct__map_shares(uint8_t *map, const float *values, size_t count);

// Writes the share of the second of two numbers, `step` floats from a pixel to the next: as they
// are where all of them are shares of 1 already, else by the softmax of both.
void ct__map_pairs(uint8_t *map, const float *first, const float *second, size_t step,
                   size_t count);

// Adds a matte of the class: the part of the map, which is that of the whole canvas in any
// resolution, that the picture covered, resized to it by Lanczos' filter. CT_ERROR_MEMORY.
int ct__map_matte(const uint8_t *map, int width, int height, const struct ct__usage *usage,
                  const struct ct__letterbox *box, struct ct__scratch *scratch, int class_id,
                  struct ct__result *result);

#endif
