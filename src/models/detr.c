// SPDX-License-Identifier: Apache-2.0
// Transformers that end in a set of objects: RT-DETR, RF-DETR, D-FINE, DEIM. Each query is one
// object at most, so that nothing overlaps; they look at the whole picture, resized without its
// aspect. Exports end with logits and boxes, with both in one output, or with labels, boxes and
// scores that the graph has brought to the picture's size, which it takes as a second input.
#include <math.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/detr.h"
#include "models/input.h"
#include "models/labels.h"

enum { BOX = CT__DETR_BOX, QUERIES_KEPT = 300 };

static const struct ct__tensor *output_of(const struct ct__usage *usage,
                                          const struct ct__tensor *outputs, enum ct__detr_role role)
{
    return &outputs[ct__detr_output(usage->kind, role)];
}

// --- Configuration ---

// How many classes the outputs leave room for; 0 where only the labels can tell.
static int64_t count_classes(const struct ct__graph *graph, int kind)
{
    if (kind & CT__DETR_JOINED)
        return ct__detr_row_classes(graph);
    return kind & CT__DETR_FINAL ? 0
                                 : graph->outputs[ct__detr_output(kind, CT__DETR_CLASSES)].dim[2];
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const struct ct__input_spec plain = {.scale = {1 / 255.f, 1 / 255.f, 1 / 255.f}};
    int kind = 0;
    bool known = graph->input_count > 0 && ct__detr_find_kind(graph, &kind);
    bool rf = known && ct__detr_is_rf(graph, kind);
    int status = ct__input_configure(graph, scope, CT__FIT_STRETCH,
                                     rf ? &ct__input_imagenet : &plain, usage);
    if (status)
        return status;
    int64_t classes = known ? count_classes(graph, kind) : 0;
    if (!known || classes > CT__MAX_LABELS)
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "%d inputs and %d outputs: detr has logits [N,queries,classes] and boxes "
                        "[N,queries,4], or [N,queries,4 + classes], or labels, boxes and scores "
                        "with a second input [N,2] of int64",
                        graph->input_count, graph->output_count);
    ct__input_read_size(graph, usage);
    usage->kind = kind;
    usage->class_count = (int)classes;
    usage->conf = .5f;
    usage->nms.max_count = QUERIES_KEPT;
    usage->no_overlaps = true;
    return CT_OK;
}

static void fill(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__prompts *prompts, const struct ct__tensor *input)
{
    int64_t *size = input->data;
    (void)usage;
    (void)index;
    (void)prompts;
    size[0] = box->source_width;
    size[1] = box->source_height;
}

// --- Decoding ---

static float sigmoid(float logit)
{
    return 1 / (1 + expf(-logit));
}

// A box of centre and size, as shares of the canvas.
static struct ct__box spread(const struct ct__letterbox *box, const float *b)
{
    float width = (float)box->canvas_width, height = (float)box->canvas_height;
    return (struct ct__box){.x1 = (b[0] - b[2] / 2) * width,
                            .y1 = (b[1] - b[3] / 2) * height,
                            .x2 = (b[0] + b[2] / 2) * width,
                            .y2 = (b[1] + b[3] / 2) * height};
}

// Classes of a query are independent of each other: each that passes is an object.
static int decode_logits(const struct ct__usage *usage, const struct ct__tensor *outputs,
                         const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *logits = output_of(usage, outputs, CT__DETR_CLASSES);
    const struct ct__tensor *boxes = output_of(usage, outputs, CT__DETR_BOXES);
    int64_t queries = boxes->rank == 3 ? boxes->dim[1] : -1, classes = usage->class_count;
    if (!ct__output_fits(boxes, 3, 2, (const int64_t[]){-1, BOX}))
        return ct__output_unfit("detr", boxes, "[N,queries,4]");
    if (!ct__output_fits(logits, 3, 2, (const int64_t[]){queries, classes}) ||
        queries * classes > CT__MAX_ANCHORS)
        return ct__output_unfit("detr", logits, "[N,queries,classes]");
    const float *logit = logits->data, *at = boxes->data;
    float least = logf(usage->conf / (1 - usage->conf)) - .001f;
    for (int i = 0; i < queries * classes; i++) {
        float score = logit[i] > least ? sigmoid(logit[i]) : 0;
        if (!(score > usage->conf))
            continue;
        struct ct__box found = spread(box, at + i / classes * BOX);
        found.score = score;
        found.class_id = (int32_t)(i % classes);
        found.index = i;
        int status = ct__candidate_add(scratch, &found);
        if (status)
            return status;
    }
    return CT_OK;
}

// A row a query: its box, then what the graph has made of the logits. A query is of one class.
static int decode_joined(const struct ct__usage *usage, const struct ct__tensor *outputs,
                         const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *rows = &outputs[0];
    int classes = usage->class_count;
    if (!ct__output_fits(rows, 3, 2, (const int64_t[]){-1, BOX + classes}) ||
        rows->dim[1] > CT__MAX_ANCHORS)
        return ct__output_unfit("detr", rows, "[N,queries,4 + classes]");
    const float *row = rows->data;
    for (int i = 0; i < rows->dim[1]; i++, row += BOX + classes) {
        struct ct__box found = spread(box, row);
        found.index = i;
        for (int c = 0; c < classes; c++)
            if (row[BOX + c] > found.score) {
                found.score = row[BOX + c];
                found.class_id = c;
            }
        int status = found.score > usage->conf ? ct__candidate_add(scratch, &found) : CT_OK;
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
    bool sized = usage->kind & CT__DETR_SIZED;
    float sx = sized ? box->scale_x : 1, sy = sized ? box->scale_y : 1;
    float x = sized ? (float)box->x : 0, y = sized ? (float)box->y : 0;
    return (struct ct__box){b[0] * sx + x, b[1] * sy + y, b[2] * sx + x, b[3] * sy + y, 0, 0, 0};
}

static int decode_final(const struct ct__usage *usage, const struct ct__tensor *outputs,
                        const struct ct__letterbox *box, struct ct__scratch *scratch)
{
    const struct ct__tensor *boxes = output_of(usage, outputs, CT__DETR_BOXES);
    const struct ct__tensor *labels = output_of(usage, outputs, CT__DETR_CLASSES);
    const struct ct__tensor *scores = output_of(usage, outputs, CT__DETR_SCORES);
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
    if (usage->kind & CT__DETR_FINAL)
        return decode_final(usage, outputs, box, scratch);
    if (usage->kind & CT__DETR_JOINED)
        return decode_joined(usage, outputs, box, scratch);
    return decode_logits(usage, outputs, box, scratch);
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
    .help = "RT-DETR, RF-DETR, D-FINE, DEIM: objects, logits and boxes of some hundred queries, "
            "both in one output, or labels, boxes and scores with the picture's size as second "
            "input",
    .preset_labels = coco_numbers,
    .recognise = ct__detr_recognise,
    .configure = configure,
    .fill = fill,
    .decode = decode,
};
