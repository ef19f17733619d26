// SPDX-License-Identifier: Apache-2.0
// Colours that people can tell apart: one for each class or track.
#ifndef CT_FILTERS_PALETTE_H
#define CT_FILTERS_PALETTE_H

#include <stdbool.h>
#include <stdint.h>

// The sRGB colour of a class or track; the same for the same number everywhere and always.
void ct__palette(uint64_t number, uint8_t rgb[3]);

// Whether black reads better than white on a colour (the greater contrast ratio of WCAG 2).
bool ct__palette_is_light(const uint8_t rgb[3]);

#endif
