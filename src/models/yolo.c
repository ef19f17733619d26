// SPDX-License-Identifier: Apache-2.0
// YOLO v5 to v12, YOLO26 and whatever else exports detections in Ultralytics' forms: scores of each
// class for each anchor, lying in planes or in rows, or boxes that the graph has already thinned
// out. The scores are read once, in one vectorised pass; boxes only of anchors that pass.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"
#include "models/scan.h"

enum form {
    FORM_NONE = 0,
    FORM_PLANES,     // [N,4 + classes,anchors]: cx, cy, w, h, a score for each class
    FORM_ROWS,       // [N,anchors,4 + classes]: the same, transposed
    FORM_OBJECTNESS, // [N,anchors,5 + classes]: v5's, cx, cy, w, h, objectness, classes
    FORM_FINAL,      // [N,boxes,6 or 5]: x1, y1, x2, y2, score, class
};

// Values of a box, classes of COCO, most boxes of an end-to-end form, rows of COCO's pose models.
enum { BOX = 4, COCO = 80, FINAL_MOST = 1000, POSE = 56 };

// --- Which form an output has ---

// What is known of a graph before its form is.
struct clues {
    int64_t rows, columns; // of the first output, -1 where open
    int64_t cells;         // that the input size asks for, 0 if it is open
    int names;             // classes in the metadata, 0 without
    bool final;            // the metadata say so
};

static bool read_clues(const struct ct__graph *graph, struct clues *clues)
{
    struct ct__usage usage = {0};
    if (graph->output_count < 1 || !ct__input_picture(graph, &usage))
        return false;
    const struct ct_tensor_info *output = &graph->outputs[0];
    const char *names = ct__graph_metadata(graph, "names");
    const char *final = ct__graph_metadata(graph, "end2end");
    if (output->type != CT_TYPE_F32 || output->rank != 3)
        return false;
    *clues = (struct clues){
        .rows = output->dim[1],
        .columns = output->dim[2],
        .names = names ? ct__labels_count_names(names) : 0,
        .final = final && strcmp(final, "True") == 0,
    };
    if (usage.width && usage.height)
        clues->cells = ct__grid_cells(usage.width, usage.height);
    return true;
}

// Boxes that are final are few, and not as many as the input has cells.
static bool is_final(const struct clues *clues)
{
    if (clues->columns != 5 && clues->columns != 6)
        return false;
    if (clues->final)
        return true;
    bool cells = clues->rows == clues->cells || clues->rows == 3 * clues->cells;
    return clues->rows <= FINAL_MOST && !cells;
}

// The form that an exact count proves: of names, or of the cells of the input.
static enum form proven_form(const struct clues *clues)
{
    if (is_final(clues))
        return FORM_FINAL;
    if (clues->names && clues->rows == BOX + clues->names)
        return FORM_PLANES;
    if (clues->names && clues->columns == BOX + clues->names)
        return FORM_ROWS;
    if (clues->names && clues->columns == BOX + 1 + clues->names)
        return FORM_OBJECTNESS;
    if (clues->cells && clues->columns == clues->cells && clues->rows > BOX)
        return FORM_PLANES;
    if (clues->cells && clues->rows == clues->cells && clues->columns > BOX)
        return FORM_ROWS;
    if (clues->cells && clues->rows == 3 * clues->cells && clues->columns > BOX + 1)
        return FORM_OBJECTNESS;
    return FORM_NONE;
}

// Otherwise there are more anchors than numbers for each; a side that is open is that of the
// anchors.
static enum form find_form(const struct clues *clues)
{
    enum form form = proven_form(clues);
    if (form || clues->final)
        return form;
    if (clues->rows > BOX && (clues->columns < 0 || clues->columns >= clues->rows))
        return FORM_PLANES;
    if (clues->columns > BOX && (clues->rows < 0 || clues->rows > clues->columns))
        return FORM_ROWS;
    return FORM_NONE;
}

static bool is_detector(const struct ct__graph *graph)
{
    const char *task = ct__graph_metadata(graph, "task");
    return !task || strcmp(task, "detect") == 0;
}

