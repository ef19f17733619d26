// SPDX-License-Identifier: Apache-2.0
// From outputs to results where outputs are not what they should be: other shapes and types,
// numbers that are none, nothing found, everything found; and what happens to a box on its way out.
#include "graphs.h"

// A small model of each family, canvas 64 x 64 or as its shapes say.
struct setup {
    struct model model;
    struct ct__tensor outputs[MOST_OUTPUTS];
    struct ct__usage usage;
    struct ct__letterbox box;
    struct ct__scratch scratch;
    struct ct__result result;
};

enum { SIDE = 64, CELLS = 64 + 16 + 4 };

static const struct {
    const char *family;
    struct shape outputs[MOST_OUTPUTS + 1];
    const char *task; // metadata, and names of three classes
} small[] = {
    {"yolox", {{{1, CELLS, 8}}}},
    {"yolo", {{{1, 7, CELLS}}}},
    {"yolo", {{{1, CELLS, 7}}}},
    {"yolo", {{{1, 3 * CELLS, 8}}}},
    {"yolo", {{{1, 10, 6}}}},
    {"yolo", {{{1, 10, 5}}}},
    {"scrfd",
     {{{1, 128, 1}},
      {{1, 32, 1}},
      {{1, 8, 1}},
      {{1, 128, 4}},
      {{1, 32, 4}},
      {{1, 8, 4}},
      {{1, 128, 10}},
      {{1, 32, 10}},
      {{1, 8, 10}}}},
    {"scrfd", {{{8, 4}}, {{32, 1}}, {{128, 1}}, {{32, 4}}, {{8, 1}}, {{128, 4}}}},
    {"centerface", {{{1, 1, 16, 16}}, {{1, 2, 16, 16}}, {{1, 2, 16, 16}}, {{1, 10, 16, 16}}}},
    {"yolo", {{{1, CELLS, 58}}}, "pose"},
    {"yolo", {{{1, 10, 57}}}, "pose"},
    {"yolo", {{{1, CELLS, 11}}, {{1, 4, 16, 16}}}, "segment"},
    {"yolo", {{{1, 3 * CELLS, 12}}, {{1, 4, 1, 1}}}, "segment"},
    {"yolo", {{{1, 10, 38}}, {{1, 32, 16, 16}}}},
    {"yolo", {{{1, CELLS, 8}}}, "obb"},
    {"yolo", {{{1, 10, 7}}}, "obb"},
    {"detr", {{{1, 20, 5}}, {{1, 20, 4}}}},
    {"detr", {{{1, 20, 9}}}},
    {"retinaface", {{{1, 2 * CELLS, 4}}, {{1, 2 * CELLS, 2}}, {{1, 2 * CELLS, 10}}}},
};
enum { SMALL = sizeof small / sizeof *small };

static void set_up(struct setup *setup, int which)
{
    memset(setup, 0, sizeof *setup);
    make_model(&setup->model, (struct shape){{1, 3, SIDE, SIDE}}, small[which].outputs);
    if (small[which].task) {
        add_pair(&setup->model, "task", small[which].task);
        add_pair(&setup->model, "names", "['a', 'b', 'c']");
    }
    setup->usage = configured(&setup->model, small[which].family);
    make_tensors(&setup->model, setup->outputs);
    ct__letterbox_make(&setup->box, setup->usage.fit, 128, 128, SIDE, SIDE);
}

static void tear_down(struct setup *setup)
{
    free_tensors(&setup->model, setup->outputs);
    ct__scratch_finish(&setup->scratch);
    ct__result_finish(&setup->result);
}

static int run(struct setup *setup)
{
    ct__result_clear(&setup->result);
    return ct__family_result(&setup->usage, setup->outputs, &setup->box, &setup->scratch,
                             &setup->result, NULL, NULL);
}

