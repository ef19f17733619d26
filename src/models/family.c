// SPDX-License-Identifier: Apache-2.0
// Which family a graph belongs to, and the way from outputs to a result that all families share.
// Suppression works on source pixels: families that count a box's border pixel (area with + 1) mean
// those of the picture.
#include "models/family.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { SURE = 50, CLOSE = 15, MOST_FAMILIES = 64 };

void ct__scratch_finish(struct ct__scratch *scratch)
{
    ct__boxes_finish(&scratch->boxes);
    ct__turned_finish(&scratch->turned);
    ct__runs_finish(&scratch->runs);
    ct__resample_destroy(&scratch->resample);
    ct__free(scratch->field);
    ct__free(scratch->map);
    *scratch = (struct ct__scratch){0};
}

// --- Recognition ---

static int find_by_name(const char *scope, const char *name, const struct ct__family **family)
{
    const struct ct__family *const *all = ct__families();
    const char *names[MOST_FAMILIES + 1] = {0};
    for (int i = 0; all[i] && i < MOST_FAMILIES; i++) {
        names[i] = all[i]->name;
        if (strcmp(name, names[i]) == 0) {
            *family = all[i];
            return CT_OK;
        }
    }
    const char *nearest = ct__nearest(name, names);
    if (nearest)
        return ct__fail(CT_ERROR_INVALID, scope, "unknown family %s; did you mean %s?", name,
                        nearest);
    struct ct__text list = {0};
    for (int i = 0; names[i]; i++)
        ct__text_printf(&list, "%s%s", i ? ", " : "", names[i]);
    int status = ct__fail(CT_ERROR_INVALID, scope, "unknown family %s: expected one of %s", name,
                          list.failed ? "those known" : list.data);
    ct__text_finish(&list);
    return status;
}

// "boxes [1,300,4], scores [1,300] of float16"
static void describe_outputs(const struct ct__graph *graph, struct ct__text *text)
{
    char shape[256];
    for (int i = 0; i < graph->output_count; i++) {
        const struct ct_tensor_info *output = &graph->outputs[i];
        ct__text_printf(text, "%s%s %s", i ? ", " : "", output->name,
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape));
        if (output->type != CT_TYPE_F32)
            ct__text_printf(text, " of %s", ct__type_name(output->type));
    }
}

// "; closest: yolo (35 of 100), yolox (40 of 100)"
static void describe_close(const struct ct__graph *graph, struct ct__text *text)
{
    const char *before = "; closest: ";
    for (const struct ct__family *const *at = ct__families(); *at; at++) {
        int sure = (*at)->recognise(graph);
        if (sure < CLOSE)
            continue;
        ct__text_printf(text, "%s%s (%d of 100)", before, (*at)->name, sure);
        before = ", ";
    }
}

// Says what the outputs are, so that a person can tell which family was meant.
static int fail_to_find(const struct ct__graph *graph, const char *scope, bool tie)
{
    struct ct__text text = {0};
    ct__text_puts(&text,
                  tie ? "several families fit the outputs " : "no known family has the outputs ");
    describe_outputs(graph, &text);
    describe_close(graph, &text);
    int status = text.failed
                     ? ct__fail_memory(scope)
                     : ct__fail(CT_ERROR_FORMAT, scope, "%s; name one with family", text.data);
    ct__text_finish(&text);
    return status;
}

int ct__family_find(const struct ct__graph *graph, const char *scope, const char *name,
                    const struct ct__family **family)
{
    const struct ct__family *found = NULL;
    int surest = SURE;
    bool tie = false;
    if (name && *name)
        return find_by_name(scope, name, family);
    for (const struct ct__family *const *at = ct__families(); *at; at++) {
        int sure = (*at)->recognise(graph);
        if (sure > surest) {
            found = *at;
            surest = sure;
            tie = false;
        } else if (found && sure == surest) {
            tie = true;
        }
    }
    if (!found || tie)
        return fail_to_find(graph, scope, tie);
    *family = found;
    return CT_OK;
}

// --- From outputs to a result ---

// Keeps the candidates of wanted classes and maps them to source pixels.
static void keep_wanted(const struct ct__usage *usage, const struct ct__letterbox *box,
                        struct ct__boxes *boxes)
{
    int kept = 0;
    for (int i = 0; i < boxes->count; i++) {
        struct ct__box at = boxes->items[i];
        if (usage->wanted && (at.class_id >= usage->class_count || !usage->wanted[at.class_id]))
            continue;
        at.x1 = ct__letterbox_source_x(box, at.x1);
        at.x2 = ct__letterbox_source_x(box, at.x2);
        at.y1 = ct__letterbox_source_y(box, at.y1);
        at.y2 = ct__letterbox_source_y(box, at.y2);
        boxes->items[kept++] = at;
    }
    boxes->count = kept;
}