// How sure shapes alone make: other kinds of models have as many rows, or masks beside them.
static int sure_of_shape(const struct ct__graph *graph, const struct clues *clues)
{
    bool masks = graph->output_count > 1 && graph->outputs[1].rank == 4;
    switch (masks ? FORM_NONE : find_form(clues)) {
    case FORM_PLANES:
        if (clues->rows == BOX + COCO)
            return clues->cells ? 85 : 60;
        return proven_form(clues) && clues->rows != POSE ? 80 : 35;
    case FORM_ROWS:
        return proven_form(clues) ? clues->columns == BOX + COCO ? 85 : 55 : 35;
    case FORM_OBJECTNESS:
        return 85;
    case FORM_FINAL:
        return graph->output_count == 1 ? 60 : 35;
    case FORM_NONE:
        break;
    }
    return masks ? 20 : 0;
}

static int recognise(const struct ct__graph *graph)
{
    struct clues clues;
    bool named = ct__graph_metadata(graph, "names") != NULL;
    if (named && ct__graph_metadata(graph, "task"))
        return 95; // of another task too: configure() says so
    if (!read_clues(graph, &clues) || !find_form(&clues))
        return 0;
    if (named && ct__graph_metadata(graph, "stride"))
        return 90;
    return sure_of_shape(graph, &clues);
}

// --- Configuration ---

// Ultralytics' `imgsz`, "[height, width]", for graphs whose input is open.
static void read_size(const struct ct__graph *graph, struct ct__usage *usage)
{
    const char *size = ct__graph_metadata(graph, "imgsz");
    const char *text = ct__graph_metadata(graph, "stride");
    int width, height, stride = 32, end = 0;
    if (text && (sscanf(text, "%5d%n", &stride, &end) != 1 || text[end] || stride < 1))
        stride = 32;
    end = 0;
    if (!size || sscanf(size, "[%5d ,%5d ]%n", &height, &width, &end) != 2 || !end)
        return;
    if (width < 1 || height < 1 || width % stride || height % stride)
        return;
    if (!usage->width)
        usage->width = width;
    if (!usage->height)
        usage->height = height;
}

// How many classes a form leaves room for; 0 where only the labels can tell.
static int64_t count_classes(const struct clues *clues, enum form form)
{
    switch (form) {
    case FORM_PLANES:
        return clues->rows - BOX;
    case FORM_ROWS:
        return clues->columns - BOX;
    case FORM_OBJECTNESS:
        return clues->columns - BOX - 1;
    case FORM_FINAL:
        return clues->columns == 5 ? 1 : clues->names;
    case FORM_NONE:
        break;
    }
    return -1;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec spec = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f},
                                               .pad = 114};
    struct clues clues;
    int status = ct__input_configure(graph, scope, CT__FIT_CENTRE, &spec, usage);
    if (!status)
        status = ct__outputs_check(graph, scope, 1);
    if (status)
        return status;
    if (!is_detector(graph))
        return ct__fail(CT_ERROR_FORMAT, scope, "task = %s: of yolo only detect is known",
                        ct__graph_metadata(graph, "task"));
    enum form form = read_clues(graph, &clues) ? find_form(&clues) : FORM_NONE;
    int64_t classes = count_classes(&clues, form);
    if (form == FORM_NONE || classes > CT__MAX_LABELS) {
        char shape[256];
        const struct ct_tensor_info *output = &graph->outputs[0];
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "output %s %s: yolo has [N,4 + classes,anchors], [N,anchors,4 + classes], "
                        "[N,anchors,5 + classes] or [N,boxes,6]",
                        output->name,
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape));
    }
    read_size(graph, usage);
    usage->class_count = (int)classes;
    usage->conf = .25f;
    usage->nms = (struct ct__nms){.iou = .45f, .max_count = 300};
    usage->no_overlaps = form == FORM_FINAL;
    usage->kind = (int)form;
    return CT_OK;
}

// --- Decoding ---

// Where the numbers of an anchor are: value k of anchor a is data[a * anchor_step + k *
// value_step].
struct view {
    const float *data;
    size_t anchor_step, value_step;
    int anchors, classes;
};

