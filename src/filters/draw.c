// SPDX-License-Identifier: Apache-2.0
// Draws results: masks, boxes and points first, the best on top, then all labels, so that no line
// crosses a text; classes of the whole picture as a list in its corner. Sizes follow the picture's
// shorter side, so that a drawing looks the same at any resolution.
#include "filters/draw.h"

#include "filters/canvas.h"
#include "filters/font.h"
#include "filters/palette.h"
#include "frame/mask.h"

#include <math.h>
#include <stdio.h>

#define USABLE_SCORE .35f // of a keypoint, below it is guessed

enum { TINT = 110, CORNERS = 4 }; // how much of 255 a mask covers

struct pen {
    struct ct__canvas canvas;
    int line; // width of a box's line
    int text; // height of a capital
    struct ct__ink black, white;
};

// A box in whole pixels.
struct box {
    int x1, y1, x2, y2;
};

enum { BONES = 19 };
static const uint8_t bones[BONES][2];

static void object_colour(const struct ct_object *object, uint8_t rgb[3])
{
    ct__palette(object->id > 0 ? (uint64_t)object->id : (uint64_t)(object->class_id & 0x7FFFFFFF),
                rgb);
}

static int whole(float value)
{
    return (int)lrintf(fminf(fmaxf(value, -1e6f), 1e6f));
}

static int hundredths_of(float score)
{
    return (int)lrintf(100 * fminf(fmaxf(score, 0), 1));
}

// False for a box that is none: NaN, or without area.
static bool box_of(const struct ct_object *object, struct box *box)
{
    float right = object->x + object->width, bottom = object->y + object->height;
    *box = (struct box){whole(object->x), whole(object->y), whole(right), whole(bottom)};
    return !isnan(right + bottom) && box->x2 > box->x1 && box->y2 > box->y1;
}

// The line lies inside, so that a box that touches the picture's edge is seen whole; small boxes
// get a thinner one, so that something of the object is left.
static void draw_box(const struct pen *pen, const struct box *box, struct ct__ink ink)
{
    const struct ct__canvas *canvas = &pen->canvas;
    int width = box->x2 - box->x1, height = box->y2 - box->y1;
    int line = (width < height ? width : height) / 6;
    line = line < 1 ? 1 : line > pen->line ? pen->line : line;
    ct__canvas_fill(canvas, box->x1, box->y1, box->x2, box->y1 + line, ink);
    ct__canvas_fill(canvas, box->x1, box->y2 - line, box->x2, box->y2, ink);
    ct__canvas_fill(canvas, box->x1, box->y1 + line, box->x1 + line, box->y2 - line, ink);
    ct__canvas_fill(canvas, box->x2 - line, box->y1 + line, box->x2, box->y2 - line, ink);
}

// A mask belongs to a picture of one size.
static void draw_mask(const struct pen *pen, const struct ct_result *result,
                      const struct ct_object *object, struct ct__ink ink)
{
    const struct ct__canvas *canvas = &pen->canvas;
    struct ct__mask_walk walk = {&object->mask, canvas->height};
    int x, y, length;
    if (result->width != canvas->width || result->height != canvas->height)
        return;
    while (ct__mask_next(&walk, &x, &y, &length))
        ct__canvas_tint(canvas, x, y, length, ink, TINT);
}

// A turned box is drawn around its corners.
static void draw_polygon(const struct pen *pen, const struct ct_object *object, struct ct__ink ink)
{
    struct ct__segment sides[CORNERS];
    for (int i = 0; i < CORNERS; i++) {
        const struct ct_point *from = &object->points[i];
        const struct ct_point *to = &object->points[(i + 1) % CORNERS];
        sides[i] = (struct ct__segment){from->x, from->y, to->x, to->y};
    }
    ct__canvas_stroke(&pen->canvas, sides, CORNERS, .5f * (float)pen->line, ink);
}

static bool usable(const struct ct_object *object, int point)
{
    return point < object->point_count && point < CT_MAX_POINTS &&
           (object->point_kind == CT_POINTS_LANDMARKS ||
            object->points[point].score >= USABLE_SCORE);
}

static void draw_bones(const struct pen *pen, const struct ct_object *object, float radius,
                       struct ct__ink ink)
{
    for (int i = 0; i < BONES; i++) {
        int from = bones[i][0], to = bones[i][1];
        if (!usable(object, from) || !usable(object, to))
            continue;
        struct ct__segment bone = {object->points[from].x, object->points[from].y,
                                   object->points[to].x, object->points[to].y};
        ct__canvas_stroke(&pen->canvas, &bone, 1, radius, ink);
    }
}

// Discs with a dark rim are seen on any ground; they shrink with small objects, and lose the rim on
// the smallest, so that a face stays a face.
static void draw_points(const struct pen *pen, const struct ct_object *object, struct ct__ink ink)
{
    if (object->point_kind == CT_POINTS_NONE || object->point_kind == CT_POINTS_CORNERS)
        return;
    float side = fminf(object->width, object->height);
    float radius = fminf(fmaxf(side / 28, .9f), 1.4f * (float)pen->line);
    if (object->point_kind == CT_POINTS_KEYPOINTS)
        draw_bones(pen, object, .6f * radius, ink);
    for (int i = 0; i < CT_MAX_POINTS; i++) {
        if (!usable(object, i))
            continue;
        const struct ct_point *point = &object->points[i];
        struct ct__segment disc = {point->x, point->y, point->x, point->y};
        if (radius > 1.5f)
            ct__canvas_stroke(&pen->canvas, &disc, 1, radius * 1.35f + .4f, pen->black);
        ct__canvas_stroke(&pen->canvas, &disc, 1, radius, ink);
    }
}

