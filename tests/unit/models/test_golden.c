// SPDX-License-Identifier: Apache-2.0
// Every family against the oracle (tools/oracle/synthetic.py): both make the same numbers from the
// same formula, and the objects must agree to a thousandth of a pixel.
#include <stdio.h>
#include <stdlib.h>

#include "graphs.h"

enum { MOST_RECIPES = 64, CLASSES = 7 };

// What one value of an anchor is made of.
struct recipe {
    enum { SPAN, SCORE, CLASS, REST } kind;
    float low, high;
    int times; // it stands for so many values
};

// One output: the axis whose index chooses the recipe.
struct making {
    struct recipe recipes[MOST_RECIPES];
    int axis;
};

static float uniform(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 16777216.f;
}

static float value(uint32_t *state, const struct recipe *recipe, float before)
{
    if (recipe->kind == REST)
        return 1 - before;
    float u = uniform(state);
    if (recipe->kind == CLASS)
        return (float)(int)(u * CLASSES);
    for (int i = 0; recipe->kind == SCORE && i < 5; i++)
        u = u * u;
    return recipe->kind == SCORE ? u : recipe->low + (recipe->high - recipe->low) * u;
}

static const struct recipe *choose(const struct recipe *recipes, int64_t index)
{
    while (index >= recipes->times)
        index -= recipes++->times;
    return recipes;
}

static void fill(uint32_t *state, struct ct__tensor *tensor, const struct making *making)
{
    int64_t count = ct__shape_count(tensor->rank, tensor->dim), inner = 1;
    for (int d = making->axis + 1; d < tensor->rank; d++)
        inner *= tensor->dim[d];
    float *data = tensor->data, number = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t along = i / inner % tensor->dim[making->axis];
        number = value(state, choose(making->recipes, along), number);
        if (tensor->type == CT_TYPE_I64)
            ((int64_t *)tensor->data)[i] = (int64_t)number;
        else
            data[i] = number;
    }
}

static void near(const char *what, int row, double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-3))
        fail_msg("line %d: %s is %.5f, the oracle says %.5f", row, what, found, expected);
}

// Both masks, pixel by pixel: the oracle computes in double precision, so that a few on the border
// may differ.
static void compare_mask(const struct ct_mask *mask, char **line, int row)
{
    uint32_t ours = 0, theirs = 0;
    int run = 0, other = 0, differ = 0, inside = 0;
    while (run < mask->count || **line != '\n') {
        if (!ours && run < mask->count)
            ours = mask->runs[run++];
        if (!theirs && **line != '\n') {
            theirs = (uint32_t)strtoul(*line, line, 10);
            other++;
        }
        if (!ours && run == mask->count)
            break; // the oracle has more pixels, which the end of the line tells
        if (!ours || !theirs)
            continue; // a first run of 0
        uint32_t both = ours < theirs ? ours : theirs;
        differ += run % 2 != other % 2 ? (int)both : 0;
        inside += run % 2 ? 0 : (int)both;
        ours -= both;
        theirs -= both;
    }
    if (differ > 1 + inside / 500)
        fail_msg("line %d: %d pixels of %d differ from the oracle's", row, differ, inside);
}

static void compare_object(const struct ct_object *object, char *line, int row)
{
    near("class", row, object->class_id, strtod(line, &line));
    near("score", row, object->score, strtod(line, &line));
    near("x", row, object->x, strtod(line, &line));
    near("y", row, object->y, strtod(line, &line));
    near("width", row, object->width, strtod(line, &line));
    near("height", row, object->height, strtod(line, &line));
    for (int i = 0; i < object->point_count; i++) {
        near("point x", row, object->points[i].x, strtod(line, &line));
        near("point y", row, object->points[i].y, strtod(line, &line));
        if (object->point_kind == CT_POINTS_KEYPOINTS)
            near("point score", row, object->points[i].score, strtod(line, &line));
    }
    if (object->mask.count)
        compare_mask(&object->mask, &line, row);
    assert_string_equal(line, "\n");
}

static void compare_class(const struct ct_class *class, char *line, int row)
{
    near("class", row, class->class_id, strtod(line, &line));
    near("score", row, class->score, strtod(line, &line));
    assert_string_equal(line, "\n");
}

