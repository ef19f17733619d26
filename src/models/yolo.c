// SPDX-License-Identifier: Apache-2.0
// YOLO v5 to v12, YOLO26 and whatever else exports detections in Ultralytics' forms: scores of each
// class for each anchor, lying in planes or in rows, or boxes that the graph has already thinned
// out. The scores are read once, in one vectorised pass; boxes only of anchors that pass.
#include "models/yolo.h"

#include <math.h>

#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"
#include "models/scan.h"

enum { BOX = CT__YOLO_BOX, TASK_SHIFT = 4 };

// --- Configuration ---

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f},
                                               .pad = 114};
    struct ct__yolo_kind kind;
    int status = ct__input_configure(graph, scope, CT__FIT_CENTRE, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (!status)
        status = ct__yolo_find_kind(graph, scope, &kind);
    if (!status && kind.task == CT__YOLO_SEGMENT)
        status = ct__outputs_check(graph, scope, 2);
    if (status)
        return status;
    ct__input_read_size(graph, usage);
    usage->class_count = kind.classes;
    usage->conf = .25f;
    usage->nms = (struct ct__nms){.iou = .45f, .max_count = 300};
    usage->no_overlaps = kind.form == CT__YOLO_FINAL;
    usage->kind = (int)kind.form | (int)kind.task << TASK_SHIFT;
    usage->extra = kind.extra;
    return CT_OK;
}

// --- Decoding ---

bool ct__yolo_make_view(const struct ct__usage *usage, const struct ct__tensor *output,
                        struct ct__yolo_view *view)
{
    enum ct__yolo_form form = (enum ct__yolo_form)(usage->kind & ((1 << TASK_SHIFT) - 1));
    bool by_plane = form == CT__YOLO_PLANES, final = form == CT__YOLO_FINAL;
    int known = BOX + (form == CT__YOLO_OBJECTNESS) + usage->class_count + usage->extra;
    const int64_t planes[] = {known, -1}, rows[] = {-1, final ? -1 : known};
    if (!ct__output_fits(output, 3, 2, by_plane ? planes : rows))
        return false;
    int64_t anchors = output->dim[by_plane ? 2 : 1], values = output->dim[by_plane ? 1 : 2];
    int64_t box = values - usage->extra;
    if (anchors > CT__MAX_ANCHORS || (final && box != 5 && box != 6))
        return false;
    *view = (struct ct__yolo_view){
        .data = output->data,
        .anchor_step = by_plane ? 1 : (size_t)values,
        .value_step = by_plane ? (size_t)anchors : 1,
        .anchors = (int)anchors,
        .classes = usage->class_count,
        .extra = (int)box,
        .form = form,
        .task = (enum ct__yolo_task)(usage->kind >> TASK_SHIFT),
    };
    return true;
}

// Raises *most to the largest of four coordinates that are numbers.
static void grow(float *most, const float *at)
{
    for (int i = 0; i < BOX; i++)
        if (at[i] > *most && isfinite(at[i]))
            *most = at[i];
}

// Adds the upright hull of a turned box, which stays beside it.
static int add_turned(const struct ct__turned *turned, struct ct__box *box,
                      struct ct__scratch *scratch)
{
    int before = scratch->boxes.count;
    ct__turned_hull(turned, box);
    box->index = scratch->turned.count;
    int status = ct__candidate_add(scratch, box);
    if (status || scratch->boxes.count == before)
        return status;
    return ct__turned_add(&scratch->turned, turned);
}

// Adds the box of an anchor, score and class set, from its centre and size; *most grows to its
// largest number.
static int add_centred(const struct ct__yolo_view *view, int anchor, struct ct__box *box,
                       struct ct__scratch *scratch, float *most)
{
    float cx = ct__yolo_value(view, anchor, 0), cy = ct__yolo_value(view, anchor, 1);
    float w = ct__yolo_value(view, anchor, 2), h = ct__yolo_value(view, anchor, 3);
    grow(most, (const float[]){cx, cy, w, h});
    if (view->task == CT__YOLO_OBB) {
        float angle = ct__yolo_value(view, anchor, view->extra);
        struct ct__turned turned = ct__turned_make(cx, cy, w, h, angle);
        return w > 0 && h > 0 ? add_turned(&turned, box, scratch) : CT_OK;
    }
    box->x1 = cx - w / 2;
    box->y1 = cy - h / 2;
    box->x2 = cx + w / 2;
    box->y2 = cy + h / 2;
    box->index = anchor;
    return ct__candidate_add(scratch, box);
}

