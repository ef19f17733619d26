// SPDX-License-Identifier: Apache-2.0
// What a YOLO says of an object beside its box: the points of a pose, the corners of a turned box,
// or a mask. Read only for the boxes that are kept.
#include "models/prototype.h"
#include "models/yolo.h"

#include <math.h>

static float share(float value)
{
    return fminf(fmaxf(value, 0), 1); // 0 for NaN as well
}

// 5 or 17 points of 2 or 3 numbers: no two of these products are the same.
static void read_points(const struct ct__yolo_view *view, int extra, int anchor,
                        struct ct_object *object)
{
    int values = extra % 3 ? 2 : 3, count = extra / values;
    object->point_kind = count == 5 ? CT_POINTS_LANDMARKS : CT_POINTS_KEYPOINTS;
    object->point_count = count;
    for (int i = 0; i < count; i++) {
        int at = view->extra + i * values;
        object->points[i] = (struct ct_point){
            .x = ct__yolo_value(view, anchor, at),
            .y = ct__yolo_value(view, anchor, at + 1),
            .score = values == 3 ? share(ct__yolo_value(view, anchor, at + 2)) : 1,
        };
    }
}

static void read_corners(const struct ct__turned *turned, struct ct_object *object)
{
    object->point_kind = CT_POINTS_CORNERS;
    object->point_count = 4;
    for (int i = 0; i < 4; i++) {
        struct ct_point *point = &object->points[i];
        point->score = 1;
        ct__turned_corner(turned, i, &point->x, &point->y);
    }
}

static int read_mask(const struct ct__yolo_view *view, int extra, int anchor,
                     const struct ct__tensor *prototypes, const struct ct__letterbox *box,
                     struct ct__scratch *scratch, struct ct_object *object)
{
    float factors[CT__YOLO_MOST_EXTRA];
    for (int i = 0; i < extra; i++)
        factors[i] = ct__yolo_value(view, anchor, view->extra + i);
    return ct__prototype_mask(prototypes, factors, extra, box, scratch, object);
}

int ct__yolo_detail(const struct ct__usage *usage, const struct ct__tensor *outputs,
                    const struct ct__letterbox *box, const struct ct__box *kept,
                    struct ct__scratch *scratch, struct ct_object *object)
{
    struct ct__yolo_view view;
    if (!ct__yolo_make_view(usage, &outputs[0], &view))
        return CT_OK; // never: decode() was here before
    switch (view.task) {
    case CT__YOLO_POSE:
        read_points(&view, usage->extra, kept->index, object);
        for (int i = 0; scratch->shares && i < object->point_count; i++) {
            object->points[i].x *= (float)box->canvas_width;
            object->points[i].y *= (float)box->canvas_height;
        }
        break;
    case CT__YOLO_SEGMENT:
        return read_mask(&view, usage->extra, kept->index, &outputs[1], box, scratch, object);
    case CT__YOLO_OBB:
        read_corners(&scratch->turned.items[kept->index], object);
        break;
    case CT__YOLO_DETECT:
        break;
    }
    return CT_OK;
}