static void fill(struct ct__tensor *tensor, float value)
{
    int64_t count = ct__shape_count(tensor->rank, tensor->dim);
    for (int64_t k = 0; k < count; k++)
        ((float *)tensor->data)[k] = value;
}

static void fill_all(struct setup *setup, float value)
{
    for (int i = 0; i < setup->model.graph.output_count; i++)
        fill(&setup->outputs[i], value);
}

// The runs cover the picture, and nothing outside of the box is inside.
static void check_mask(const struct ct_object *object)
{
    struct ct__mask_walk walk = {&object->mask, 128};
    int x, y, length;
    uint32_t sum = 0;
    for (int i = 0; i < object->mask.count; i++) {
        assert_true(i == 0 || object->mask.runs[i] > 0);
        sum += object->mask.runs[i];
    }
    assert_int_equal(sum, 128 * 128);
    while (ct__mask_next(&walk, &x, &y, &length)) {
        assert_true((float)x + .5f >= object->x && (float)y + .5f >= object->y);
        assert_true((float)x + .5f <= object->x + object->width + .001f);
        assert_true((float)(y + length) - .5f <= object->y + object->height + .001f);
    }
}

// Numbers with which every family finds something.
static void fill_found(struct setup *setup)
{
    fill_all(setup, .9f);
    float *scores = setup->outputs[1].data;
    if (strcmp(setup->usage.family->name, "retinaface") == 0)
        for (int k = 0; k < 4 * CELLS; k += 2)
            scores[k] = .1f; // of nothing, beside that of a face
}

static void check_objects(const struct setup *setup)
{
    const struct ct_result *result = &setup->result.view;
    for (int i = 0; i < result->count; i++) {
        const struct ct_object *object = &result->objects[i];
        assert_true(object->x >= 0 && object->x + object->width <= 128.001f);
        assert_true(object->y >= 0 && object->y + object->height <= 128.001f);
        assert_true(object->width * object->height >= 1);
        assert_true(isfinite(object->score) && object->score >= setup->usage.conf);
        assert_true(i == 0 || result->objects[i - 1].score >= object->score);
        if (object->mask.count)
            check_mask(object);
        for (int k = 0; k < object->point_count; k++) {
            if (object->point_kind == CT_POINTS_CORNERS)
                continue; // of a turned box, which is not cut
            assert_true(object->points[k].score >= 0 && object->points[k].score <= 1);
            assert_true(object->points[k].x >= 0 && object->points[k].x <= 128);
            assert_true(object->points[k].y >= 0 && object->points[k].y <= 128);
        }
    }
}

static void zeros_are_no_detection(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        assert_int_equal(run(&setup), 0);
        assert_int_equal(setup.result.view.count, 0);
        assert_int_equal(setup.result.view.width, 128);
        tear_down(&setup);
    }
}

static void what_is_not_a_number_is_no_detection(void **state)
{
    (void)state;
    const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f};
    for (int i = 0; i < SMALL; i++)
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
            struct setup setup;
            set_up(&setup, i);
            fill_all(&setup, odd[k]);
            assert_int_equal(run(&setup), 0);
            assert_int_equal(setup.result.view.count, 0);
            tear_down(&setup);
        }
}

static void any_numbers_give_sound_objects(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0, 1, .9f, 50, -3, 2e9f};
    uint32_t random = 1;
    for (int i = 0; i < SMALL; i++)
        for (int round = 0; round < 30; round++) {
            struct setup setup;
            set_up(&setup, i);
            for (int o = 0; o < setup.model.graph.output_count; o++) {
                int64_t count = ct__shape_count(setup.outputs[o].rank, setup.outputs[o].dim);
                for (int64_t k = 0; k < count; k++) {
                    random = random * 1664525u + 1013904223u;
                    float u = (float)(random >> 8) / 16777216.f;
                    ((float *)setup.outputs[o].data)[k] = u < .1f ? odd[(int)(u * 110)] : u * 2;
                }
            }
            assert_int_equal(run(&setup), 0);
            check_objects(&setup);
            tear_down(&setup);
        }
}

