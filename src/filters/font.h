// SPDX-License-Identifier: Apache-2.0
// A built-in typeface of strokes: ASCII, any size, proportional, figures of equal width.
#ifndef CT_FILTERS_FONT_H
#define CT_FILTERS_FONT_H

#include "filters/canvas.h"

// Width in pixels of a UTF-8 text whose capitals are `height` pixels high.
int ct__font_width(const char *text, int height);

// Draws a text with the tops of its capitals at `y` and its left edge at `x`. What is not ASCII
// shows as an empty box, one for each code point.
void ct__font_draw(const struct ct__canvas *canvas, const char *text, int x, int y, int height,
                   struct ct__ink ink);

#endif