// The first class whose score is `best`.
static int32_t class_of(const struct ct__yolo_view *view, int anchor, float best)
{
    const float *at = view->data + (size_t)anchor * view->anchor_step + BOX * view->value_step;
    int32_t class_id = 0;
    while (class_id < view->classes - 1 && *at != best) {
        at += view->value_step;
        class_id++;
    }
    return class_id;
}

// A block of anchors at a time: the largest score of each, then a look at those above the
// threshold.
static int decode_scores(const struct ct__usage *usage, const struct ct__yolo_view *view,
                         struct ct__scratch *scratch, float *most)
{
    bool by_plane = view->form == CT__YOLO_PLANES;
    float best[CT__SCAN_BLOCK];
    for (int first = 0; first < view->anchors; first += CT__SCAN_BLOCK) {
        int left = view->anchors - first, count = left < CT__SCAN_BLOCK ? left : CT__SCAN_BLOCK;
        const float *scores =
            view->data + (size_t)first * view->anchor_step + BOX * view->value_step;
        if (by_plane)
            ct__scan_planes(best, scores, view->value_step, count, view->classes, usage->conf);
        else
            ct__scan_rows(best, scores, view->anchor_step, count, view->classes, usage->conf);
        for (int i = 0; i < count; i++) {
            if (!(best[i] > usage->conf))
                continue;
            struct ct__box found = {.score = best[i]};
            found.class_id = class_of(view, first + i, best[i]);
            int status = add_centred(view, first + i, &found, scratch, most);
            if (status)
                return status;
        }
    }
    return CT_OK;
}

static int decode_objectness(const struct ct__usage *usage, const struct ct__yolo_view *view,
                             struct ct__scratch *scratch, float *most)
{
    for (int a = 0; a < view->anchors; a++) {
        struct ct__box found = {0};
        const float *row = view->data + (size_t)a * view->anchor_step;
        if (!ct__objectness_score(row + BOX, view->classes, usage->conf, &found))
            continue;
        int status = add_centred(view, a, &found, scratch, most);
        if (status)
            return status;
    }
    return CT_OK;
}

// Rows that fill up the fixed number of boxes have a score of 0.
static int decode_final(const struct ct__usage *usage, const struct ct__yolo_view *view,
                        struct ct__scratch *scratch, float *most)
{
    float classes = (float)(view->classes ? view->classes : CT__MAX_LABELS);
    for (int a = 0; a < view->anchors; a++) {
        const float *row = view->data + (size_t)a * view->anchor_step;
        float class_id = view->extra == 6 ? row[5] : 0;
        if (!(row[4] > usage->conf) || !(class_id >= 0 && class_id < classes))
            continue;
        struct ct__box found = {row[0], row[1], row[2], row[3], row[4], (int32_t)class_id, a};
        grow(most, row);
        int status = view->task == CT__YOLO_OBB ? add_centred(view, a, &found, scratch, most)
                                                : ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// Some exports give coordinates as shares of the input, which only the numbers tell.
static void spread(struct ct__scratch *scratch, const struct ct__letterbox *box)
{
    float width = (float)box->canvas_width, height = (float)box->canvas_height;
    for (int i = 0; i < scratch->boxes.count; i++) {
        struct ct__box *at = &scratch->boxes.items[i];
        at->x1 *= width;
        at->x2 *= width;
        at->y1 *= height;
        at->y2 *= height;
    }
    for (int i = 0; i < scratch->turned.count; i++) {
        struct ct__turned *at = &scratch->turned.items[i];
        at->x *= width;
        at->along_x *= width;
        at->across_x *= width;
        at->y *= height;
        at->along_y *= height;
        at->across_y *= height;
    }
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    struct ct__yolo_view view;
    float most = 0;
    int status;
    if (!ct__yolo_make_view(usage, &outputs[0], &view))
        return ct__output_unfit("yolo", &outputs[0], "the shape that the model declares");
    if (view.form == CT__YOLO_FINAL)
        status = decode_final(usage, &view, scratch, &most);
    else if (view.form == CT__YOLO_OBJECTNESS)
        status = decode_objectness(usage, &view, scratch, &most);
    else
        status = decode_scores(usage, &view, scratch, &most);
    scratch->shares = most <= 1.001f;
    if (!status && scratch->shares)
        spread(scratch, box);
    return status;
}

const struct ct__family ct__family_yolo = {
    .name = "yolo",
    .help = "YOLO v5 to v12 and YOLO26: objects, poses, masks and turned boxes, output "
            "[N,4 + classes,anchors], transposed, with objectness, or end to end [N,boxes,6]",
    .recognise = ct__yolo_recognise,
    .configure = configure,
    .decode = decode,
    .detail = ct__yolo_detail,
};