// Holds what a run returned against what configure() was told; false if it does not fit.
static bool make_view(const struct ct__usage *usage, const struct ct__tensor *output,
                      struct view *view)
{
    const int64_t planes[] = {BOX + usage->class_count, -1}, rows[] = {-1, planes[0]};
    const int64_t objectness[] = {-1, planes[0] + 1}, final[] = {-1, -1};
    const int64_t *const last[] = {
        [FORM_PLANES] = planes,
        [FORM_ROWS] = rows,
        [FORM_OBJECTNESS] = objectness,
        [FORM_FINAL] = final,
    };
    bool by_plane = usage->kind == FORM_PLANES;
    if (!ct__output_fits(output, 3, 2, last[usage->kind]))
        return false;
    int64_t anchors = output->dim[by_plane ? 2 : 1], values = output->dim[by_plane ? 1 : 2];
    if (anchors > CT__MAX_ANCHORS || (usage->kind == FORM_FINAL && values != 5 && values != 6))
        return false;
    *view = (struct view){
        .data = output->data,
        .anchor_step = by_plane ? 1 : (size_t)values,
        .value_step = by_plane ? (size_t)anchors : 1,
        .anchors = (int)anchors,
        .classes = usage->class_count,
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

// The box of an anchor from its centre and size; *most grows to its largest number.
static void place(const struct view *view, int anchor, struct ct__box *box, float *most)
{
    const float *at = view->data + (size_t)anchor * view->anchor_step;
    float cx = at[0], cy = at[view->value_step];
    float w = at[2 * view->value_step], h = at[3 * view->value_step];
    grow(most, (const float[]){cx, cy, w, h});
    box->x1 = cx - w / 2;
    box->y1 = cy - h / 2;
    box->x2 = cx + w / 2;
    box->y2 = cy + h / 2;
    box->index = anchor;
}

// The first class whose score is `best`.
static int32_t class_of(const struct view *view, int anchor, float best)
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
static int decode_scores(const struct ct__usage *usage, const struct view *view,
                         struct ct__scratch *scratch, float *most)
{
    bool by_plane = usage->kind == FORM_PLANES;
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
            place(view, first + i, &found, most);
            int status = ct__candidate_add(scratch, &found);
            if (status)
                return status;
        }
    }
    return CT_OK;
}

static int decode_objectness(const struct ct__usage *usage, const struct view *view,
                             struct ct__scratch *scratch, float *most)
{
    for (int a = 0; a < view->anchors; a++) {
        struct ct__box found = {0};
        const float *row = view->data + (size_t)a * view->anchor_step;
        if (!ct__objectness_score(row + BOX, view->classes, usage->conf, &found))
            continue;
        place(view, a, &found, most);
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// Rows that fill up the fixed number of boxes have a score of 0.
static int decode_final(const struct ct__usage *usage, const struct view *view,
                        struct ct__scratch *scratch, float *most)
{
    float classes = (float)(view->classes ? view->classes : CT__MAX_LABELS);
    for (int a = 0; a < view->anchors; a++) {
        const float *row = view->data + (size_t)a * view->anchor_step;
        float class_id = view->anchor_step == 6 ? row[5] : 0;
        if (!(row[4] > usage->conf) || !(class_id >= 0 && class_id < classes))
            continue;
        struct ct__box found = {row[0], row[1], row[2], row[3], row[4], (int32_t)class_id, a};
        grow(most, row);
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// Some exports give coordinates as shares of the input, which only the numbers tell.
static void spread(struct ct__boxes *boxes, const struct ct__letterbox *box)
{
    for (int i = 0; i < boxes->count; i++) {
        struct ct__box *at = &boxes->items[i];
        at->x1 *= (float)box->canvas_width;
        at->x2 *= (float)box->canvas_width;
        at->y1 *= (float)box->canvas_height;
        at->y2 *= (float)box->canvas_height;
    }
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    struct view view;
    float most = 0;
    int status;
    if (!make_view(usage, &outputs[0], &view))
        return ct__output_unfit("yolo", &outputs[0], "the shape that the model declares");
    if (usage->kind == FORM_FINAL)
        status = decode_final(usage, &view, scratch, &most);
    else if (usage->kind == FORM_OBJECTNESS)
        status = decode_objectness(usage, &view, scratch, &most);
    else
        status = decode_scores(usage, &view, scratch, &most);
    if (!status && most <= 1.001f)
        spread(&scratch->boxes, box);
    return status;
}

const struct ct__family ct__family_yolo = {
    .name = "yolo",
    .help = "YOLO v5 to v12 and YOLO26: objects, one output [N,4 + classes,anchors], transposed, "
            "with objectness, or end to end [N,boxes,6]",
    .recognise = recognise,
    .configure = configure,
    .decode = decode,
};