// Boxes that the graph has thinned out are only sorted and counted: no overlap is infinite.
static void suppress(const struct ct__usage *usage, struct ct__scratch *scratch)
{
    struct ct__nms nms = usage->nms;
    if (usage->no_overlaps)
        nms.iou = INFINITY;
    else if (scratch->turned.count)
        nms.turned = scratch->turned.items;
    ct__nms(&scratch->boxes, &nms);
}

static float clamp(float value, int most)
{
    if (value < 0)
        return 0;
    return value > (float)most ? (float)most : value;
}

// Brings points to source pixels; one that is not a number takes all with it.
static void map_points(const struct ct__letterbox *box, struct ct_object *object)
{
    for (int i = 0; i < object->point_count; i++) {
        struct ct_point *point = &object->points[i];
        if (!isfinite(point->x) || !isfinite(point->y)) {
            object->point_count = 0;
            object->point_kind = CT_POINTS_NONE;
            return;
        }
        point->x = ct__letterbox_source_x(box, point->x);
        point->y = ct__letterbox_source_y(box, point->y);
        if (object->point_kind == CT_POINTS_CORNERS)
            continue; // a turned box that is cut off would be turned otherwise
        point->x = clamp(point->x, box->source_width);
        point->y = clamp(point->y, box->source_height);
    }
}

static const char *label_of(const struct ct__usage *usage, int class_id)
{
    return usage->labels && class_id < usage->class_count ? usage->labels[class_id] : NULL;
}

static void add_class(const struct ct__usage *usage, const struct ct__box *kept,
                      struct ct__result *result)
{
    const struct ct_class class = {label_of(usage, kept->class_id), kept->class_id, kept->score};
    ct__result_add_class(result, &class);
}

// Cut at the borders only now: suppression compares boxes as the model saw them.
static int add_object(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, const struct ct__box *kept,
                      struct ct__scratch *scratch, struct ct__result *result)
{
    struct ct_object object = {
        .x = clamp(kept->x1, box->source_width),
        .y = clamp(kept->y1, box->source_height),
        .score = kept->score,
        .class_id = kept->class_id,
    };
    object.width = clamp(kept->x2, box->source_width) - object.x;
    object.height = clamp(kept->y2, box->source_height) - object.y;
    if (object.width * object.height < 1)
        return CT_OK;
    object.label = label_of(usage, kept->class_id);
    int status = CT_OK;
    if (usage->family->detail) {
        status = usage->family->detail(usage, outputs, box, kept, scratch, &object);
        map_points(box, &object);
    }
    return status ? status : ct__result_add(result, &object);
}

static int add_mattes(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct ct__scratch *scratch,
                      struct ct__result *result, int64_t *decode_ns, int64_t *nms_ns)
{
    int64_t start = ct__now_ns();
    int status = usage->family->matte(usage, outputs, box, scratch, result);
    if (status) {
        result->view.mattes = NULL;
        result->view.matte_count = 0;
    }
    if (decode_ns)
        *decode_ns = ct__now_ns() - start;
    if (nms_ns)
        *nms_ns = 0;
    return status;
}

int ct__family_result(const struct ct__usage *usage, const struct ct__tensor *outputs,
                      const struct ct__letterbox *box, struct ct__scratch *scratch,
                      struct ct__result *result, int64_t *decode_ns, int64_t *nms_ns)
{
    struct ct__boxes *boxes = &scratch->boxes;
    int64_t start = ct__now_ns();
    result->view.width = box->source_width;
    result->view.height = box->source_height;
    if (usage->family->matte)
        return add_mattes(usage, outputs, box, scratch, result, decode_ns, nms_ns);
    boxes->count = scratch->turned.count = 0;
    int status = usage->family->decode(usage, outputs, box, scratch);
    if (status)
        return status;
    keep_wanted(usage, box, boxes);
    int64_t decoded = ct__now_ns();
    suppress(usage, scratch);
    int64_t suppressed = ct__now_ns();
    if (usage->family->of_picture)
        ct__result_begin_classes(result);
    for (int i = 0; i < boxes->count && !status; i++)
        if (usage->family->of_picture)
            add_class(usage, &boxes->items[i], result);
        else
            status = add_object(usage, outputs, box, &boxes->items[i], scratch, result);
    if (decode_ns)
        *decode_ns = decoded - start + ct__now_ns() - suppressed;
    if (nms_ns)
        *nms_ns = suppressed - decoded;
    return status;
}
