// SPDX-License-Identifier: Apache-2.0
// What a YOLO says beside boxes, for numbers whose answers are known: points, turned boxes, and
// masks of discs whose pixels a formula gives.
#include "graphs.h"

enum { SIDE = 128, CELLS = 16 * 16 + 8 * 8 + 4 * 4, PLANE = SIDE / 4, WIDTH = 400, HEIGHT = 300 };

struct setup {
    struct model model;
    struct ct__tensor outputs[MOST_OUTPUTS];
    struct ct__usage usage;
    struct ct__letterbox box;
    struct ct__scratch scratch;
    struct ct__result result;
};

// A model of one task, and a picture of 400 x 300 for its input of 128 x 128: scale .32, bars of 16
// above and below.
static void set_up(struct setup *setup, const char *task, const char *names,
                   const struct shape *outputs)
{
    memset(setup, 0, sizeof *setup);
    make_model(&setup->model, (struct shape){{1, 3, SIDE, SIDE}}, outputs);
    add_pair(&setup->model, "task", task);
    add_pair(&setup->model, "names", names);
    setup->usage = configured(&setup->model, "yolo");
    make_tensors(&setup->model, setup->outputs);
    ct__letterbox_make(&setup->box, setup->usage.fit, WIDTH, HEIGHT, SIDE, SIDE);
}

static void tear_down(struct setup *setup)
{
    free_tensors(&setup->model, setup->outputs);
    ct__scratch_finish(&setup->scratch);
    ct__result_finish(&setup->result);
}

static const struct ct_result *run(struct setup *setup)
{
    ct__result_clear(&setup->result);
    assert_int_equal(ct__family_result(&setup->usage, setup->outputs, &setup->box, &setup->scratch,
                                       &setup->result, NULL, NULL),
                     0);
    return &setup->result.view;
}

// Values of an anchor, in planes or in rows.
static void put(struct setup *setup, int anchor, int count, const float *values)
{
    const struct ct__tensor *output = &setup->outputs[0];
    bool planes = output->dim[2] == CELLS;
    float *data = output->data;
    for (int i = 0; i < count; i++)
        data[planes ? i * output->dim[2] + anchor : anchor * output->dim[2] + i] = values[i];
}

static void near(double found, double expected, double most)
{
    if (!(fabs(found - expected) <= most))
        fail_msg("%.5f, expected %.5f", found, expected);
}

// --- Points ---

static void check_pose(const struct ct_object *object, int points, bool scored)
{
    assert_int_equal(object->point_count, points);
    for (int i = 0; i < points; i++) {
        near(object->points[i].x, (10 + i) / .32, 1e-3);
        near(object->points[i].y, (30 + 2 * i - 16) / .32, 1e-3);
        near(object->points[i].score, scored ? .05 * i : 1, 1e-6);
    }
}

// `head` values, then points at (10 + i, 30 + 2 i) of the input with scores of .05 i.
static void put_pose(struct setup *setup, const float *head, int heads, int points, int values)
{
    float all[6 + 51];
    memcpy(all, head, (size_t)heads * sizeof *head);
    for (int i = 0; i < points; i++) {
        const float point[] = {10 + (float)i, 30 + 2 * (float)i, .05f * (float)i};
        memcpy(all + heads + i * values, point, (size_t)values * sizeof *point);
    }
    put(setup, 5, heads + points * values, all);
}

static void a_pose_has_seventeen_points_with_scores(void **state)
{
    (void)state;
    static const struct shape forms[][2] = {{{{1, 56, CELLS}}, {{0}}}, {{{1, CELLS, 56}}, {{0}}}};
    for (int i = 0; i < 2; i++) {
        struct setup setup;
        set_up(&setup, "pose", "{0: 'person'}", forms[i]);
        put_pose(&setup, (const float[]){64, 64, 32, 64, .9f}, 5, 17, 3);
        const struct ct_result *result = run(&setup);
        assert_int_equal(result->count, 1);
        assert_int_equal(result->objects[0].point_kind, CT_POINTS_KEYPOINTS);
        near(result->objects[0].x, 150, 1e-3);
        near(result->objects[0].height, 200, 1e-3);
        check_pose(&result->objects[0], 17, true);
        tear_down(&setup);
    }
}