static void compare(const struct ct_result *result, const char *name)
{
    char path[1024];
    static char line[1 << 16];
    snprintf(path, sizeof path, "%s/%s.txt", GOLDEN, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int row = 0, count = result->classes ? result->class_count : result->count;
    for (; fgets(line, sizeof line, file); row++) {
        assert_true(row < count);
        if (result->classes)
            compare_class(&result->classes[row], line, row + 1);
        else
            compare_object(&result->objects[row], line, row + 1);
    }
    fclose(file);
    assert_int_equal(row, count);
    assert_true(row > 0);
}

// Makes the tensors, decodes them for a picture of this size and compares with the golden file.
static void check(const char *name, const char *family, uint32_t seed, int picture_width,
                  int picture_height, const struct model *model, const struct making *making)
{
    struct ct__tensor tensors[MOST_OUTPUTS];
    struct ct__usage usage = configured(model, family);
    struct ct__scratch scratch = {0};
    struct ct__result result = {0};
    struct ct__letterbox box;
    make_tensors(model, tensors);
    for (int i = 0; i < model->graph.output_count; i++)
        fill(&seed, &tensors[i], &making[i]);
    ct__letterbox_make(&box, usage.fit, picture_width, picture_height, usage.width, usage.height);
    assert_int_equal(ct__family_result(&usage, tensors, &box, &scratch, &result, NULL, NULL), 0);
    compare(&result.view, name);
    ct__result_finish(&result);
    ct__scratch_finish(&scratch);
    free_tensors(model, tensors);
}

static void check_yolo(const char *name, uint32_t seed, int picture_width, int picture_height,
                       struct shape input, struct shape output, struct making making)
{
    struct model model;
    make_model(&model, input, (struct shape[]){output, {{0}}});
    check(name, "yolo", seed, picture_width, picture_height, &model, &making);
}

#define PIXELS                                                                                     \
    {SPAN, 0, 160, 2},                                                                             \
    {                                                                                              \
        SPAN, 8, 60, 2                                                                             \
    }
#define SCORES                                                                                     \
    {                                                                                              \
        SCORE, 0, 0, CLASSES                                                                       \
    }

static void yolo_in_planes_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_planes", 1, 320, 200, (struct shape){{1, 3, 160, 160}},
               (struct shape){{1, 11, 525}}, (struct making){{PIXELS, SCORES}, 1});
}

static void yolo_in_rows_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_rows", 2, 200, 321, (struct shape){{1, 3, 160, 160}},
               (struct shape){{1, 525, 11}}, (struct making){{PIXELS, SCORES}, 2});
}

static void yolo_with_objectness_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_objectness", 3, 97, 61, (struct shape){{1, 3, 128, 160}},
               (struct shape){{1, 1260, 12}},
               (struct making){{PIXELS, {SPAN, .2f, 1, 1}, SCORES}, 2});
}

static void yolo_end_to_end_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_final", 4, 640, 480, (struct shape){{1, 3, 160, 160}},
               (struct shape){{1, 60, 6}},
               (struct making){
                   {{SPAN, 0, 80, 2}, {SPAN, 80, 170, 2}, {SPAN, 0, 1, 1}, {CLASS, 0, 0, 1}}, 2});
}

static void yolo_in_shares_of_the_input_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_shares", 5, 641, 479, (struct shape){{1, 3, 96, 160}},
               (struct shape){{1, 11, 315}},
               (struct making){{{SPAN, 0, 1, 2}, {SPAN, .05f, .4f, 2}, SCORES}, 1});
}

static void yolox_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making = {
        {{SPAN, -.5f, 1.5f, 2}, {SPAN, -1, 2, 2}, {SPAN, .2f, 1, 1}, SCORES}, 2};
    make_model(&model, (struct shape){{1, 3, 96, 160}}, (struct shape[]){{{1, 315, 12}}, {{0}}});
    check("yolox", "yolox", 6, 333, 500, &model, &making);
}

#define SCRFD_MAKING(axis)                                                                         \
    {{{SCORE, 0, 0, 1}}, axis}, {{{SCORE, 0, 0, 1}}, axis}, {{{SCORE, 0, 0, 1}}, axis},            \
        {{{SPAN, .5f, 3, 4}}, axis}, {{{SPAN, .5f, 3, 4}}, axis}, {{{SPAN, .5f, 3, 4}}, axis},     \
        {{{SPAN, -2, 2, 10}}, axis}, {{{SPAN, -2, 2, 10}}, axis},                                  \
    {                                                                                              \
        {{SPAN, -2, 2, 10}}, axis                                                                  \
    }

