// SPDX-License-Identifier: Apache-2.0
// Which outputs a transformer's export has. Names and types tell most; the one output of
// Ultralytics' exports looks like rows of yolo, from which metadata or the number of queries tell
// it.
#include <string.h>

#include "models/detr.h"
#include "models/input.h"
#include "models/labels.h"

// Queries that Ultralytics' networks have; no grid and no three grids have as many cells.
enum { BOX = CT__DETR_BOX, MOST_QUERIES = 1000, SIZE_INPUTS = 2, QUERIES = 300 };
enum { FINAL_ROW = 7, POSE_ROW = 57 }; // values of yolo's final rows, which are 300 as well

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
    *kind = boxes << 2 * CT__DETR_BOXES | logits << 2 * CT__DETR_CLASSES;
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
            at[CT__DETR_BOXES] = i;
        else if (row && (whole || (output->type == CT_TYPE_F32 && is_named(output, "label"))))
            at[CT__DETR_CLASSES] = i;
        else if (row && output->type == CT_TYPE_F32)
            at[CT__DETR_SCORES] = i;
    }
    if (at[CT__DETR_BOXES] < 0 || at[CT__DETR_CLASSES] < 0 || at[CT__DETR_SCORES] < 0)
        return false;
    *kind = at[CT__DETR_BOXES] << 2 * CT__DETR_BOXES |
            at[CT__DETR_CLASSES] << 2 * CT__DETR_CLASSES |
            at[CT__DETR_SCORES] << 2 * CT__DETR_SCORES | CT__DETR_FINAL;
    return true;
}

// The second input that the final form has: width and height of the picture.
static bool takes_size(const struct ct__graph *graph)
{
    const struct ct_tensor_info *input = &graph->inputs[1];
    return graph->input_count == SIZE_INPUTS && input->type == CT_TYPE_I64 && input->rank == 2 &&
           same_side(input->dim[0], 1) && same_side(input->dim[1], 2);
}

// --- One output ---

// Ultralytics writes the name of the network into a sentence.
static bool is_described(const struct ct__graph *graph)
{
    const char *text = ct__graph_metadata(graph, "description");
    return text && (strstr(text, "rtdetr") || strstr(text, "RTDETR"));
}

// Classes that the metadata name; 0 without.
static int count_names(const struct ct__graph *graph)
{
    const char *names = ct__graph_metadata(graph, "names");
    return names ? ct__labels_count_names(names) : 0;
}

// A row a query. Exports with open sides leave even the number of classes open.
static bool is_joined(const struct ct__graph *graph)
{
    const struct ct_tensor_info *output = &graph->outputs[0];
    if (output->type != CT_TYPE_F32 || output->rank != 3 || output->dim[1] > MOST_QUERIES)
        return false;
    int64_t names = count_names(graph), classes = ct__detr_row_classes(graph);
    return classes > 0 && (!names || names == classes);
}

// Rows of a yolo whose boxes the graph has thinned out: few values, or those of a pose.
static bool may_be_final(const struct ct__graph *graph, int64_t values)
{
    const char *final = ct__graph_metadata(graph, "end2end");
    return (final && strcmp(final, "True") == 0) || values <= FINAL_ROW || values == POSE_ROW;
}

static int sure_of_joined(const struct ct__graph *graph)
{
    const struct ct_tensor_info *output = &graph->outputs[0];
    if (is_described(graph))
        return 98;
    if (output->dim[1] != QUERIES || may_be_final(graph, output->dim[2]))
        return 0;
    return count_names(graph) ? 98 : 70;
}

int64_t ct__detr_row_classes(const struct ct__graph *graph)
{
    int64_t values = graph->outputs[0].dim[2];
    return values < 0 ? count_names(graph) : values - BOX;
}

// --- All of them ---

bool ct__detr_find_kind(const struct ct__graph *graph, int *kind)
{
    if (graph->output_count == 1 && graph->input_count == 1) {
        *kind = CT__DETR_JOINED;
        return is_joined(graph);
    }
    if (graph->output_count == 3 && find_final(graph, kind)) {
        if (takes_size(graph))
            *kind |= CT__DETR_SIZED;
        return graph->input_count == 1 || *kind & CT__DETR_SIZED;
    }
    return graph->output_count == 2 && graph->input_count == 1 && find_logits(graph, kind);
}

int ct__detr_recognise(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    int kind;
    if (!ct__input_picture(graph, &usage) || !ct__detr_find_kind(graph, &kind))
        return 0;
    if (kind & CT__DETR_JOINED)
        return sure_of_joined(graph);
    if (kind & CT__DETR_FINAL)
        return kind & CT__DETR_SIZED ? 95 : 40;
    const struct ct_tensor_info *boxes = &graph->outputs[ct__detr_output(kind, CT__DETR_BOXES)];
    if (is_boxes_name(boxes))
        return boxes->dim[1] > MOST_QUERIES ? 40 : 85;
    return boxes->dim[1] > 0 && boxes->dim[1] <= MOST_QUERIES ? 60 : 30;
}

// RF-DETR's exports alone call their outputs so.
bool ct__detr_is_rf(const struct ct__graph *graph, int kind)
{
    const char *boxes = graph->outputs[ct__detr_output(kind, CT__DETR_BOXES)].name;
    bool two = !(kind & (CT__DETR_FINAL | CT__DETR_JOINED));
    return two && boxes && strcmp(boxes, "dets") == 0;
}