static void a_pose_end_to_end_has_them_behind_its_class(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, "pose", "{0: 'person'}", (struct shape[]){{{1, 30, 57}}, {{0}}});
    put_pose(&setup, (const float[]){48, 32, 80, 96, .9f, 0}, 6, 17, 3);
    const struct ct_result *result = run(&setup);
    assert_int_equal(result->count, 1);
    near(result->objects[0].width, 100, 1e-3);
    check_pose(&result->objects[0], 17, true);
    tear_down(&setup);
}

static void five_points_are_the_landmarks_of_a_face(void **state)
{
    (void)state;
    struct setup setup;
    memset(&setup, 0, sizeof setup);
    make_model(&setup.model, (struct shape){{1, 3, SIDE, SIDE}},
               (struct shape[]){{{1, 15, CELLS}}, {{0}}});
    add_pair(&setup.model, "task", "pose");
    add_pair(&setup.model, "names", "{0: 'face'}");
    add_pair(&setup.model, "kpt_shape", "[5, 2]");
    setup.usage = configured(&setup.model, "yolo");
    make_tensors(&setup.model, setup.outputs);
    ct__letterbox_make(&setup.box, setup.usage.fit, WIDTH, HEIGHT, SIDE, SIDE);
    put_pose(&setup, (const float[]){64, 64, 32, 64, .9f}, 5, 5, 2);
    const struct ct_result *result = run(&setup);
    assert_int_equal(result->objects[0].point_kind, CT_POINTS_LANDMARKS);
    check_pose(&result->objects[0], 5, false);
    tear_down(&setup);
}

static void points_are_shares_where_boxes_are(void **state)
{
    (void)state;
    struct setup setup;
    float values[56] = {.5f, .5f, .25f, .5f, .9f};
    set_up(&setup, "pose", "{0: 'person'}", (struct shape[]){{{1, 56, CELLS}}, {{0}}});
    for (int i = 0; i < 17; i++)
        values[5 + 3 * i] = values[6 + 3 * i] = .5f;
    put(&setup, 5, 56, values);
    const struct ct_result *result = run(&setup);
    near(result->objects[0].points[16].x, 200, 1e-3);
    near(result->objects[0].points[16].y, 150, 1e-3);
    tear_down(&setup);
}

// --- Turned boxes ---

static void check_ship(const struct ct_object *object)
{
    // 40 x 10 at (64,64), turned by 30 degrees, in pixels of the source
    const double half[] = {20 / .32, 5 / .32}, c = cos(M_PI / 6), s = sin(M_PI / 6);
    const int signs[][2] = {{1, 1}, {1, -1}, {-1, -1}, {-1, 1}};
    assert_int_equal(object->point_kind, CT_POINTS_CORNERS);
    assert_int_equal(object->point_count, 4);
    for (int i = 0; i < 4; i++) {
        double u = signs[i][0] * half[0], v = signs[i][1] * half[1];
        near(object->points[i].x, 200 + u * c - v * s, 1e-3);
        near(object->points[i].y, 150 + u * s + v * c, 1e-3);
    }
    near(object->width, 2 * (half[0] * c + half[1] * s), 1e-3);
    near(object->height, 2 * (half[0] * s + half[1] * c), 1e-3);
    near(object->x + object->width / 2, 200, 1e-3);
}

static void a_turned_box_has_corners_and_a_hull(void **state)
{
    (void)state;
    const float angle = (float)M_PI / 6;
    struct setup setup;
    set_up(&setup, "obb", "['plane', 'ship']", (struct shape[]){{{1, 7, CELLS}}, {{0}}});
    put(&setup, 9, 7, (const float[]){64, 64, 40, 10, .1f, .9f, angle});
    put(&setup, 10, 7, (const float[]){65, 64, 40, 10, .1f, .8f, angle});  // the same
    put(&setup, 11, 7, (const float[]){64, 64, 40, 10, .1f, .7f, -angle}); // it crosses
    put(&setup, 12, 7, (const float[]){64, 64, -40, 10, .1f, .7f, -angle});
    put(&setup, 13, 7, (const float[]){64, 64, 40, 10, .1f, .7f, NAN});
    const struct ct_result *result = run(&setup);
    assert_int_equal(result->count, 2);
    assert_int_equal(result->objects[0].class_id, 1);
    check_ship(&result->objects[0]);
    near(result->objects[1].score, .7, 1e-6);
    tear_down(&setup);
    set_up(&setup, "obb", "['plane', 'ship']", (struct shape[]){{{1, 30, 7}}, {{0}}});
    put(&setup, 9, 7, (const float[]){64, 64, 40, 10, .9f, 1, angle});
    result = run(&setup);
    assert_int_equal(result->count, 1);
    check_ship(&result->objects[0]);
    tear_down(&setup);
}