static void scrfd_with_landmarks_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {SCRFD_MAKING(2)};
    make_model(&model, (struct shape){{1, 3, 160, 160}},
               (struct shape[]){{{1, 800, 1}},
                                {{1, 200, 1}},
                                {{1, 50, 1}},
                                {{1, 800, 4}},
                                {{1, 200, 4}},
                                {{1, 50, 4}},
                                {{1, 800, 10}},
                                {{1, 200, 10}},
                                {{1, 50, 10}}});
    check("scrfd_9", "scrfd", 7, 123, 77, &model, making);
}

static void scrfd_without_landmarks_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {SCRFD_MAKING(1)};
    make_model(&model, (struct shape){{1, 3, 96, 160}},
               (struct shape[]){
                   {{480, 1}}, {{120, 1}}, {{30, 1}}, {{480, 4}}, {{120, 4}}, {{30, 4}}, {{0}}});
    check("scrfd_6", "scrfd", 8, 77, 123, &model, making);
}

static void centerface_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {{{{SCORE, 0, 0, 1}}, 1},
                                    {{{SPAN, .5f, 2.5f, 2}}, 1},
                                    {{{SPAN, 0, 1, 2}}, 1},
                                    {{{SPAN, 0, 1, 10}}, 1}};
    make_model(&model, (struct shape){{1, 3, 96, 128}},
               (struct shape[]){
                   {{1, 1, 24, 32}}, {{1, 2, 24, 32}}, {{1, 2, 24, 32}}, {{1, 10, 24, 32}}, {{0}}});
    check("centerface", "centerface", 9, 301, 223, &model, making);
}

#define SHARES                                                                                     \
    {SPAN, 0, 1, 2},                                                                               \
    {                                                                                              \
        SPAN, .05f, .4f, 2                                                                         \
    }
#define LOGITS                                                                                     \
    {                                                                                              \
        SPAN, -6, 1, CLASSES                                                                       \
    }

static void detr_with_logits_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {{{LOGITS}, 2}, {{SHARES}, 2}};
    make_model(&model, (struct shape){{1, 3, 96, 160}},
               (struct shape[]){{{1, 40, 7}}, {{1, 40, 4}}, {{0}}});
    check("detr", "detr", 13, 321, 200, &model, making);
}

static void detr_with_boxes_first_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {{{SHARES}, 2}, {{LOGITS}, 2}};
    make_model(&model, (struct shape){{1, 3, 128, 128}},
               (struct shape[]){{{1, 30, 4}}, {{1, 30, 7}}, {{0}}});
    check("detr_rf", "detr", 15, 97, 211, &model, making);
}

static void detr_that_is_told_the_size_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making[] = {{{{CLASS, 0, 0, 1}}, 0},
                                    {{{SPAN, -20, 150, 2}, {SPAN, 140, 320, 2}}, 2},
                                    {{{SPAN, 0, 1, 1}}, 0}};
    make_model(&model, (struct shape){{1, 3, 96, 96}},
               (struct shape[]){{{1, 60}}, {{1, 60, 4}}, {{1, 60}}, {{0}}});
    add_size_input(&model, (struct shape){{1, 2}});
    model.outputs[0].type = CT_TYPE_I64;
    check("detr_sized", "detr", 14, 300, 200, &model, making);
}

static void detr_with_one_output_agrees_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making making = {{SHARES, SCORES}, 2};
    make_model(&model, (struct shape){{1, 3, 96, 160}}, (struct shape[]){{{1, 300, 11}}, {{0}}});
    check("detr_joined", "detr", 16, 333, 251, &model, &making);
}

static void check_retinaface(const char *name, uint32_t seed, int picture_width, int picture_height,
                             struct shape input, int64_t priors, struct making scores)
{
    struct model model;
    const struct making making[] = {{{{SPAN, -4, 4, 4}}, 2}, scores, {{{SPAN, -5, 5, 10}}, 2}};
    make_model(&model, input,
               (struct shape[]){{{1, priors, 4}}, {{1, priors, 2}}, {{1, priors, 10}}, {{0}}});
    check(name, "retinaface", seed, picture_width, picture_height, &model, making);
}

static void retinaface_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_retinaface("retinaface", 17, 333, 250, (struct shape){{1, 3, 72, 96}}, 294,
                     (struct making){{{SCORE, 0, 0, 1}, {REST, 0, 0, 1}}, 2});
}

static void retinaface_without_softmax_agrees_with_the_oracle(void **state)
{
    (void)state;
    check_retinaface("retinaface_logits", 18, 123, 77, (struct shape){{1, 3, 64, 96}}, 252,
                     (struct making){{{SPAN, -4, 4, 2}}, 2});
}