static void everything_may_be_a_candidate(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        fill_all(&setup, 1);
        setup.usage.conf = .001f;
        assert_int_equal(run(&setup), 0);
        check_objects(&setup);
        setup.usage.nms.max_count = 1;
        assert_int_equal(run(&setup), 0);
        assert_true(setup.result.view.count <= 1);
        tear_down(&setup);
    }
}

static void other_shapes_are_refused_before_they_are_read(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        struct ct__tensor *output = &setup.outputs[0], right = *output;
        output->type = CT_TYPE_F64;
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        output->rank = 0;
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        output->rank = 1;
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        output->dim[i == 1 ? 1 : right.rank - 1] += 2; // of planes, any number may be anchors
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        output->dim[0] = 0;
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        output->dim[0] = output->dim[1] = INT64_MAX;
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        *output = right;
        assert_int_equal(run(&setup), 0);
        tear_down(&setup);
    }
}

static void other_canvases_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        if (strcmp(small[i].family, "yolo") == 0 || strcmp(small[i].family, "detr") == 0) {
            tear_down(&setup);
            continue; // its outputs tell nothing of the canvas
        }
        ct__letterbox_make(&setup.box, setup.usage.fit, 128, 128, 96, 96);
        assert_int_equal(run(&setup), CT_ERROR_FORMAT);
        ct__letterbox_make(&setup.box, setup.usage.fit, 128, 128, 65535, 65535);
        assert_true(run(&setup) < 0);
        tear_down(&setup);
    }
}

// Writes an anchor of a yolo model in planes.
static void put(struct setup *setup, int anchor, int class_id, float score, const float *box)
{
    float *data = setup->outputs[0].data;
    for (int k = 0; k < 4; k++)
        data[k * CELLS + anchor] = box[k];
    data[(4 + class_id) * CELLS + anchor] = score;
}

static void set_up_planes(struct setup *setup)
{
    set_up(setup, 1);
    put(setup, 3, 0, .6f, (const float[]){20, 20, 10, 10});
    put(setup, 9, 0, .9f, (const float[]){20, 21, 10, 10});
    put(setup, 8, 2, .9f, (const float[]){20, 20, 10, 10});
    put(setup, 5, 1, .25f, (const float[]){40, 40, 10, 10}); // not above conf
}

static void objects_are_ordered_by_score_then_anchor(void **state)
{
    (void)state;
    struct setup setup;
    set_up_planes(&setup);
    assert_int_equal(run(&setup), 0);
    const struct ct_result *result = &setup.result.view;
    assert_int_equal(result->count, 2); // the weaker one of class 0 is suppressed
    assert_int_equal(result->objects[0].class_id, 2);
    assert_int_equal(result->objects[1].class_id, 0);
    assert_true(result->objects[0].x == 30 && result->objects[0].width == 20);
    assert_true(result->objects[1].y == 32 && result->objects[1].height == 20);
    assert_null(result->objects[0].label);
    tear_down(&setup);
}

static void a_class_that_is_not_wanted_suppresses_nothing(void **state)
{
    (void)state;
    struct setup setup;
    set_up_planes(&setup);
    setup.usage.wanted = (const bool[]){true, false, false};
    setup.usage.labels = (const char *const[]){"a", "b", "c"};
    setup.usage.nms.any_class = true;
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 1);
    assert_string_equal(setup.result.view.objects[0].label, "a");
    assert_true(setup.result.view.objects[0].score == .9f);
    tear_down(&setup);
}

static void the_first_of_equal_classes_is_taken(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) { // the forms that have a score for each class
        struct setup setup;
        set_up(&setup, i);
        fill_all(&setup, .9f);
        assert_int_equal(run(&setup), 0);
        for (int k = 0; k < setup.result.view.count; k++)
            assert_int_equal(setup.result.view.objects[k].class_id, 0);
        tear_down(&setup);
    }
}

