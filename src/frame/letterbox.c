// SPDX-License-Identifier: Apache-2.0
// Where a picture lies on a model's input. Doubles and their rounding are those of the programs the
// models were trained with: one pixel more or less moves every box.
#include "frame/letterbox.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static int clamp_side(double side, int most)
{
    if (side < 1)
        return 1;
    return side > most ? most : (int)side;
}

static void fit_inside(struct ct__letterbox *box, double ratio)
{
    box->width = clamp_side(round(box->source_width * ratio), box->canvas_width);
    box->height = clamp_side(round(box->source_height * ratio), box->canvas_height);
    box->scale_x = box->scale_y = (float)ratio;
}

static void fit_floor(struct ct__letterbox *box)
{
    double ratio = (double)box->source_height / box->source_width;
    if (ratio > (double)box->canvas_height / box->canvas_width) {
        box->height = box->canvas_height;
        box->width = clamp_side(box->height / ratio, box->canvas_width);
    } else {
        box->width = box->canvas_width;
        box->height = clamp_side(box->width * ratio, box->canvas_height);
    }
    box->scale_x = box->scale_y = (float)((double)box->height / box->source_height);
}

// Sets the sides so that the picture covers `width` x `height`.
static void cover(struct ct__letterbox *box, int width, int height)
{
    int64_t w = box->source_width, h = box->source_height;
    bool wider = w * height > h * width;
    box->width = wider ? (int)(w * height / h) : width;
    box->height = wider ? height : (int)(h * width / w);
    box->scale_x = (float)((double)box->width / box->source_width);
    box->scale_y = (float)((double)box->height / box->source_height);
    box->x = -(int)rint((box->width - box->canvas_width) / 2.);
    box->y = -(int)rint((box->height - box->canvas_height) / 2.);
}

void ct__letterbox_make(struct ct__letterbox *box, enum ct__fit fit, int source_width,
                        int source_height, int canvas_width, int canvas_height)
{
    double rx = (double)canvas_width / source_width, ry = (double)canvas_height / source_height;
    *box = (struct ct__letterbox){
        .source_width = source_width,
        .source_height = source_height,
        .canvas_width = canvas_width,
        .canvas_height = canvas_height,
        .width = canvas_width,
        .height = canvas_height,
        .scale_x = (float)rx,
        .scale_y = (float)ry,
    };
    if (fit == CT__FIT_COVER)
        cover(box, canvas_width, canvas_height);
    else if (fit == CT__FIT_CROP)
        cover(box, (int)round(canvas_width * 8. / 7), (int)round(canvas_height * 8. / 7));
    else if (fit == CT__FIT_TOP_LEFT_FLOOR)
        fit_floor(box);
    else if (fit != CT__FIT_STRETCH)
        fit_inside(box, rx < ry ? rx : ry);
    if (fit == CT__FIT_CENTRE) {
        box->x = (canvas_width - box->width) / 2;
        box->y = (canvas_height - box->height) / 2;
    }
}