static void classes_of_a_picture_agree_with_the_oracle(void **state)
{
    (void)state;
    struct model model;
    const struct making logits = {{{SPAN, -3, 3, 1}}, 0};
    make_model(&model, (struct shape){{1, 3, 32, 32}}, (struct shape[]){{{1, CLASSES}}, {{0}}});
    check("classify", "classify", 19, 97, 61, &model, &logits);
    const struct making shares = {{{SCORE, 0, 0, 1}, {REST, 0, 0, 1}}, 1};
    make_model(&model, (struct shape){{1, 3, 32, 32}}, (struct shape[]){{{1, 2}}, {{0}}});
    check("classify_shares", "classify", 20, 97, 61, &model, &shares);
}

// A model whose metadata name a task and seven classes.
static void check_task(const char *name, const char *task, uint32_t seed, int picture_width,
                       int picture_height, struct shape input, const struct shape *outputs,
                       const struct making *making)
{
    struct model model;
    make_model(&model, input, outputs);
    add_pair(&model, "task", task);
    add_pair(&model, "names", "['0', '1', '2', '3', '4', '5', '6']");
    check(name, "yolo", seed, picture_width, picture_height, &model, making);
}

#define POINTS4                                                                                    \
    {SPAN, 0, 160, 2}, {SPAN, 0, 1, 1}, {SPAN, 0, 160, 2}, {SPAN, 0, 1, 1}, {SPAN, 0, 160, 2},     \
        {SPAN, 0, 1, 1}, {SPAN, 0, 160, 2},                                                        \
    {                                                                                              \
        SPAN, 0, 1, 1                                                                              \
    }

static void yolo_poses_agree_with_the_oracle(void **state)
{
    (void)state;
    check_yolo("yolo_pose", 10, 123, 200, (struct shape){{1, 3, 160, 160}},
               (struct shape){{1, 56, 525}},
               (struct making){{PIXELS,
                                {SCORE, 0, 0, 1},
                                POINTS4,
                                POINTS4,
                                POINTS4,
                                POINTS4,
                                {SPAN, 0, 160, 2},
                                {SPAN, 0, 1, 1}},
                               1});
}

static void yolo_masks_agree_with_the_oracle(void **state)
{
    (void)state;
    const struct making making[] = {{{PIXELS, SCORES, {SPAN, -1, 1, 5}}, 1},
                                    {{{SPAN, -1, 1, 5}}, 1}};
    check_task("yolo_segment", "segment", 11, 97, 61, (struct shape){{1, 3, 128, 160}},
               (struct shape[]){{{1, 16, 420}}, {{1, 5, 32, 40}}, {{0}}}, making);
}

static void turned_boxes_of_yolo_agree_with_the_oracle(void **state)
{
    (void)state;
    const struct making making = {{PIXELS, SCORES, {SPAN, -.75f, 2.25f, 1}}, 1};
    check_task("yolo_obb", "obb", 12, 320, 240, (struct shape){{1, 3, 160, 160}},
               (struct shape[]){{{1, 12, 525}}, {{0}}}, &making);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yolo_in_planes_agrees_with_the_oracle),
        cmocka_unit_test(yolo_in_rows_agrees_with_the_oracle),
        cmocka_unit_test(yolo_with_objectness_agrees_with_the_oracle),
        cmocka_unit_test(yolo_end_to_end_agrees_with_the_oracle),
        cmocka_unit_test(yolo_in_shares_of_the_input_agrees_with_the_oracle),
        cmocka_unit_test(yolo_poses_agree_with_the_oracle),
        cmocka_unit_test(yolo_masks_agree_with_the_oracle),
        cmocka_unit_test(turned_boxes_of_yolo_agree_with_the_oracle),
        cmocka_unit_test(yolox_agrees_with_the_oracle),
        cmocka_unit_test(scrfd_with_landmarks_agrees_with_the_oracle),
        cmocka_unit_test(scrfd_without_landmarks_agrees_with_the_oracle),
        cmocka_unit_test(centerface_agrees_with_the_oracle),
        cmocka_unit_test(detr_with_logits_agrees_with_the_oracle),
        cmocka_unit_test(detr_with_boxes_first_agrees_with_the_oracle),
        cmocka_unit_test(detr_that_is_told_the_size_agrees_with_the_oracle),
        cmocka_unit_test(detr_with_one_output_agrees_with_the_oracle),
        cmocka_unit_test(retinaface_agrees_with_the_oracle),
        cmocka_unit_test(retinaface_without_softmax_agrees_with_the_oracle),
        cmocka_unit_test(classes_of_a_picture_agree_with_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
