// SPDX-License-Identifier: Apache-2.0
// Shapes into pixels: filled rectangles and round strokes, clipped to the picture, in I420 or RGB.
#ifndef CT_FILTERS_CANVAS_H
#define CT_FILTERS_CANVAS_H

#include <stdbool.h>

#include <chiton/frame.h>

// A picture that is drawn into. It borrows the frame's pixels; one thread at a time.
struct ct__canvas {
    uint8_t *plane[CT_MAX_PLANES];
    ptrdiff_t stride[CT_MAX_PLANES];
    int width, height;
    bool yuv;            // I420, else RGB
    double matrix[3][4]; // from R,G,B to the canvas's own samples
};

// A colour as the canvas stores it: Y,U,V or R,G,B.
struct ct__ink {
    uint8_t sample[3];
};

// A straight piece of a stroke, in pixels; (0.5, 0.5) is the middle of the first pixel.
struct ct__segment {
    float x1, y1, x2, y2;
};

// CT_ERROR_INVALID, logged, for a frame that is shared or of another format.
int ct__canvas_init(struct ct__canvas *canvas, ct_frame *frame);

// The ink of an sRGB colour in the canvas's own matrix and range.
struct ct__ink ct__canvas_ink(const struct ct__canvas *canvas, const uint8_t rgb[3]);

// Fills the pixels with x1 <= x < x2 and y1 <= y < y2.
void ct__canvas_fill(const struct ct__canvas *canvas, int x1, int y1, int x2, int y2,
                     struct ct__ink ink);

// Mixes a colour over a piece of a column, `length` pixels from (x, y) down: cover is 0 for none of
// it to 255 for nothing else. A chroma sample follows the first of its four pixels.
void ct__canvas_tint(const struct ct__canvas *canvas, int x, int y, int length, struct ct__ink ink,
                     int cover);

// Draws the union of segments with round ends and edges smoothed over one pixel: one segment is a
// line, one without length a disc, many are a letter. Coordinates that are no numbers draw nothing.
void ct__canvas_stroke(const struct ct__canvas *canvas, const struct ct__segment *segments,
                       int count, float radius, struct ct__ink ink);

#endif
