// SPDX-License-Identifier: Apache-2.0
// Which form and task the outputs of a YOLO have. Ultralytics' metadata say it; without them an
// exact count proves it, of the cells of the input or of a task's values.
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "models/anchor.h"
#include "models/input.h"
#include "models/labels.h"
#include "models/yolo.h"

// Classes of COCO, most boxes of an end-to-end form, values of COCO's pose and segment models.
enum { COCO = 80, FINAL_MOST = 1000, POSE_POINTS = 51, PROTOTYPES = 32, TASKS = 4 };

// What is known of a graph before its form is.
struct clues {
    int64_t rows, columns; // of the first output, -1 where open
    int64_t cells;         // that the input size asks for, 0 if it is open
    int names;             // classes in the metadata, 0 without
    bool final;            // the metadata say so
    enum ct__yolo_task task;
    int64_t extra;
    int64_t least; // values of an anchor without classes or objectness
};

static const char *const tasks[TASKS + 1];

// --- Clues ---

// The number of prototypes that the second output has, 0 without.
static int64_t count_prototypes(const struct ct__graph *graph)
{
    if (graph->output_count < 2 || graph->outputs[1].rank != 4)
        return 0;
    int64_t count = graph->outputs[1].dim[1];
    return count > 0 && count <= CT__YOLO_MOST_EXTRA ? count : 0;
}

// Values of all points from `kpt_shape`, "[17, 3]", or COCO's; 0 for points that no result has.
static int64_t count_points(const struct ct__graph *graph)
{
    const char *shape = ct__graph_metadata(graph, "kpt_shape");
    int points, values, end = 0;
    if (!shape)
        return POSE_POINTS;
    if (sscanf(shape, "[%5d ,%5d ]%n", &points, &values, &end) != 2 || !end)
        return 0;
    return (points == 5 || points == 17) && (values == 2 || values == 3) ? points * values : 0;
}

// Of tasks that no metadata name: prototypes stand beside a first output, a pose has as many values
// as COCO's.
static enum ct__yolo_task guess_task(const struct ct__graph *graph, const struct clues *clues)
{
    const int64_t pose = CT__YOLO_BOX + 1 + POSE_POINTS;
    bool planes = clues->rows == pose && clues->columns == clues->cells;
    bool rows = clues->columns == pose && clues->rows == clues->cells;
    if (count_prototypes(graph) == PROTOTYPES)
        return CT__YOLO_SEGMENT;
    return clues->cells && !clues->names && (planes || rows) ? CT__YOLO_POSE : CT__YOLO_DETECT;
}

// False for a task that is none of ours, or lacks what belongs to it.
static bool read_task(const struct ct__graph *graph, struct clues *clues)
{
    const char *name = ct__graph_metadata(graph, "task");
    int task = name ? 0 : (int)guess_task(graph, clues);
    while (name && tasks[task] && strcmp(tasks[task], name) != 0)
        task++;
    const int64_t extra[] = {
        [CT__YOLO_DETECT] = 0,
        [CT__YOLO_POSE] = count_points(graph),
        [CT__YOLO_SEGMENT] = count_prototypes(graph),
        [CT__YOLO_OBB] = 1,
    };
    if (!tasks[task] || (task != CT__YOLO_DETECT && !extra[task]))
        return false;
    clues->task = (enum ct__yolo_task)task;
    clues->extra = extra[task];
    clues->least = CT__YOLO_BOX + extra[task];
    return true;
}

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
    return read_task(graph, clues);
}

// --- The form ---

// Boxes that are final are few, and not as many as the input has cells.
static bool is_final(const struct clues *clues)
{
    int64_t columns = clues->columns - clues->extra;
    if (columns != 5 && columns != 6)
        return false;
    if (clues->final)
        return true;
    bool cells = clues->rows == clues->cells || clues->rows == 3 * clues->cells;
    return clues->rows <= FINAL_MOST && !cells;
}

// The form that an exact count proves: of names, or of the cells of the input.
static enum ct__yolo_form proven_form(const struct clues *clues)
{
    int64_t least = clues->least;
    if (is_final(clues))
        return CT__YOLO_FINAL;
    if (clues->names && clues->rows == least + clues->names)
        return CT__YOLO_PLANES;
    if (clues->names && clues->columns == least + clues->names)
        return CT__YOLO_ROWS;
    if (clues->names && clues->columns == least + 1 + clues->names)
        return CT__YOLO_OBJECTNESS;
    if (clues->cells && clues->columns == clues->cells && clues->rows > least)
        return CT__YOLO_PLANES;
    if (clues->cells && clues->rows == clues->cells && clues->columns > least)
        return CT__YOLO_ROWS;
    if (clues->cells && clues->rows == 3 * clues->cells && clues->columns > least + 1)
        return CT__YOLO_OBJECTNESS;
    return CT__YOLO_NONE;
}