// --- Masks ---

// Prototype 0 is a disc at (cx, cy) with radius r, in pixels of the input: positive inside, with an
// edge that is straight through zero; the others are noise that no factor takes.
static void put_disc(struct setup *setup, float cx, float cy, float r)
{
    float *data = setup->outputs[1].data;
    for (int y = 0; y < PLANE; y++)
        for (int x = 0; x < PLANE; x++)
            data[y * PLANE + x] = r - hypotf(4 * ((float)x + .5f) - cx, 4 * ((float)y + .5f) - cy);
    for (int i = PLANE * PLANE; i < 4 * PLANE * PLANE; i++)
        data[i] = (float)(i * 7919 % 101);
}

// Intersection over union of a mask with a disc in source pixels, cut at the object's box.
static double agreement(const struct ct_object *object, double cx, double cy, double r)
{
    static bool inside[WIDTH][HEIGHT];
    struct ct__mask_walk walk = {&object->mask, HEIGHT};
    int x, y, length, both = 0, either = 0;
    memset(inside, 0, sizeof inside);
    while (ct__mask_next(&walk, &x, &y, &length))
        for (int i = 0; i < length; i++)
            inside[x][y + i] = true;
    for (x = 0; x < WIDTH; x++)
        for (y = 0; y < HEIGHT; y++) {
            bool box = x + .5 >= object->x && x + .5 < object->x + object->width &&
                       y + .5 >= object->y && y + .5 < object->y + object->height;
            bool disc = box && hypot(x + .5 - cx, y + .5 - cy) < r;
            both += disc && inside[x][y];
            either += disc || inside[x][y];
        }
    assert_true(either > 0);
    return (double)both / either;
}

static void a_mask_is_the_disc_that_the_prototypes_show(void **state)
{
    (void)state;
    static const struct {
        struct shape outputs[3];
        int anchors, values;
    } forms[] = {
        {{{{1, 4 + 2 + 4, CELLS}}, {{1, 4, PLANE, PLANE}}, {{0}}}, CELLS, 10},
        {{{{1, CELLS, 4 + 2 + 4}}, {{1, 4, PLANE, PLANE}}, {{0}}}, CELLS, 10},
        {{{{1, 3 * CELLS, 5 + 2 + 4}}, {{1, 4, PLANE, PLANE}}, {{0}}}, CELLS, 11},
        {{{{1, 30, 6 + 4}}, {{1, 4, PLANE, PLANE}}, {{0}}}, 30, 10},
    };
    static const float heads[][7] = {{64, 64, 60, 60, .1f, .9f},
                                     {64, 64, 60, 60, .1f, .9f},
                                     {64, 64, 60, 60, 1, .1f, .9f},
                                     {34, 34, 94, 94, .9f, 1}};
    for (int i = 0; i < 4; i++) {
        struct setup setup;
        float values[11] = {0};
        set_up(&setup, "segment", "['cat', 'dog']", forms[i].outputs);
        memcpy(values, heads[i], sizeof heads[i]);
        values[forms[i].values - 4] = 1;
        put(&setup, 7, forms[i].values, values);
        put_disc(&setup, 70, 60, 24); // the box cuts nothing off
        const struct ct_result *result = run(&setup);
        assert_int_equal(result->count, 1);
        assert_int_equal(result->objects[0].class_id, 1);
        double found = agreement(&result->objects[0], 70 / .32, (60 - 16) / .32, 24 / .32);
        if (found < .98)
            fail_msg("form %d: intersection over union with the disc is %.4f", i, found);
        put_disc(&setup, 94, 34, 40); // the box cuts off three quarters
        result = run(&setup);
        assert_true(agreement(&result->objects[0], 94 / .32, 18 / .32, 40 / .32) > .98);
        tear_down(&setup);
    }
}

static void set_up_masks(struct setup *setup)
{
    set_up(setup, "segment", "['cat']",
           (struct shape[]){{{1, 4 + 1 + 4, CELLS}}, {{1, 4, PLANE, PLANE}}, {{0}}});
    put_disc(setup, 64, 64, 40);
}