static void boxes_are_cut_at_the_picture_and_specks_are_dropped(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, 1);
    put(&setup, 0, 0, .9f, (const float[]){0, 60, 20, 20});
    put(&setup, 1, 0, .8f, (const float[]){30, 30, .4f, 1});   // .8 x 2 source pixels: kept
    put(&setup, 2, 0, .7f, (const float[]){40, 30, .4f, .5f}); // .8 x 1: dropped
    put(&setup, 3, 0, .6f, (const float[]){-50, 30, 20, 20});  // outside
    put(&setup, 4, 0, .5f, (const float[]){40, 40, -20, 20});
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 2);
    const struct ct_object *object = &setup.result.view.objects[0];
    assert_true(object->x == 0 && object->width == 20 && object->y == 100 && object->height == 28);
    check_objects(&setup);
    tear_down(&setup);
}

static void shares_are_told_by_candidates_alone(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, 1);
    put(&setup, 0, 0, .9f, (const float[]){.5f, .5f, .5f, .25f});
    put(&setup, 1, 0, .1f, (const float[]){40, 40, 20, 20}); // no candidate
    put(&setup, 2, 0, .9f, (const float[]){INFINITY, .5f, .5f, .5f});
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 1);
    const struct ct_object *object = &setup.result.view.objects[0];
    assert_true(object->x == 32 && object->y == 48 && object->width == 64 && object->height == 32);
    put(&setup, 3, 0, .9f,
        (const float[]){1.5f, 1, 1, 1}); // pixels after all: the first is a speck
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 1);
    assert_true(setup.result.view.objects[0].width == 2);
    tear_down(&setup);
}

static void boxes_of_an_end_to_end_model_are_all_kept(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, 4);
    const float row[] = {10, 10, 30, 30, .9f, 2};
    for (int i = 0; i < 4; i++)
        memcpy((float *)setup.outputs[0].data + i * 6, row, sizeof row);
    ((float *)setup.outputs[0].data)[6 + 5] = NAN;
    ((float *)setup.outputs[0].data)[12 + 5] = -1;
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 2);
    setup.usage.class_count = 2; // as labels have it
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 0);
    tear_down(&setup);
}

static void scores_at_the_threshold_count_for_scrfd_alone(void **state)
{
    (void)state;
    for (int i = 6; i < 9; i++) {
        struct setup setup;
        set_up(&setup, i);
        fill_all(&setup, .5f);
        assert_int_equal(run(&setup), 0);
        assert_int_equal(setup.result.view.count > 0, strcmp(small[i].family, "scrfd") == 0);
        tear_down(&setup);
    }
}

static void landmarks_that_are_not_numbers_leave_the_box(void **state)
{
    (void)state;
    static const int which[] = {6, 8};
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        set_up(&setup, which[i]);
        fill_all(&setup, .9f);
        assert_int_equal(run(&setup), 0);
        assert_true(setup.result.view.count > 0);
        assert_int_equal(setup.result.view.objects[0].point_kind, CT_POINTS_LANDMARKS);
        assert_int_equal(setup.result.view.objects[0].point_count, 5);
        for (int o = which[i] == 6 ? 6 : 3; o < setup.model.graph.output_count; o++)
            fill(&setup.outputs[o], NAN);
        assert_int_equal(run(&setup), 0);
        assert_true(setup.result.view.count > 0);
        assert_int_equal(setup.result.view.objects[0].point_kind, CT_POINTS_NONE);
        tear_down(&setup);
    }
}