// Otherwise there are more anchors than numbers for each; a side that is open is that of the
// anchors.
static enum ct__yolo_form find_form(const struct clues *clues)
{
    enum ct__yolo_form form = proven_form(clues);
    if (form || clues->final)
        return form;
    if (clues->rows > clues->least && (clues->columns < 0 || clues->columns >= clues->rows))
        return CT__YOLO_PLANES;
    if (clues->columns > clues->least && (clues->rows < 0 || clues->rows > clues->columns))
        return CT__YOLO_ROWS;
    return CT__YOLO_NONE;
}

// --- Recognition ---

// How sure shapes alone make: other kinds of models have as many rows, or other masks beside them.
static int sure_of_shape(const struct ct__graph *graph, const struct clues *clues)
{
    bool segments = clues->task == CT__YOLO_SEGMENT;
    bool masks = !segments && graph->output_count > 1 && graph->outputs[1].rank == 4;
    switch (masks ? CT__YOLO_NONE : find_form(clues)) {
    case CT__YOLO_PLANES:
        if (clues->rows == clues->least + COCO)
            return clues->cells ? 85 : 60;
        return proven_form(clues) ? 80 : 35;
    case CT__YOLO_ROWS:
        return proven_form(clues) ? clues->columns == clues->least + COCO ? 85 : 55 : 35;
    case CT__YOLO_OBJECTNESS:
        return 85;
    case CT__YOLO_FINAL:
        return graph->output_count == 1 + segments ? 60 : 35;
    case CT__YOLO_NONE:
        break;
    }
    return masks ? 20 : 0;
}

int ct__yolo_recognise(const struct ct__graph *graph)
{
    struct clues clues;
    const char *task = ct__graph_metadata(graph, "task");
    bool named = ct__graph_metadata(graph, "names") != NULL;
    if (named && task)
        return strcmp(task, "classify") ? 95 : 0; // of other tasks too: the error says so
    if (!read_clues(graph, &clues) || !find_form(&clues))
        return 0;
    if (named && ct__graph_metadata(graph, "stride"))
        return 90;
    return sure_of_shape(graph, &clues);
}

// --- What it is ---

// How many classes a form leaves room for; 0 where only the labels can tell.
static int64_t count_classes(const struct clues *clues, enum ct__yolo_form form)
{
    switch (form) {
    case CT__YOLO_PLANES:
        return clues->rows - clues->least;
    case CT__YOLO_ROWS:
        return clues->columns - clues->least;
    case CT__YOLO_OBJECTNESS:
        return clues->columns - clues->least - 1;
    case CT__YOLO_FINAL:
        return clues->columns - clues->extra == 5 ? 1 : clues->names;
    case CT__YOLO_NONE:
        break;
    }
    return -1;
}

// CT_ERROR_FORMAT for a task that is unknown, or whose outputs or points are.
static int check_task(const struct ct__graph *graph, const char *scope)
{
    const char *name = ct__graph_metadata(graph, "task"), *shape = "kpt_shape";
    int task = 0;
    while (name && tasks[task] && strcmp(tasks[task], name) != 0)
        task++;
    if (!tasks[task])
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "task = %s: of yolo detect, pose, segment and obb are known", name);
    if (task == CT__YOLO_POSE && !count_points(graph))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "kpt_shape = %s: expected 5 or 17 points of 2 or 3 numbers",
                        ct__graph_metadata(graph, shape));
    if (task == CT__YOLO_SEGMENT && !count_prototypes(graph))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "task = segment: expected a second output [N,prototypes,h,w], at most %d "
                        "prototypes",
                        CT__YOLO_MOST_EXTRA);
    return CT_OK;
}

int ct__yolo_find_kind(const struct ct__graph *graph, const char *scope, struct ct__yolo_kind *kind)
{
    struct clues clues;
    int status = check_task(graph, scope);
    if (status)
        return status;
    enum ct__yolo_form form = read_clues(graph, &clues) ? find_form(&clues) : CT__YOLO_NONE;
    int64_t classes = count_classes(&clues, form);
    if (form == CT__YOLO_NONE || classes > CT__MAX_LABELS) {
        char shape[256];
        const struct ct_tensor_info *output = &graph->outputs[0];
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "output %s %s: yolo has [N,4 + classes,anchors], [N,anchors,4 + classes], "
                        "[N,anchors,5 + classes] or [N,boxes,6], and more values for poses, masks "
                        "and angles",
                        output->name,
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape));
    }
    *kind = (struct ct__yolo_kind){form, clues.task, (int)classes, (int)clues.extra};
    return CT_OK;
}

// Ultralytics' words.
static const char *const tasks[TASKS + 1] = {
    [CT__YOLO_DETECT] = "detect",
    [CT__YOLO_POSE] = "pose",
    [CT__YOLO_SEGMENT] = "segment",
    [CT__YOLO_OBB] = "obb",
};
