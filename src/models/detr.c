// SPDX-License-Identifier: Apache-2.0
// Transformers that end in a set of objects: RT-DETR, RF-DETR, D-FINE, DEIM. Each query is one
// object at most, so that nothing overlaps; they look at the whole picture, resized without its
// aspect. Exports end either with logits and boxes, or with labels, boxes and scores that the graph
// has brought to the picture's size, which it takes as a second input.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"

enum { BOX = 4, MOST_QUERIES = 1000, SIZE_INPUTS = 2 };
enum role { BOXES, CLASSES, SCORES }; // CLASSES are logits where there are no SCORES

// usage->kind: two bits for the output of each role, and what form it is.
enum { FINAL = 1 << 6, SIZED = 1 << 7 };

static const struct ct__tensor *output_of(const struct ct__usage *usage,
                                          const struct ct__tensor *outputs, enum role role)
{
    return &outputs[usage->kind >> 2 * role & 3];
}

// --- Which output is what ---

static bool is_named(const struct ct_tensor_info *output, const char *part)
{
    return output->name && strstr(output->name, part);
}

static bool is_boxes_name(const struct ct_tensor_info *output)
{
    return is_named(output, "box") || is_named(output, "dets");
}

static bool is_boxes(const struct ct_tensor_info *output)
{
    return output->type == CT_TYPE_F32 && output->rank == 3 && output->dim[2] == BOX;
}

static bool same_side(int64_t a, int64_t b)
{
    return a == b || a < 0 || b < 0;
}

// Two outputs: of two that may be boxes, their names must tell.
static bool find_logits(const struct ct__graph *graph, int *kind)
{
    const struct ct_tensor_info *outputs = graph->outputs;
    bool first = is_boxes(&outputs[0]), second = is_boxes(&outputs[1]);
    if (first && second) {
        first = is_boxes_name(&outputs[0]);
        second = is_boxes_name(&outputs[1]);
    }
    if (first == second)
        return false;
    int boxes = first ? 0 : 1, logits = 1 - boxes;
    const struct ct_tensor_info *classes = &outputs[logits];
    *kind = boxes << 2 * BOXES | logits << 2 * CLASSES;
    return classes->type == CT_TYPE_F32 && classes->rank == 3 && classes->dim[2] > 0 &&
           same_side(classes->dim[1], outputs[boxes].dim[1]);
}

// Three outputs: labels are whole numbers, or are called so.
static bool find_final(const struct ct__graph *graph, int *kind)
{
    int at[3] = {-1, -1, -1};
    for (int i = 0; i < 3; i++) {
        const struct ct_tensor_info *output = &graph->outputs[i];
        bool row = output->rank == 2, whole = output->type == CT_TYPE_I64;
        if (is_boxes(output))
            at[BOXES] = i;
        else if (row && (whole || (output->type == CT_TYPE_F32 && is_named(output, "label"))))
            at[CLASSES] = i;
        else if (row && output->type == CT_TYPE_F32)
            at[SCORES] = i;
    }
    if (at[BOXES] < 0 || at[CLASSES] < 0 || at[SCORES] < 0)
        return false;
    *kind = at[BOXES] << 2 * BOXES | at[CLASSES] << 2 * CLASSES | at[SCORES] << 2 * SCORES | FINAL;
    return true;
}

// The second input that the final form has: width and height of the picture.
static bool takes_size(const struct ct__graph *graph)
{
    const struct ct_tensor_info *input = &graph->inputs[1];
    return graph->input_count == SIZE_INPUTS && input->type == CT_TYPE_I64 && input->rank == 2 &&
           same_side(input->dim[0], 1) && same_side(input->dim[1], 2);
}

static bool find_form(const struct ct__graph *graph, int *kind)
{
    if (graph->output_count == 3 && find_final(graph, kind)) {
        if (takes_size(graph))
            *kind |= SIZED;
        return graph->input_count == 1 || *kind & SIZED;
    }
    return graph->output_count == 2 && graph->input_count == 1 && find_logits(graph, kind);
}

static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    int kind;
    if (!ct__input_picture(graph, &usage) || !find_form(graph, &kind))
        return 0;
    if (kind & FINAL)
        return kind & SIZED ? 95 : 40;
    const struct ct_tensor_info *boxes = &graph->outputs[kind & 3];
    if (is_boxes_name(boxes))
        return boxes->dim[1] > MOST_QUERIES ? 40 : 85;
    return boxes->dim[1] > 0 && boxes->dim[1] <= MOST_QUERIES ? 60 : 30;
}

// --- Configuration ---

// RF-DETR's exports alone call their outputs so.
static bool is_rf(const struct ct__graph *graph, int kind)
{
    const char *boxes = graph->outputs[kind & 3].name;
    return !(kind & FINAL) && boxes && strcmp(boxes, "dets") == 0;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec plain = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f}};
    int kind = 0;
    bool known = graph->input_count > 0 && find_form(graph, &kind);
    bool rf = known && is_rf(graph, kind);
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH,
                                     rf ? &ct__input_imagenet : &plain, usage);
    if (status)
        return status;
    int64_t classes = known ? graph->outputs[kind >> 2 * CLASSES & 3].dim[2] : 0;
    if (!known || (!(kind & FINAL) && classes > CT__MAX_LABELS))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "%d inputs and %d outputs: detr has logits [N,queries,classes] and boxes "
                        "[N,queries,4], or labels, boxes and scores with a second input [N,2] of "
                        "int64",
                        graph->input_count, graph->output_count);
    usage->kind = kind;
    usage->class_count = kind & FINAL ? 0 : (int)classes;
    usage->conf = .5f;
    usage->nms.max_count = 300;
    usage->no_overlaps = true;
    return CT_OK;
}