// "person 0.87 #3"; a class without a name shows its number. No printf for the score: it would
// follow the locale.
static void label_text(const struct ct_object *object, char *text, size_t size)
{
    int hundredths = hundredths_of(object->score), length;
    if (object->label)
        length = snprintf(text, size, "%.64s", object->label);
    else
        length = snprintf(text, size, "%d", object->class_id);
    length += snprintf(text + length, size - (size_t)length, " %d.%02d", hundredths / 100,
                       hundredths % 100);
    if (object->id > 0)
        snprintf(text + length, size - (size_t)length, " #%lld", (long long)object->id);
}

static int label_height(const struct pen *pen)
{
    return pen->text + 1 + 2 * ((pen->text + 2) / 3);
}

// The text of an object on a ground of its colour, the top left at (x, y) or so far left of it that
// all of it is seen.
static void draw_text(const struct pen *pen, const struct ct_object *object, int x, int y)
{
    const struct ct__canvas *canvas = &pen->canvas;
    uint8_t rgb[3];
    char text[128];
    object_colour(object, rgb);
    label_text(object, text, sizeof text);
    int margin = (pen->text + 2) / 3;
    int width = ct__font_width(text, pen->text) + 2 * (margin / 2);
    x = x + width > canvas->width ? canvas->width - width : x;
    x = x < 0 ? 0 : x;
    ct__canvas_fill(canvas, x, y, x + width, y + label_height(pen), ct__canvas_ink(canvas, rgb));
    ct__font_draw(canvas, text, x + margin / 2, y + margin, pen->text,
                  ct__palette_is_light(rgb) ? pen->black : pen->white);
}

static void draw_label(const struct pen *pen, const struct ct_object *object, const struct box *box)
{
    const struct ct__canvas *canvas = &pen->canvas;
    int height = label_height(pen);
    // Above the box, or inside at its top where the picture ends.
    int y = box->y1 - height >= 0 ? box->y1 - height : box->y1;
    if (box->x2 <= 0 || box->y2 <= 0 || box->x1 >= canvas->width || box->y1 >= canvas->height)
        return;
    draw_text(pen, object, box->x1, y < 0 ? 0 : y);
}

// One below the other, as far as they are more than nothing and there is room.
static void draw_classes(const struct pen *pen, const struct ct_result *result)
{
    int height = label_height(pen), y = 0;
    for (int i = 0; i < result->class_count && y + height <= pen->canvas.height; i++) {
        const struct ct_class *class = &result->classes[i];
        const struct ct_object as_object = {
            .label = class->label, .class_id = class->class_id, .score = class->score};
        if (hundredths_of(class->score) == 0)
            return;
        draw_text(pen, &as_object, 0, y);
        y += height;
    }
}

static int pen_init(struct pen *pen, ct_frame *frame)
{
    static const uint8_t black[3] = {0, 0, 0}, white[3] = {255, 255, 255};
    int error = ct__canvas_init(&pen->canvas, frame);
    if (error)
        return error;
    const struct ct__canvas *canvas = &pen->canvas;
    int side = canvas->width < canvas->height ? canvas->width : canvas->height;
    pen->line = side / 360 > 2 ? side / 360 : 2;
    // A multiple of three puts the small letters' tops on whole pixels as well.
    pen->text = (side + 90) / 180 > 3 ? (side + 90) / 180 * 3 : 9;
    pen->black = ct__canvas_ink(canvas, black);
    pen->white = ct__canvas_ink(canvas, white);
    return CT_OK;
}

int ct__draw_result(ct_frame *frame, const struct ct_result *result)
{
    struct pen pen;
    int error = pen_init(&pen, frame);
    if (error)
        return error;
    uint8_t rgb[3];
    struct box box;
    for (int i = result->count - 1; i >= 0; i--) {
        const struct ct_object *object = &result->objects[i];
        object_colour(object, rgb);
        struct ct__ink ink = ct__canvas_ink(&pen.canvas, rgb);
        draw_mask(&pen, result, object, ink);
        if (object->point_kind == CT_POINTS_CORNERS)
            draw_polygon(&pen, object, ink);
        else if (box_of(object, &box))
            draw_box(&pen, &box, ink);
        draw_points(&pen, object, ink);
    }
    for (int i = result->count - 1; i >= 0; i--) {
        if (box_of(&result->objects[i], &box))
            draw_label(&pen, &result->objects[i], &box);
    }
    draw_classes(&pen, result);
    return CT_OK;
}

// Pairs of COCO's keypoints that are joined: head, shoulders, arms, trunk, legs.
static const uint8_t bones[BONES][2] = {
    {0, 1}, {0, 2},  {1, 2},  {1, 3},  {2, 4},   {3, 5},   {4, 6},   {5, 6},   {5, 7},   {7, 9},
    {6, 8}, {8, 10}, {5, 11}, {6, 12}, {11, 12}, {11, 13}, {13, 15}, {12, 14}, {14, 16},
};