static void centerface_tells_scale_from_offset_by_name(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, 8);
    float *heat = setup.outputs[0].data;
    heat[5 * 16 + 6] = .9f;
    float *second = setup.outputs[1].data;
    for (int k = 0; k < 512; k++)
        second[k] = 2; // as scale: exp(2) * 4 = 29.6 pixels; as offset: two cells
    assert_int_equal(run(&setup), 0);
    assert_true(fabsf(setup.result.view.objects[0].width - 2 * 29.556f) < .01f);
    setup.model.outputs[1].name = "offset";
    setup.usage = configured(&setup.model, "centerface");
    assert_int_equal(run(&setup), 0);
    assert_true(setup.result.view.objects[0].width == 8);
    assert_true(setup.result.view.objects[0].x == 2 * ((6 + 2.5f) * 4 - 2));
    tear_down(&setup);
}

// Two queries of twenty, canvas 64 x 64 over 128 x 128: each class that passes is an object.
static void a_query_gives_an_object_for_each_class_that_passes(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, SMALL - 3);
    fill(&setup.outputs[0], -9);
    float *logit = setup.outputs[0].data, *box = setup.outputs[1].data;
    const float boxes[] = {.5f, .5f, .5f, .25f, .25f, .25f, .25f, .25f};
    memcpy(box + 4 * 4, boxes, sizeof boxes);
    logit[4 * 5 + 1] = 2;
    logit[4 * 5 + 3] = 1;
    logit[5 * 5 + 0] = 3;
    assert_int_equal(run(&setup), 0);
    const struct ct_result *result = &setup.result.view;
    assert_int_equal(result->count, 3); // the same box twice is no overlap here
    assert_int_equal(result->objects[0].class_id, 0);
    assert_float_equal(result->objects[0].score, 1 / (1 + exp(-3)), 1e-6);
    assert_true(result->objects[0].x == 16 && result->objects[0].width == 32);
    assert_int_equal(result->objects[1].class_id, 1);
    assert_int_equal(result->objects[2].class_id, 3);
    assert_true(result->objects[2].x == 32 && result->objects[2].width == 64);
    assert_true(result->objects[2].y == 48 && result->objects[2].height == 32);
    setup.usage.nms.max_count = 1;
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.count, 1);
    tear_down(&setup);
}

// Level 16, row 1, column 2, the larger prior: centre (40,24), side 128 on a canvas of 64 x 64.
static void a_face_is_a_step_from_its_prior(void **state)
{
    (void)state;
    struct setup setup;
    int prior = 2 * 64 + 2 * (1 * 4 + 2) + 1;
    for (int logits = 0; logits < 2; logits++) {
        set_up(&setup, SMALL - 1);
        float *boxes = setup.outputs[0].data, *scores = setup.outputs[1].data;
        float *points = setup.outputs[2].data;
        for (int i = 0; i < 2 * CELLS; i++)
            scores[2 * i] = logits ? 4 : 1;
        scores[2 * prior] = logits ? -1 : .25f;
        scores[2 * prior + 1] = logits ? -1 + logf(3) : .75f;
        const float step[] = {-.625f, 0, 5 * logf(.25f), 5 * logf(.125f)}; // to (32,24), 32 x 16
        memcpy(boxes + 4 * prior, step, sizeof step);
        points[10 * prior] = -.9375f; // (28,24)
        assert_int_equal(run(&setup), 0);
        assert_int_equal(setup.result.view.count, 1);
        const struct ct_object *object = &setup.result.view.objects[0];
        assert_float_equal(object->score, .75, 1e-5);
        assert_float_equal(object->x, 2 * 16, 1e-3);
        assert_float_equal(object->y, 2 * 16, 1e-3);
        assert_float_equal(object->width, 2 * 32, 1e-3);
        assert_float_equal(object->height, 2 * 16, 1e-3);
        assert_int_equal(object->point_count, 5);
        assert_float_equal(object->points[0].x, 2 * 28, 1e-3);
        assert_float_equal(object->points[4].y, 2 * 24, 1e-3);
        tear_down(&setup);
    }
}