static void masks_belong_to_their_objects(void **state)
{
    (void)state;
    struct setup setup;
    set_up_masks(&setup);
    put(&setup, 3, 9, (const float[]){40, 64, 40, 40, .9f, 1, 0, 0, 0});
    put(&setup, 4, 9, (const float[]){90, 64, 40, 40, .8f, 1, 0, 0, 0});
    put(&setup, 5, 9, (const float[]){64, 30, 200, 8, .7f, -1, 0, 0, 0}); // all but the disc
    put(&setup, 6, 9, (const float[]){64, 100, 30, 8, .6f, 0, 0, 0, 0});  // nothing: one half
    const struct ct_result *result = run(&setup);
    assert_int_equal(result->count, 4);
    assert_true(agreement(&result->objects[0], 200, 150, 125) > .98);
    assert_true(agreement(&result->objects[1], 200, 150, 125) > .98);
    assert_true(agreement(&result->objects[2], 200, 150, 125) < .5);
    assert_int_equal(result->objects[3].mask.count, 1);
    assert_int_equal(result->objects[3].mask.runs[0], WIDTH * HEIGHT);
    tear_down(&setup);
}

static void a_mask_of_the_whole_picture_is_two_runs(void **state)
{
    (void)state;
    struct setup setup;
    set_up_masks(&setup);
    put_disc(&setup, 64, 64, 1000);
    put(&setup, 3, 9, (const float[]){64, 64, 300, 300, .9f, 1, 0, 0, 0});
    const struct ct_result *result = run(&setup);
    assert_int_equal(result->objects[0].mask.count, 2);
    assert_int_equal(result->objects[0].mask.runs[0], 0);
    assert_int_equal(result->objects[0].mask.runs[1], WIDTH * HEIGHT);
    tear_down(&setup);
}

static void prototypes_of_any_size_will_do(void **state)
{
    (void)state;
    static const int64_t sides[][2] = {{1, 1}, {1, 7}, {3, 1}, {2, 2}, {500, 3}};
    for (int i = 0; i < 5; i++) {
        struct setup setup;
        set_up(
            &setup, "segment", "['cat']",
            (struct shape[]){{{1, 4 + 1 + 4, CELLS}}, {{1, 4, sides[i][0], sides[i][1]}}, {{0}}});
        float *data = setup.outputs[1].data;
        for (int k = 0; k < sides[i][0] * sides[i][1]; k++)
            data[k] = 1;
        put(&setup, 3, 9, (const float[]){64, 64, 300, 300, .9f, 1, 0, 0, 0});
        assert_int_equal(run(&setup)->objects[0].mask.runs[1], WIDTH * HEIGHT);
        tear_down(&setup);
    }
}

static void prototypes_of_another_shape_are_refused(void **state)
{
    (void)state;
    struct setup setup;
    set_up_masks(&setup);
    put(&setup, 3, 9, (const float[]){64, 64, 30, 30, .9f, 1, 0, 0, 0});
    struct ct__tensor right = setup.outputs[1];
    for (int i = 0; i < 4; i++) {
        struct ct__tensor *output = &setup.outputs[1];
        output->dim[1] = i == 0 ? 3 : 4;
        output->dim[2] = i == 1 ? 0 : i == 2 ? 1 << 20 : PLANE;
        output->type = i == 3 ? CT_TYPE_U8 : CT_TYPE_F32;
        ct__result_clear(&setup.result);
        assert_int_equal(ct__family_result(&setup.usage, setup.outputs, &setup.box, &setup.scratch,
                                           &setup.result, NULL, NULL),
                         CT_ERROR_FORMAT);
        *output = right;
    }
    tear_down(&setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pose_has_seventeen_points_with_scores),
        cmocka_unit_test(a_pose_end_to_end_has_them_behind_its_class),
        cmocka_unit_test(five_points_are_the_landmarks_of_a_face),
        cmocka_unit_test(points_are_shares_where_boxes_are),
        cmocka_unit_test(a_turned_box_has_corners_and_a_hull),
        cmocka_unit_test(a_mask_is_the_disc_that_the_prototypes_show),
        cmocka_unit_test(masks_belong_to_their_objects),
        cmocka_unit_test(a_mask_of_the_whole_picture_is_two_runs),
        cmocka_unit_test(prototypes_of_any_size_will_do),
        cmocka_unit_test(prototypes_of_another_shape_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