static void fill(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__tensor *input)
{
    int64_t *size = input->data;
    (void)usage;
    (void)index;
    size[0] = box->source_width;
    size[1] = box->source_height;
}

// --- Decoding ---

static float sigmoid(float logit)
{
    return 1 / (1 + expf(-logit));
}

// Classes of a query are independent of each other: each that passes is an object.
static int decode_logits(const struct ct__usage *usage, const struct ct__tensor *outputs,
                         const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *logits = output_of(usage, outputs, CLASSES);
    const struct ct__tensor *boxes = output_of(usage, outputs, BOXES);
    int64_t queries = boxes->rank == 3 ? boxes->dim[1] : -1, classes = usage->class_count;
    if (!ct__output_fits(boxes, 3, 2, (const int64_t[]){-1, BOX}))
        return ct__output_unfit("detr", boxes, "[N,queries,4]");
    if (!ct__output_fits(logits, 3, 2, (const int64_t[]){queries, classes}) ||
        queries * classes > CT__MAX_ANCHORS)
        return ct__output_unfit("detr", logits, "[N,queries,classes]");
    const float *logit = logits->data, *at = boxes->data;
    float width = (float)box->canvas_width, height = (float)box->canvas_height;
    float least = logf(usage->conf / (1 - usage->conf)) - .001f;
    for (int i = 0; i < queries * classes; i++) {
        float score = logit[i] > least ? sigmoid(logit[i]) : 0;
        if (!(score > usage->conf))
            continue;
        const float *b = at + i / classes * BOX;
        struct ct__box found = {(b[0] - b[2] / 2) * width,
                                (b[1] - b[3] / 2) * height,
                                (b[0] + b[2] / 2) * width,
                                (b[1] + b[3] / 2) * height,
                                score,
                                (int32_t)(i % classes),
                                i};
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// A label as a whole number of classes; -1 for what is none.
static int32_t label_at(const struct ct__tensor *labels, int64_t i)
{
    double label = labels->type == CT_TYPE_I64 ? (double)((const int64_t *)labels->data)[i]
                                               : (double)((const float *)labels->data)[i];
    return label >= 0 && label < CT__MAX_LABELS ? (int32_t)label : -1;
}

static bool fits_labels(const struct ct__tensor *labels, int64_t queries)
{
    struct ct__tensor row = *labels;
    if (row.type == CT_TYPE_I64)
        row.type = CT_TYPE_F32;
    return ct__output_fits(&row, 2, 1, &queries);
}

// Boxes that lie on the picture are brought to the canvas, from where all families' boxes come.
static struct ct__box place(const struct ct__usage *usage, const struct ct__letterbox *box,
                            const float *b)
{
    bool sized = usage->kind & SIZED;
    float sx = sized ? box->scale_x : 1, sy = sized ? box->scale_y : 1;
    float x = sized ? (float)box->x : 0, y = sized ? (float)box->y : 0;
    return (struct ct__box){b[0] * sx + x, b[1] * sy + y, b[2] * sx + x, b[3] * sy + y, 0, 0, 0};
}

static int decode_final(const struct ct__usage *usage, const struct ct__tensor *outputs,
                        const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *boxes = output_of(usage, outputs, BOXES);
    const struct ct__tensor *labels = output_of(usage, outputs, CLASSES);
    const struct ct__tensor *scores = output_of(usage, outputs, SCORES);
    int64_t queries = boxes->rank == 3 ? boxes->dim[1] : -1;
    if (!ct__output_fits(boxes, 3, 2, (const int64_t[]){-1, BOX}) || queries > CT__MAX_ANCHORS)
        return ct__output_unfit("detr", boxes, "[N,queries,4]");
    if (!ct__output_fits(scores, 2, 1, &queries))
        return ct__output_unfit("detr", scores, "[N,queries]");
    if (!fits_labels(labels, queries))
        return ct__output_unfit("detr", labels, "[N,queries], also of int64, instead");
    const float *score = scores->data, *at = boxes->data;
    for (int32_t i = 0; i < queries; i++) {
        int32_t label = label_at(labels, i);
        if (!(score[i] > usage->conf) || label < 0)
            continue;
        struct ct__box found = place(usage, box, at + (size_t)i * BOX);
        found.score = score[i];
        found.class_id = label;
        found.index = i;
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

static int decode(const struct ct__usage *usage, const struct ct__tensor *outputs,
                  const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    return usage->kind & FINAL ? decode_final(usage, outputs, box, scratch)
                               : decode_logits(usage, outputs, box, scratch);
}

// RF-DETR counts by COCO's own numbers, of which eleven were given to nothing.
static const char *const coco_numbers[] = {
    "background",
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "street sign",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "hat",
    "backpack",
    "umbrella",
    "shoe",
    "eye glasses",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "plate",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "mirror",
    "dining table",
    "window",
    "desk",
    "toilet",
    "door",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "blender",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
    NULL,
};

const struct ct__family ct__family_detr = {
    .name = "detr",
    .help = "RT-DETR, RF-DETR, D-FINE, DEIM: objects, logits and boxes of some hundred queries, or "
            "labels, boxes and scores with the picture's size as second input",
    .preset_labels = coco_numbers,
    .recognise = recognise,
    .configure = configure,
    .fill = fill,
    .decode = decode,
};