// Boxes of the picture itself, labels of whole numbers or not, a label that is none.
static void final_boxes_are_read_in_pixels_of_the_picture(void **state)
{
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        struct model model;
        make_model(&model, (struct shape){{1, 3, 64, 64}},
                   (struct shape[]){{{1, 4}}, {{1, 4, 4}}, {{1, 4}}, {{0}}});
        add_size_input(&model, (struct shape){{1, 2}});
        model.outputs[0].type = whole ? CT_TYPE_I64 : CT_TYPE_F32;
        model.outputs[0].name = "labels";
        const int64_t labels[] = {7, 0, -1, 2};
        const float labels_f32[] = {7, 0, NAN, 2};
        float boxes[] = {10, 20, 300, 200, 5, 5, 9, 9, 1, 1, 50, 50, 600, 300, 900, 700};
        float scores[] = {.7f, .2f, .9f, .8f};
        const struct ct__tensor outputs[] = {{"labels",
                                              model.outputs[0].type,
                                              2,
                                              {1, 4},
                                              whole ? (void *)labels : (void *)labels_f32},
                                             {"boxes", CT_TYPE_F32, 3, {1, 4, 4}, boxes},
                                             {"scores", CT_TYPE_F32, 2, {1, 4}, scores}};
        struct ct__usage usage = configured(&model, NULL);
        struct ct__letterbox box;
        struct ct__scratch scratch = {0};
        struct ct__result result = {0};
        ct__letterbox_make(&box, usage.fit, 640, 480, 64, 64);
        assert_int_equal(ct__family_result(&usage, outputs, &box, &scratch, &result, NULL, NULL),
                         0);
        assert_int_equal(result.view.count, 2);
        const struct ct_object *objects = result.view.objects;
        assert_int_equal(objects[0].class_id, 2);
        assert_float_equal(objects[0].x, 600, 1e-3);
        assert_float_equal(objects[0].width, 40, 1e-3); // cut at the picture
        assert_float_equal(objects[0].height, 180, 1e-3);
        assert_int_equal(objects[1].class_id, 7);
        assert_float_equal(objects[1].x, 10, 1e-4);
        assert_float_equal(objects[1].height, 180, 1e-3);
        ct__scratch_finish(&scratch);
        ct__result_finish(&result);
    }
}

static void run_classes(const float *values, int count, struct ct__usage *usage,
                        struct ct__result *result)
{
    struct model model;
    struct ct__letterbox box;
    struct ct__scratch scratch = {0};
    float copy[8];
    memcpy(copy, values, (size_t)count * sizeof *values);
    make_model(&model, (struct shape){{1, 3, 64, 64}}, (struct shape[]){{{1, count}}, {{0}}});
    if (!usage->family)
        *usage = configured(&model, "classify");
    const struct ct__tensor output = {"o", CT_TYPE_F32, 2, {1, count}, copy};
    ct__letterbox_make(&box, usage->fit, 640, 480, 64, 64);
    assert_int_equal(ct__family_result(usage, &output, &box, &scratch, result, NULL, NULL), 0);
    assert_int_equal(result->view.count, 0);
    assert_non_null(result->view.classes);
    ct__scratch_finish(&scratch);
}

static void a_classifier_gives_its_surest_classes(void **state)
{
    (void)state;
    struct ct__usage usage = {0};
    struct ct__result result = {0};
    run_classes((const float[]){1, 3, -2, 0, 2, 0, .5f}, 7, &usage, &result);
    double sum = exp(1) + exp(3) + exp(-2) + 1 + exp(2) + 1 + exp(.5);
    static const int order[] = {1, 4, 0, 6, 3};
    static const double logits[] = {3, 2, 1, .5, 0};
    assert_int_equal(result.view.class_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(result.view.classes[i].class_id, order[i]);
        assert_float_equal(result.view.classes[i].score, exp(logits[i]) / sum, 1e-6);
    }
    usage.conf = .2f;
    run_classes((const float[]){1, 3, -2, 0, 2, 0, .5f}, 7, &usage, &result);
    assert_int_equal(result.view.class_count, 2);
    ct__result_finish(&result);
}

static void shares_of_one_are_taken_as_they_are(void **state)
{
    (void)state;
    struct ct__usage usage = {0};
    struct ct__result result = {0};
    run_classes((const float[]){.25f, .5f, .125f, .125f}, 4, &usage, &result);
    assert_int_equal(result.view.class_count, 4);
    assert_true(result.view.classes[0].score == .5f && result.view.classes[0].class_id == 1);
    assert_int_equal(result.view.classes[2].class_id, 2);
    run_classes((const float[]){NAN, INFINITY, 1, -INFINITY}, 4, &usage, &result);
    assert_int_equal(result.view.class_count, 0);
    ct__result_finish(&result);
}

static void nothing_is_allocated_once_warm(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        fill_found(&setup);
        assert_int_equal(run(&setup), 0);
        uint64_t count = ct__mem_count();
        assert_int_equal(run(&setup), 0);
        assert_true(ct__mem_count() == count);
        tear_down(&setup);
    }
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        int failures = 0;
        for (;; failures++) {
            struct setup setup;
            set_up(&setup, i);
            fill_found(&setup);
            bool final = setup.usage.no_overlaps && strcmp(small[i].family, "yolo") == 0;
            if (final)
                for (int k = 0; k < 10 * setup.outputs[0].dim[2]; k++)
                    ((float *)setup.outputs[0].data)[k] = (float)(k % setup.outputs[0].dim[2]);
            if (final)
                setup.usage.class_count = 0; // any
            setup.usage.nms.iou = 1;
            ct__mem_fail((uint64_t)failures + 1);
            int status = run(&setup);
            bool failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(status, failed ? CT_ERROR_MEMORY : 0);
            tear_down(&setup);
            if (!failed)
                break;
        }
        assert_true(failures > 0);
    }
}

static void times_are_told(void **state)
{
    (void)state;
    struct setup setup;
    int64_t decode_ns = -1, nms_ns = -1;
    set_up_planes(&setup);
    assert_int_equal(ct__family_result(&setup.usage, setup.outputs, &setup.box, &setup.scratch,
                                       &setup.result, &decode_ns, &nms_ns),
                     0);
    assert_true(decode_ns >= 0 && nms_ns >= 0);
    tear_down(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_are_no_detection),
        cmocka_unit_test(what_is_not_a_number_is_no_detection),
        cmocka_unit_test(any_numbers_give_sound_objects),
        cmocka_unit_test(everything_may_be_a_candidate),
        cmocka_unit_test(other_shapes_are_refused_before_they_are_read),
        cmocka_unit_test(other_canvases_are_refused),
        cmocka_unit_test(objects_are_ordered_by_score_then_anchor),
        cmocka_unit_test(a_class_that_is_not_wanted_suppresses_nothing),
        cmocka_unit_test(the_first_of_equal_classes_is_taken),
        cmocka_unit_test(boxes_are_cut_at_the_picture_and_specks_are_dropped),
        cmocka_unit_test(shares_are_told_by_candidates_alone),
        cmocka_unit_test(boxes_of_an_end_to_end_model_are_all_kept),
        cmocka_unit_test(scores_at_the_threshold_count_for_scrfd_alone),
        cmocka_unit_test(landmarks_that_are_not_numbers_leave_the_box),
        cmocka_unit_test(centerface_tells_scale_from_offset_by_name),
        cmocka_unit_test(a_query_gives_an_object_for_each_class_that_passes),
        cmocka_unit_test(a_face_is_a_step_from_its_prior),
        cmocka_unit_test(final_boxes_are_read_in_pixels_of_the_picture),
        cmocka_unit_test(a_classifier_gives_its_surest_classes),
        cmocka_unit_test(shares_of_one_are_taken_as_they_are),
        cmocka_unit_test(nothing_is_allocated_once_warm),
        cmocka_unit_test(a_failed_allocation_is_reported),
        cmocka_unit_test(times_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
